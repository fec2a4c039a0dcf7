"""When a verdict is believed: what a late harness, a starved target or a crowded machine may have made is asked again.

The one rule: what took too long counts when a case shows it twice, and never for less time than others may have taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from harness.shell.playing.trial import Trials, Tried
from reports.record import Verdict
from scenarios.case import Case

ATTEMPTS: Final = 3
_ELSEWHERE: Final = "use a less busy machine"


@dataclass(slots=True)
class Doubts:
    """What the attempts at one case have shown so far that rests on time alone."""

    _too_slow: set[str] = field(default_factory=set)

    def leave(self, tried: Tried) -> bool:
        """Whether the latest attempt leaves its verdict in doubt."""
        if tried.is_doubtful:
            return True
        slow = tried.rests_on_time
        if not slow:
            return False
        if tried.is_crowded_out:
            return True
        shown_again = bool(slow & self._too_slow)
        self._too_slow |= slow
        return not shown_again


def attempts() -> Iterator[int]:
    """Yield the numbers of the attempts at a case."""
    return iter(range(1, ATTEMPTS + 1))


def in_doubt(case: Case, last: Tried, trials: Trials) -> Tried:
    """Return what is told of a case whose verdict was in doubt each time."""
    slow = ", ".join(sorted(last.rests_on_time))
    if last.is_doubtful:
        cause = f"the harness itself was late, by {last.late_s:.1f} s in the last of {ATTEMPTS} attempts"
    elif last.is_crowded_out:
        cause = f"{slow} was broken for no longer than other programs held the target up, "
        cause += f"which took {last.crowd:.0%} of this machine"
    else:
        cause = f"{slow} was broken only in the last of {ATTEMPTS} attempts"
    return replace(last, result=trials.unrun(case, Verdict.INCONCLUSIVE, f"{cause}; {_ELSEWHERE}"))
