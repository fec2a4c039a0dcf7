"""What a run hears of itself while it goes on, passed on to whoever follows: progress, events, and its own results.

The one rule: results are kept first, so that a follower that fails loses nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.cli.outlets.events import EventLog
from harness.cli.progress import RunProgress
from reports.record import CaseResult


@dataclass(slots=True, kw_only=True)
class Following:
    """Keeps the results of each round by their ids, and tells the followers. `url` is where the target listens."""

    progress: RunProgress
    events: EventLog
    url: str
    rounds: list[dict[str, CaseResult]] = field(default_factory=list)

    def say(self, what: str) -> None:
        """Say what is being done now."""
        self.progress.say(what)
        self.events.say(what)

    def stopping(self, name: str) -> None:
        """Tell that a signal has asked the run to end."""
        self.events.stopping(name)
        self.say(f"{name}: ending the run (again: without waiting for the target)")

    def began(self, url: str) -> None:
        """Take where the target listens."""
        self.url = url
        self.events.target(url)

    def begin_round(self) -> None:
        """Begin a round."""
        self.rounds.append({})
        self.events.begin_round()

    def judged(self, result: CaseResult) -> None:
        """Take a result of the round."""
        again = result.id in self.rounds[-1]  # a search has found what was kept before
        self.rounds[-1][result.id] = result
        if not again:
            self.progress.done(result)
        self.events.case(result)

    def played(self) -> None:
        """Count a play of a search."""
        self.progress.played()
        self.events.played()
