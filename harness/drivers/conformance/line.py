"""The line in which cases wait for a lane: what finds most comes first, and what need not be played leaves it.

The one rule: a case that another one is finding out about is held back, never dropped; every case leaves the line by a
lane or with the reason why it needs none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from harness.core.judging.stalls import Stalls
from harness.drivers.conformance.order import longest_first, shortest_first
from scenarios.case import Case


class Line:
    """Cases that wait; lanes share it. `on_spared` hears of each case that need not be played, with the reason.

    It stays open, so that more may come, until `close`.
    """

    def __init__(self, cases: Iterable[Case], *, stalls: Stalls, on_spared: Callable[[Case, str], None]) -> None:
        self._waiting = longest_first(cases)
        self._stalls = stalls
        self._on_spared = on_spared
        self._open = True
        self._news = asyncio.Event()

    async def take(self, *, short: bool = False, besides: list[Case] | None = None) -> Case | None:
        """Return the next case, of the short end or the long one, once there is one that nothing holds back.

        As long as there is none, one of `besides` will do, which leaves that list. None when no more will come.
        """
        while True:
            case = self._next(shortest_first(self._waiting) if short else self._telling_first())
            if case is None and besides:
                case = shortest_first(besides)[0]
                besides.remove(case)
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

    def _telling_first(self) -> list[Case]:
        """What waits, from the long end; but first what spares others the silences that a target does not end."""
        return sorted(self._waiting, key=lambda case: not self._stalls.finds_out(case))

    def _next(self, ordered: Iterable[Case]) -> Case | None:
        for case in ordered:
            cause = self._stalls.cause(case)
            if cause or not self._stalls.is_held(case):
                self._waiting.remove(case)
                if not cause:
                    return case
                self._on_spared(case, cause)
        return None
