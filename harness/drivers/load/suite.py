"""The load suite played: the generators are started and watched, and every answer is measured and judged.

The one rule: whatever came in is told, also when the load is stopped half-way; and it ends by itself.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from harness.core.load.lateness import HostUse, Lateness
from harness.core.load.overhead import Added, added
from harness.core.load.report import Orders
from harness.core.load.result import Outcome, section
from harness.core.load.verdict import verdict
from harness.core.observed.bodies import read_answer
from harness.core.observed.history import ClientEnd
from harness.drivers.load.settings import LoadSettings
from harness.errors import HarnessError
from harness.shell.load.fleet import Fleet, scratch
from harness.shell.load.intake import Intake
from harness.shell.playing.asker import Asker
from harness.shell.playing.lane import Lane
from harness.shell.playing.overhead import put_pairs
from harness.shell.watching import punctual
from harness.shell.watching.host_use import HostMeter
from reports.record import CaseResult, Finding, Level, Verdict
from scenarios.case import Case
from scenarios.load import OVERHEAD, OVERHEAD_PAIRS, RIGHT

_LOOK_EVERY_S: Final = 0.25
_SETTLE_S: Final = 2.5
_SPARE_S: Final = 60.0
"""How much longer than it should a load may take to end."""


async def run(lane: Lane, settings: LoadSettings) -> None:
    """Put the load on the lane's target, judge what comes of it and tell it."""
    await _Run(lane, settings).play()


