"""The covering array played, and the openings: rows that bring faults together with what they have not met yet.

The one rule: openings and rows take turns, so that neither waits for all of the other; rows come to an end when enough
pairs are met, and both when the time is over.
"""

from __future__ import annotations

import time
from collections import deque

from harness.core.failures import Failures
from harness.core.resilience import Coverage
from harness.drivers.properties.company import note_failures
from harness.shell.lane import Lane
from harness.shell.trial import Trials
from scenarios.case import Case
from scenarios.openings import openings
from scenarios.pair_cases import cases
from scenarios.pairs import covering


class Pairs:
    """Cases that wait to be played, shared by the lanes. `until_s` is when no further one is begun."""

    def __init__(self, coverage: Coverage, failures: Failures, *, enough_percent: float, until_s: float) -> None:
        reach = coverage.reach
        self._coverage = coverage
        self._failures = failures
        self._enough_percent = enough_percent
        self._until_s = until_s
        self._openings = deque(openings(reach))
        self._rows = deque(cases(covering(reach, coverage.covered), callers_apart=reach.per_identity))
        self._row_is_next = False
        self.played = 0

    async def on_lane(self, lane: Lane, trials: Trials) -> None:
        """Play until all are played, enough pairs are met, or the time is over."""
        while (case := self._next()) is not None:
            tried = await trials.once(case, lane)
            self.played += 1
            if tried.view is not None:
                self._coverage.add(case, tried.view)
            if not tried.is_doubtful:
                await note_failures(case, tried.result, lane, trials, self._failures)

    def _next(self) -> Case | None:
        if time.monotonic() >= self._until_s:
            return None
        rows = self._rows if self._coverage.percent < self._enough_percent else None
        turn = rows if rows and (self._row_is_next or not self._openings) else self._openings
        self._row_is_next = turn is self._openings
        return turn.popleft() if turn else None
