"""The order in which cases are taken: what finds most first, by some from the long end and by others from the short.

What takes long mostly waits, and what is short keeps a processor busy. Were all the long ones begun first, the machine
would idle at first and be late at last. So both go on side by side, and the two ends meet at cases that are neither.

The one rule: what finds nothing is never taken before what finds something by the same end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cache
from typing import Final, NamedTuple

from scenarios.case import Case, Step
from scenarios.expected import seconds
from scenarios.index import BY_ID
from scenarios.mutants import ALL

_LONG_S: Final = 5.0
"""A case that takes so long is begun at once, so that no lane is left at last with one that all others wait for."""

_PAUSE_S: Final = 2.0
"""About how long a pause is, or a fresh start."""
_BRIEF: Final = ("none", "moment")
_BYTES_PER_S: Final = 15_000_000
"""More than a target, and all that it asks and tells, passes on in a second."""


class Worth(NamedTuple):
    """What decides when a case is taken."""

    comes_later: bool
    """Whether it is not known to find anything, and does not take very long either."""
    takes_s: float


def longest_first(cases: Iterable[Case]) -> list[Case]:
    """Return cases as they are taken from the long end."""
    return sorted(cases, key=lambda case: (worth(case).comes_later, -worth(case).takes_s))


def shortest_first(cases: Iterable[Case]) -> list[Case]:
    """Return cases as they are taken from the short end."""
    return sorted(cases, key=worth)


def worth(case: Case) -> Worth:
    """Return what a case is worth: what is known to find defects or takes very long comes first."""
    takes_s = max(_least_s(case), seconds(case.id))
    return Worth(comes_later=not _finds()[case.id] and takes_s < _LONG_S, takes_s=takes_s)


@cache
def _finds() -> Counter[str]:
    """Count of each case the known defects that it is enough to find."""
    globs = [glob for mutant in ALL for glob in mutant.cases]
    return Counter(name for name in BY_ID for glob in globs if fnmatchcase(name, glob))


def _least_s(case: Case) -> float:
    """The least that a case takes, however quick its target is."""
    pauses = sum(_PAUSE_S for step in case.steps if step.pause not in _BRIEF or step.restart)
    return pauses + sum(step.times * _answer_s(step) for step in case.steps)


def _answer_s(step: Step) -> float:
    """The least that an answer takes to come, for a client that stays."""
    if any(fault.id.startswith("client.abort") for fault in step.faults):
        return 0.0
    prompt = step.prompt
    return prompt.first_s + prompt.tokens * (prompt.pace_s + prompt.token_bytes / _BYTES_PER_S)
