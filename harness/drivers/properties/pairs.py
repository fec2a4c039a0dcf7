"""The covering array played: rows that bring faults together with what they have not met yet.

The one rule: what fails in the company of other rows is played again alone, and only what fails there as well is a
failure of its row; what does not is told with all the company it needs.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import replace

from harness.core.failures import Failures, content_name, failures_of
from harness.core.resilience import Coverage
from harness.shell.lane import Lane
from harness.shell.trial import Trials
from reports.record import CaseResult
from scenarios.case import Case, Pause
from scenarios.case_file import found_case
from scenarios.pair_cases import cases
from scenarios.pairs import covering


class Pairs:
    """Rows that wait to be played, shared by the lanes. `until_s` is when no further one is begun."""

    def __init__(self, coverage: Coverage, failures: Failures, *, enough_percent: float, until_s: float) -> None:
        self._coverage = coverage
        self._failures = failures
        self._enough_percent = enough_percent
        self._until_s = until_s
        self._waiting = deque(cases(covering(coverage.reach, coverage.covered)))
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


def alone(case: Case, label: str) -> Case:
    """Return what one step needs of a case: the steps with its question, and the rules about that."""
    question = next(step.question for step in case.steps if step.label == label)
    mine = [step for step in case.steps if step.question == question]
    pause: Pause = next((step.pause for step in case.steps if step.pause != "none"), "none")
    restart = any(step.restart for step in case.steps)
    steps = [replace(step, start="after", pause="none", restart=False) for step in mine]
    if len(steps) > 1:
        steps[-1] = replace(steps[-1], pause=pause, restart=restart)
    turn = [step.label for step in case.steps].index(label) + 1
    rules = [
        replace(rule, nth=len(steps)) if rule.question is None else rule
        for rule in case.upstream
        if rule.question == question or (rule.question is None and rule.nth == turn)
    ]
    found = found_case("pairs.case", steps, rules)
    return replace(found, id=f"pairs.{content_name(found)}")
