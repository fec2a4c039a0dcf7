"""What a run hears of itself while it goes on, passed on to progress, to every audience, and to its own results.

The one rule: results are kept first, so that a follower that fails loses nothing, and progress is told last, so that
whoever has read a line of it finds the event in the file as well.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.cli.live.audience import Audience
from harness.cli.running.progress import RunProgress
from reports.record import CaseResult


@dataclass(slots=True, kw_only=True)
class Following:
    """Keeps the results of each round by their ids, and tells the audiences. `url` is where the target listens."""

    progress: RunProgress
    audiences: tuple[Audience, ...]
    url: str
    rounds: list[dict[str, CaseResult]] = field(default_factory=list)

    def say(self, what: str) -> None:
        """Say what is being done now."""
        for each in self.audiences:
            each.say(what)
        self.progress.say(what)

    def stopping(self, name: str) -> None:
        """Tell that a signal has asked the run to end."""
        for each in self.audiences:
            each.stopping(name)
        self.say(f"{name}: ending the run (again: without waiting for the target)")

    def began(self, url: str) -> None:
        """Take where the target listens."""
        self.url = url
        for each in self.audiences:
            each.target(url)

    def begin_round(self) -> None:
        """Begin a round."""
        self.rounds.append({})
        for each in self.audiences:
            each.begin_round()

    def judged(self, result: CaseResult) -> None:
        """Take a result of the round."""
        again = result.id in self.rounds[-1]  # a search has found what was kept before
        self.rounds[-1][result.id] = result
        for each in self.audiences:
            each.case(result)
        if not again:
            self.progress.done(result)

    def played(self) -> None:
        """Count a play of a search."""
        for each in self.audiences:
            each.played()
        self.progress.played()
