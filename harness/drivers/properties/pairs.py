"""The covering array played: rows that bring faults together with what they have not met yet.

The one rule: no further row is begun when enough pairs are met, nor when the time for rows is over; but where the gate
is not met by then, rows go on for as long as there is any time.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from harness.core.judging.failures import Failures
from harness.core.judging.resilience import Coverage
from harness.drivers.properties.company import play
from harness.shell.playing.lane import Lane
from harness.shell.playing.trial import Trials, Tried
from scenarios.case import Case
from scenarios.searching.pair_cases import cases
from scenarios.searching.pairs import covering


class Pairs:
    """Rows that wait to be played, shared by the lanes. Their time is over at `until_s()`, all time at `ends_s()`."""

    def __init__(
        self,
        coverage: Coverage,
        failures: Failures,
        *,
        gate_percent: float,
        enough_percent: float,
        until_s: Callable[[], float],
        ends_s: Callable[[], float],
    ) -> None:
        reach = coverage.reach
        self._coverage = coverage
        self._failures = failures
        self._gate_percent = gate_percent
        self._enough_percent = enough_percent
        self._until_s = until_s
        self._ends_s = ends_s
        self._waiting = deque(
            cases(covering(reach, coverage.covered), callers_apart=reach.per_identity, native=reach.native)
        )
        self.played = 0

    async def on_lane(self, lane: Lane, trials: Trials) -> None:
        """Play rows until all are played, enough pairs are met, or the time is over."""
        await play(iter(self._next, None), lane, trials, self._failures, self._on_tried)

    def _on_tried(self, case: Case, played: Tried) -> None:
        self.played += 1
        if played.view is not None:
            self._coverage.add(case, played.view)

    def _next(self) -> Case | None:
        percent = self._coverage.percent
        until_s = self._until_s() if percent >= self._gate_percent else self._ends_s()
        if not self._waiting or percent >= self._enough_percent or time.monotonic() >= until_s:
            return None
        return self._waiting.popleft()
