"""Failures in a row, as of any moment of a case.

The one rule: a long history is sorted once. What is asked of it for each of its exchanges is then looked up.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from itertools import accumulate
from math import inf

from harness.core.judging.invariants.attempts import noted_s
from harness.core.judging.upstream.view import UpstreamView
from harness.core.judging.view import CaseView


class Row:
    """The calls that failed one after the other before a moment, the earliest first; some or all of `of`."""

    def __init__(self, of: Rows, start: int, end: int) -> None:
        self._of, self._start, self._end = of, start, end

    def __len__(self) -> int:
        return self._end - self._start

    @property
    def last(self) -> UpstreamView:
        """The last of them, of which there are some."""
        return self._of.failures[self._end - 1]

    def opened_s(self, failures: int) -> float:
        """When a breaker opened at the latest: with the failure that was one too many, or one it let through behind it.

        What was under way when it opened and failed later does not open it again.
        """
        at, opened_s = self._of.opened.get((self._start, failures), (0, 0.0))
        first = self._start + failures
        if not first <= at <= self._end:
            at, opened_s = first, self._of.failures[first - 1].ended_s
        for call in self._of.failures[at : self._end]:
            opened_s = call.ended_s if call.exchange.arrived_s >= opened_s else opened_s
        self._of.opened[self._start, failures] = self._end, opened_s
        return opened_s


class Rows:
    """Tells which of some calls had failed in a row at a moment.

    A failure counts only if no other call was under way that may have been noted behind it.
    """

    def __init__(self, view: CaseView, calls: Iterable[UpstreamView], failed: Callable[[UpstreamView], bool]) -> None:
        known = [(call, failed(call)) for call in sorted(calls, key=lambda call: call.ended_s)]
        self.failures = [call for call, has_failed in known if has_failed]
        self.opened: dict[tuple[int, int], tuple[int, float]] = {}
        """How far a row, by where it begins and how many open a breaker, has been read, and when that opened it."""
        self._failed_s = [call.ended_s for call in self.failures]
        self._ended_s = [call.ended_s for call, _ in known]
        noted = (-inf if has_failed else noted_s(view, call) for call, has_failed in known)
        self._noted_s = [*accumulate(noted, max, initial=-inf)]

    def until(self, until_s: float) -> Row:
        """Return the row of which the last had ended by then."""
        noted_s = self._noted_s[bisect_right(self._ended_s, until_s)]
        end = bisect_right(self._failed_s, until_s)
        return Row(self, min(bisect_right(self._failed_s, noted_s), end), end)
