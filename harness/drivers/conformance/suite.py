"""The conformance suite: every case once, spread over lanes, judged as it ends.

The one rule: a case that may leave its target changed has the lane to itself; the others share the first lane. A case
that cannot be brought to its end is inconclusive and says what it waited for, and what was judged before stays judged.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from harness.core.judging.needs import why_not
from harness.core.judging.result import replay_line, unrun
from harness.core.judging.stalls import Stalls
from harness.core.judging.waits import too_long
from harness.drivers.conformance.line import Line
from harness.drivers.conformance.order import longest_first, shortest_first
from harness.drivers.conformance.settings import Conformance
from harness.drivers.conformance.wrecks import Wrecks
from harness.shell.playing.lane import Lane
from harness.shell.playing.trial import Trials, Tried
from harness.shell.watching.punctual import Lateness
from reports.record import CaseResult, Verdict
from scenarios.case import Case

_CASE_PATIENCE_S: Final = 120.0
_LONG_AT_ONCE: Final = 4
"""Cases of the long end that run at once on the shared lane; they mostly wait."""
_SHARED_AT_ONCE: Final = 8
"""Cases that run at once there; more of the short end would only make the machine late."""


async def run(cases: Sequence[Case], lanes: Sequence[Lane], settings: Conformance) -> None:
    """Run the cases on the lanes; every result goes to `settings.on_result`, the last when this returns.

    What the budget did not suffice for is told as left out.
    """
    target = lanes[0].target_file
    stalls = settings.stalls or Stalls(claimed=target.limits.deadline_s is not None)
    lateness = Lateness()
    trials = Trials(
        seed=settings.seed,
        suite="conformance",
        redactor=settings.redactor,
        lateness=lateness,
        replay=lambda case: replay_line(
            case.id, seed=settings.seed, target=settings.target_spec, options=settings.target_options
        ),
        patience_s=_CASE_PATIENCE_S,
        stalls=stalls,
    )
    this = _Run(settings=settings, trials=trials)
    left_s = settings.budget.left_s(time.monotonic())
    claimed = this.told_at_once(cases, lanes[0])
    try:
        async with asyncio.timeout(left_s if left_s < float("inf") else None), lateness.watching():
            await this.play(claimed, lanes)
    except TimeoutError:
        for case in cases:
            this.not_judged(case, settings.budget.cause)


@dataclass(slots=True, kw_only=True)
class _Run:
    """One run of the suite: what it has told so far."""

    settings: Conformance
    trials: Trials
    told: set[str] = field(default_factory=set)

    def told_at_once(self, cases: Iterable[Case], lane: Lane) -> list[Case]:
        """Tell of the cases that need not be begun, and return the others."""
        target, most_s = lane.target_file, self.settings.longest_wait_s
        begun: list[Case] = []
        for case in cases:
            if cause := why_not(case, target) or too_long(case, target.capabilities, most_s=most_s):
                self._told(unrun(case, Verdict.NOT_APPLICABLE, cause))
            else:
                begun.append(case)
        return begun

    async def play(self, cases: Iterable[Case], lanes: Sequence[Lane]) -> None:
        """Play the cases: those that disturb one another one by one, the others side by side on the first lane.

        A lane that has nothing else to do takes over one of the others.
        """
        shared: list[Case] = []
        alone: list[Case] = []
        for case in cases:
            (alone if case.disturbs else shared).append(case)
        line = Line(alone, stalls=self.trials.stalls, on_spared=self.not_judged)
        wrecks = Wrecks(self.trials)
        async with asyncio.TaskGroup() as group:
            together = longest_first(shared)
            group.create_task(self._first_lane(together, line, lanes[0], wrecks))
            for number, lane in enumerate(lanes[1:]):
                group.create_task(self._one_by_one(line, lane, wrecks, short=number % 2 == 1, besides=together))

    def not_judged(self, case: Case, cause: str) -> None:
        """Tell that a case was not judged, unless it was told already."""
        if case.id not in self.told:
            self._told(self.trials.unrun(case, Verdict.INCONCLUSIVE, cause))

    async def _first_lane(self, shared: list[Case], line: Line, lane: Lane, wrecks: Wrecks) -> None:
        suspects, how = await self._side_by_side(shared, lane, wrecks)
        line.add(shared)  # whoever brought the target down may have companions; from now on one at a time
        shared.clear()
        line.close()
        async for case, tried in wrecks.one_of(suspects, lane, how=how):
            self._judged(case, tried)
        for case in suspects:
            self.not_judged(case, wrecks.lost(lane))
        await self._one_by_one(line, lane, wrecks)

    async def _side_by_side(self, waiting: list[Case], lane: Lane, wrecks: Wrecks) -> tuple[list[Case], str]:
        """Play what waits, some of each end at once, until one of them leaves the target unusable.

        Return which cases it may have been, and how it was left.
        """
        running: dict[asyncio.Task[Tried], Case] = {}
        long: set[asyncio.Task[Tried]] = set()
        suspects: list[Case] = []
        how = ""
        try:
            while (waiting or running) and not suspects:
                while waiting and len(running) < _SHARED_AT_ONCE:
                    short = len(long & running.keys()) >= _LONG_AT_ONCE
                    case = shortest_first(waiting)[0] if short else waiting[0]
                    waiting.remove(case)
                    task = asyncio.create_task(wrecks.attempts(case, lane))
                    running[task] = case
                    long |= set() if short else {task}
                done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                ended = [(running.pop(task), task.result()) for task in done]
                how = next((tried.wreck for _, tried in ended if tried.wreck), "")
                if how:
                    suspects = [*(case for case, _ in ended), *running.values()]
                else:
                    for case, tried in ended:
                        self._judged(case, tried)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        return suspects, how

    async def _one_by_one(
        self, line: Line, lane: Lane, wrecks: Wrecks, *, short: bool = False, besides: list[Case] | None = None
    ) -> None:
        while (case := await line.take(short=short, besides=None if wrecks.lost(lane) else besides)) is not None:
            if cause := wrecks.lost(lane):
                self.not_judged(case, cause)
            else:
                if besides is not None and not case.disturbs:  # it expects nothing of those before it on this lane
                    await lane.let_breaker_close()
                self._judged(case, await wrecks.alone(case, lane))
            line.tell()

    def _judged(self, case: Case, tried: Tried) -> None:
        if tried.view is not None:
            self.settings.on_view(case, tried.view)
        self._told(tried.result)

    def _told(self, result: CaseResult) -> None:
        self.told.add(result.id)
        self.settings.on_result(result)
