"""The covering array played: rows that bring faults together with what they have not met yet.

The one rule: what fails in the company of other rows is played again alone, and only what fails there as well is a
failure of its row; what does not is told with all the company it needs.
"""

from __future__ import annotations

import time
from collections import deque

from harness.core.failures import Failures, failures_of
from harness.core.resilience import Coverage
from harness.core.simpler import alone
from harness.shell.lane import Lane
from harness.shell.trial import Trials
from reports.record import CaseResult
from scenarios.case import Case
from scenarios.pair_cases import cases
from scenarios.pairs import covering


class Pairs:
    """Rows that wait to be played, shared by the lanes. `until_s` is when no further one is begun."""

    def __init__(self, coverage: Coverage, failures: Failures, *, enough_percent: float, until_s: float) -> None:
        self._coverage = coverage
        self._failures = failures
        self._enough_percent = enough_percent
        self._until_s = until_s
        self._waiting = deque(
            cases(covering(coverage.reach, coverage.covered), callers_apart=coverage.reach.per_identity)
        )
        self.played = 0

    async def on_lane(self, lane: Lane, trials: Trials) -> None:
        """Play rows until all are played, enough pairs are met, or the time is over."""
        while self._waiting and time.monotonic() < self._until_s and self._coverage.percent < self._enough_percent:
            case = self._waiting.popleft()
            tried = await trials.once(case, lane)
            self.played += 1
            if tried.view is not None:
                self._coverage.add(case, tried.view)
            if tried.is_doubtful:
                continue
            for label in _blamed(case, tried.result):
                await self._alone(alone(case, label), lane, trials)

    async def _alone(self, case: Case, lane: Lane, trials: Trials) -> None:
        tried = await trials.once(case, lane)
        if not tried.is_doubtful:
            for failure in failures_of(case, tried.result):
                self._failures.add(failure)


def _blamed(case: Case, result: CaseResult) -> list[str]:
    """Return the labels of the steps that findings are about, each once."""
    told = {failure.finding.message.partition(":")[0] for failure in failures_of(case, result)}
    return [step.label for step in case.steps if step.label in told]
