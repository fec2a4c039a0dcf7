"""The line in which cases wait for a lane: what finds most comes first, and what need not be played leaves it.

The one rule: a case that another one is finding out about is held back, never dropped; every case leaves the line by a
lane or with the reason why it needs none.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from functools import cache

from harness.core.judging.stalls import Stalls
from scenarios.case import Case
from scenarios.expected import seconds
from scenarios.index import BY_ID
from scenarios.mutants import ALL

_LONG_S = 5.0
"""A case that takes so long is begun at once."""


class Line:
    """Cases that wait; lanes share it. `on_spared` hears of each case that need not be played, with the reason.

    It stays open, so that more may come, until `close`.
    """

    def __init__(self, cases: Iterable[Case], *, stalls: Stalls, on_spared: Callable[[Case, str], None]) -> None:
        self._waiting = sorted(cases, key=lambda case: (not stalls.is_about(case), *worth(case)))
        self._stalls = stalls
        self._on_spared = on_spared
        self._open = True
        self._news = asyncio.Event()

    async def take(self) -> Case | None:
        """Return the next case once there is one that nothing holds back; None when no more will come."""
        while True:
            case = self._next()
            if case is not None or not (self._waiting or self._open):
                return case
            await self._news.wait()

    def add(self, cases: Iterable[Case]) -> None:
        """Let cases wait behind the others."""
        self._waiting += cases
        self.tell()

    def close(self) -> None:
        """Say that no more cases will come."""
        self._open = False
        self.tell()

    def tell(self) -> None:
        """Let everybody look again, because a case has ended."""
        self._news.set()
        self._news = asyncio.Event()

    def _next(self) -> Case | None:
        for case in tuple(self._waiting):
            cause = self._stalls.cause(case)
            if cause or not self._stalls.is_held(case):
                self._waiting.remove(case)
                if not cause:
                    return case
                self._on_spared(case, cause)
        return None


def worth(case: Case) -> tuple[bool, float]:
    """Sort first what is known to find defects or takes very long, and there what takes long.

    So no lane is left at last with a case that all others wait for.
    """
    takes_s = max(_pauses_s(case), seconds(case.id))
    return not _finds()[case.id] and takes_s < _LONG_S, -takes_s


@cache
def _finds() -> Counter[str]:
    """Count of each case the known defects that it is enough to find."""
    globs = [glob for mutant in ALL for glob in mutant.cases]
    return Counter(name for name in BY_ID for glob in globs if fnmatchcase(name, glob))


def _pauses_s(case: Case) -> float:
    """The least that a case takes, however quick its target is."""
    pauses = sum(2.0 for step in case.steps if step.pause != "none" or step.restart)
    answers = sum(step.times * (step.prompt.first_s + step.prompt.tokens * step.prompt.pace_s) for step in case.steps)
    return pauses + answers