@dataclass(slots=True)
class _Run:
    """One load while it runs."""

    lane: Lane
    settings: LoadSettings
    late: punctual.Lateness = field(default_factory=punctual.Lateness)
    host: HostUse | None = None
    added: Added | None = None
    trouble: str = ""
    extra: list[Finding] = field(default_factory=list)
    began_s: float = field(default_factory=time.monotonic)

    async def play(self) -> None:
        """Measure the target's own time where that is asked for, then play the load."""
        async with self.late.watching():
            if self.settings.overhead:
                await self._overhead()
            self.began_s = time.monotonic()
            intake = Intake(self.settings.job(self.lane), self.settings.bar(self.lane), self.lane.server.journal)
            try:
                await self._load(intake)
            except asyncio.CancelledError:
                self.trouble = "the load was stopped before its end"
                raise
            except HarnessError as error:
                self.trouble = self.settings.redactor.text(" ".join(str(error).split()))
            finally:
                self._conclude(intake)

    async def _overhead(self) -> None:
        self.settings.say(f"load: what {self.lane.target_file.name} adds, {OVERHEAD_PAIRS} pairs")
        started_s = time.monotonic()
        pairs = await put_pairs(self.lane, seed=self.settings.seed, pairs=OVERHEAD_PAIRS)
        duration_s = time.monotonic() - started_s
        moments = [each for each in self.late.moments if each[0] >= started_s]
        self.added = added(
            [(each.direct.ttft_s, each.through.ttft_s) for each in pairs],
            [(each.direct.e2e_s, each.through.e2e_s) for each in pairs],
            Lateness(moments=moments, duration_s=duration_s),
        )
        told = self.added
        self._tell(
            OVERHEAD,
            Verdict.INCONCLUSIVE if told.cause else Verdict.PASS,
            saw=told.saw,
            cause=told.cause,
            duration_s=duration_s,
        )

    async def _load(self, intake: Intake) -> None:
        lane, settings = self.lane, self.settings
        profile = settings.profile
        lane.server.set_plan(settings.plan)
        settings.say(
            f"load: {profile.users} users, {profile.duration_s:g} s, {profile.shape}, {profile.arrivals} arrivals"
        )
        try:
            with scratch() as folder:
                made_by = settings.generators
                orders = Orders(
                    job=settings.job(self.lane),
                    folder=Path(folder),
                    workers=made_by.number if made_by.are_led else 0,
                    bind_host=made_by.bind_host,
                    bind_port=made_by.bind_port,
                    web_port=made_by.web_port,
                )
                async with Fleet(
                    orders, own_workers=made_by.own_workers, leads=made_by.are_led, logs=settings.logs
                ) as fleet:
                    await self._watch(fleet, intake, patience_s=orders.workers_within_s)
            await self._settle()
            lane.server.set_plan(None)
            settings.say("load: judging what came in")
            await intake.judge_rest(self.late.moments, in_time=not self._lateness(intake).told)
            await self._check_alive()
        finally:
            lane.server.set_plan(None)

    async def _watch(self, fleet: Fleet, intake: Intake, *, patience_s: float) -> None:
        """Take in what comes until the load is over; a load that is stopped is let report."""
        job = self.settings.job(self.lane)
        meter = HostMeter(self.lane.pid)
        ends_s = time.monotonic() + patience_s + job.profile.duration_s + job.patience_s + _SPARE_S
        ends_s = min(ends_s, self.settings.budget.ends_s - _SETTLE_S)
        try:
            while not await fleet.ended(within_s=_LOOK_EVERY_S):
                if intake.take(fleet.reports()) and self.settings.on_sample:
                    self.settings.on_sample(intake.sample())
                if not intake.is_over:
                    self.host = meter.read() or self.host
                await intake.judge_ripe(time.monotonic(), self.late.moments)
                if time.monotonic() > ends_s:
                    over = self.settings.budget.is_over(time.monotonic() + 2 * _SETTLE_S)
                    self.trouble = (
                        self.settings.budget.cause
                        if over
                        else "the load generators did not come to an end by themselves"
                    )
                    break
        except asyncio.CancelledError:
            await fleet.stop()
            intake.take(fleet.reports())
            await self._settle()
            await intake.judge_rest(self.late.moments, in_time=not self._lateness(intake).told)
            raise
        intake.take(fleet.reports())
        if fleet.failed and not self.trouble:
            self.trouble = f"the load generators failed: {self.settings.redactor.text(fleet.last_words())}"

    async def _settle(self) -> None:
        """Wait until no upstream call runs any more, or until none should."""
        until_s = time.monotonic() + _SETTLE_S
        while self.lane.server.running_exchanges and time.monotonic() < until_s:  # noqa: ASYNC110 - it raises no event
            await asyncio.sleep(0.05)

    async def _check_alive(self) -> None:
        answer = await Asker(self.lane, seed=self.settings.seed).ask_plainly("load", "alive")
        reading = read_answer(answer)
        resting = answer.end is ClientEnd.COMPLETE and self.lane.rest_left_s > 0
        if resting or self.lane.target_file.capabilities.may_decline(answer.status):
            return
        if answer.status != HTTPStatus.OK or not reading.claims_success:
            message = f"a clean request after the load was not answered: status {answer.status}, {answer.end}"
            self.extra.append(Finding(invariant="alive-after", level=Level.MUST, message=message))

    def _lateness(self, intake: Intake) -> Lateness:
        moments = [*(each for each in self.late.moments if each[0] >= self.began_s), *intake.late]
        lasted_s = min(time.monotonic() - self.began_s, self.settings.profile.duration_s)
        return Lateness(moments=moments, duration_s=lasted_s, clocks=1 + len(intake.latest), host=self.host)

    def _conclude(self, intake: Intake) -> None:
        settings, redact = self.settings, self.settings.redactor.text
        for death in self.lane.deaths:
            how, *last_words = redact(death).splitlines()
            message = f"the target's process {how} under load"
            self.extra.append(
                Finding(invariant="alive-after", level=Level.MUST, message=message, evidence=tuple(last_words))
            )
        whole = intake.merged()
        outcome = Outcome(
            profile=settings.profile,
            claims=self.lane.target_file.capabilities,
            objectives=settings.objectives_for(self.lane.target_file),
            part=whole,
            judged=intake.judged,
            reports=intake.latest,
            lateness=self._lateness(intake),
            unjudged=intake.unjudged,
            lost=intake.lost,
            plan_rules=len(settings.plan.rules) if settings.plan else 0,
            generators=settings.generators.number,
            trouble=self.trouble,
            extra=tuple(self.extra),
            added=self.added.metrics if self.added else None,
        )
        told = section(outcome)
        settings.on_section({**told, **({"overhead": self.added.rows} if self.added else {})})
        settings.logs.mkdir(parents=True, exist_ok=True)
        (settings.logs / "histograms.json").write_text(json.dumps(whole.to_json(), indent=1), encoding="utf-8")
        judged = verdict(outcome)
        self._tell(
            RIGHT,
            judged.verdict,
            saw=redact(judged.saw),
            cause=redact(judged.cause),
            duration_s=time.monotonic() - self.began_s,
            findings=tuple(
                each.model_copy(update={"message": redact(each.message), "evidence": tuple(map(redact, each.evidence))})
                for each in judged.findings
            ),
        )

    def _tell(self, case: Case, found: Verdict, *, saw: str, cause: str, duration_s: float, **more: Any) -> None:  # noqa: ANN401 - fields of a result
        plan = self.settings.plan
        faults = dict.fromkeys(str(fault) for rule in plan.rules for fault in rule.faults) if plan else {}
        self.settings.on_result(
            CaseResult(
                id=case.id,
                title=case.promise,
                suite="load",
                family="load",
                level=Level(case.level),
                verdict=found,
                duration_s=round(duration_s, 3),
                promised=case.promise,
                saw=saw,
                faults=tuple(faults) if case is RIGHT else (),
                replay=self.settings.again,
                reference=case.reference,
                cause=cause,
                **more,
            )
        )
