"""A chaos run played: steady state, the plan's phases, recovery; then everything judged.

The one rule: the plan is taken away before anything else is done, whatever ends the run, and what was asked until then
is judged and told.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from math import inf
from typing import Final

from fault_injection.plan_file import show_plan
from harness.core.load.answer import FINISHED, measure
from harness.core.load.chaos.outcome import Outcome, Part, outcome
from harness.core.load.chaos.phases import RECOVERY, STEADY, Stretch, felt, recovered_after_s, stretches
from harness.core.load.chaos.verdict import Found, phase, recovery, steady
from harness.core.load.judgement import Judged
from harness.core.load.lateness import HostUse, Lateness
from harness.core.load.report import Late
from harness.core.observed.history import UpstreamExchange
from harness.drivers.chaos.generated import Generated
from harness.drivers.chaos.judging import judge_each
from harness.drivers.chaos.passed import Passed
from harness.drivers.chaos.settings import ChaosSettings
from harness.drivers.chaos.stops import why_stop
from harness.drivers.chaos.traffic import Paced, Traffic
from harness.errors import HarnessError
from harness.shell.gateway.controller import Controller
from harness.shell.playing.lane import Lane
from harness.shell.watching import punctual
from harness.shell.watching.host_use import HostMeter
from reports.record import Verdict

_LOOKS_EVERY_S: Final = 1.0
_SPARE_S: Final = 60.0
"""How much longer a generator may ask than the run is to last; it is ended before."""
_RIGHT_IN_A_ROW: Final = 5


@dataclass(slots=True, kw_only=True)
class Chaos:
    """One run on a lane whose target asks upstream through the gateway that `controller` steers."""

    lane: Lane
    controller: Controller
    settings: ChaosSettings
    late: punctual.Lateness = field(default_factory=punctual.Lateness)
    stopped: str = ""
    """Why the plan was taken away before its end; empty when it was not."""
    _start_s: float = 0.0
    _steady_s: tuple[float, float] = (0.0, 0.0)
    _plan_s: tuple[float, float] | None = None
    _ended_s: float = 0.0
    _unmet: str = ""
    """Why nothing was injected; what comes in later does not undo that."""
    _host: HostUse | None = None
    _late: tuple[Late, ...] = ()
    _problems: tuple[str, ...] = ()

    async def play(self) -> Outcome:
        """Play the run and return what came of it.

        Raises:
            HarnessError: the gateway does not do as it is told, or does what another run has told it.
        """
        settings = self.settings
        traffic = self._traffic()
        await self.controller.expect_nobody()
        passed = Passed(self.controller)
        await passed.begin()
        meter = HostMeter(self.lane.pid)
        self._start_s = time.monotonic()
        async with self.late.watching():
            flowing = asyncio.get_running_loop().create_task(traffic.flow())
            try:
                await self._parts(traffic, passed)
            except asyncio.CancelledError:
                self.stopped = self.stopped or "the run was stopped"
                task = asyncio.current_task()
                if task is not None:
                    task.uncancel()
            finally:
                with suppress(HarnessError):  # a gateway that cannot be told ends by its own dead-man switch
                    await self.controller.revert(settings.run)
                self._ended_s = time.monotonic()
                self._host = meter.read()
                flowing.cancel()
                (ended,) = await asyncio.gather(flowing, return_exceptions=True)
                if isinstance(ended, HarnessError):
                    self.stopped = self.stopped or " ".join(str(ended).split())
            settings.say("chaos: waiting for the last answers, then judging")
            await traffic.settle()
            self._late, self._problems = await self.controller.late(), await passed.problems()
            return await self._judged(traffic, await passed.refresh())

    def _traffic(self) -> Traffic:
        settings = self.settings
        if settings.generators is None:
            return Paced(
                lane=self.lane,
                seed=settings.seed,
                run=settings.run,
                prompt=settings.prompt,
                rate_per_s=settings.rate_per_s,
            )
        return Generated(
            lane=self.lane,
            seed=settings.seed,
            run=settings.run,
            prompt=settings.prompt,
            rate_per_s=settings.rate_per_s,
            lasts_s=settings.steady_s + settings.lasts_s + settings.recovery_s + _SPARE_S,
            logs=settings.generators,
        )

    async def _parts(self, traffic: Traffic, passed: Passed) -> None:
        settings = self.settings
        await traffic.begun()
        settings.say(f"chaos: steady state, {settings.steady_s:g} s at {settings.rate_per_s:g} requests a second")
        start_s = time.monotonic()
        await asyncio.sleep(settings.steady_s)
        self._steady_s = (start_s, time.monotonic())
        await self._let_finish(traffic)
        self._unmet = self._steady(traffic, await passed.refresh()).cause
        if self._unmet or not settings.injects:
            return
        await self._inject(traffic, passed)
        await self._recover(traffic)

    async def _let_finish(self, traffic: Traffic) -> None:
        """Wait for the answers to what was asked in the steady state, which decide whether anything is injected."""
        await traffic.caught_up()
        until_s = time.monotonic() + traffic.patience_s
        asked = traffic.asked
        while len(traffic.done) < asked and time.monotonic() < until_s:  # noqa: ASYNC110 - it raises no event
            await asyncio.sleep(0.1)

    def _steady(self, traffic: Traffic, upstreams: tuple[UpstreamExchange, ...]) -> Found:
        stretch = Stretch(name=STEADY, start_s=self._steady_s[0], end_s=self._steady_s[1])
        answers = self._judge(traffic, upstreams)
        mine = [each for each in answers if stretch.holds(each.started_s)]
        return steady(felt(stretch, answers, upstreams), mine, self.settings.baseline)

    async def _inject(self, traffic: Traffic, passed: Passed) -> None:
        settings = self.settings
        plan, end_s = settings.plan, settings.lasts_s
        await self.controller.arm(plan, run=settings.run, caps=settings.caps, by_nonce=True)
        start_s = time.monotonic()
        self._plan_s = (start_s, start_s + end_s)
        try:
            async with self.controller.beating():
                told = ""
                while (at_s := time.monotonic() - start_s) < end_s:
                    name = plan.phase_at(at_s)
                    if name != told:
                        told = name
                        settings.say(f"chaos: {name or 'between phases'}")
                    await asyncio.sleep(min(_LOOKS_EVERY_S, max(0.0, end_s - at_s)))
                    await passed.refresh()
                    if why := await self._why_stop(traffic):
                        self.stopped = why
                        settings.say(f"chaos: stopped: {why}")
                        break
            await self.controller.revert(settings.run)
        finally:  # what is asked from here on is asked of an upstream that is well again
            self._plan_s = (start_s, time.monotonic())

    async def _why_stop(self, traffic: Traffic) -> str:
        if why := self.settings.is_called_off() or await why_stop(self.settings.plan.stops, traffic.done):
            return why
        state = await self.controller.state()
        return "" if state["state"] == "armed" else str(state["why"])

    async def _recover(self, traffic: Traffic) -> None:
        self.settings.say(f"chaos: {RECOVERY}")
        start_s = time.monotonic()
        while time.monotonic() - start_s < self.settings.recovery_s:
            await asyncio.sleep(_LOOKS_EVERY_S)
            later = [each for each in traffic.done if each.started_s >= start_s]
            latest = sorted(later, key=lambda each: each.started_s)[-_RIGHT_IN_A_ROW:]
            if len(latest) == _RIGHT_IN_A_ROW and all(measure(each).ending == FINISHED for each in latest):
                return  # whether they were right as well is seen when everything is judged

    def _judge(self, traffic: Traffic, upstreams: tuple[UpstreamExchange, ...]) -> list[Judged]:
        late = (*self.late.moments, *self._late, *traffic.late)
        busy = bool(self._host and self._host.told)  # on a machine that others keep busy a target may be late
        return judge_each(traffic.done, upstreams, self.lane, None if busy else Lateness(moments=late, duration_s=1.0))

    async def _judged(self, traffic: Traffic, upstreams: tuple[UpstreamExchange, ...]) -> Outcome:
        answers = await asyncio.to_thread(self._judge, traffic, upstreams)
        parts: list[Part] = []
        until_s = self._plan_s[0] if self._plan_s else self._ended_s
        before = Stretch(name=STEADY, start_s=self._start_s, end_s=until_s)
        parts.append(self._part(before, answers, upstreams, "steady"))
        if self._plan_s is not None:
            start_s, end_s = self._plan_s
            phases = stretches(self.settings.plan, start_s=start_s, end_s=end_s, lasts_s=self.settings.lasts_s)
            parts += [self._part(stretch, answers, upstreams, "phase") for stretch in phases]
            behind = Stretch(name=RECOVERY, start_s=self._plan_s[1], end_s=inf)
            parts.append(self._part(behind, answers, upstreams, "recovery"))
        elif parts[0].found.cause:
            self.stopped = self.stopped or parts[0].found.cause
        return outcome(
            parts,
            answers,
            upstreams,
            start_s=self._start_s,
            end_s=self._ended_s,
            plan=show_plan(self.settings.plan),
            run=self.settings.run,
            stopped=self.stopped,
            injects=self.settings.injects,
        )

    def _remarks(self) -> Iterator[str]:
        """Yield what may have kept the target from answering that is no doing of its own."""
        yield from (f"the gateway says: {problem}" for problem in self._problems[:1])
        yield from filter(None, [self._excuse()])

    def _excuse(self) -> str:
        """Return why a target may have had no time; empty when it had."""
        late = (*self.late.moments, *self._late)
        return Lateness(moments=late, duration_s=self._ended_s - self._start_s, clocks=2, host=self._host).told

    def _part(
        self, stretch: Stretch, answers: list[Judged], upstreams: tuple[UpstreamExchange, ...], kind: str
    ) -> Part:
        state = felt(stretch, answers, upstreams)
        mine = [each for each in answers if stretch.holds(each.started_s)]
        after_s: float | None = None
        match kind:
            case "steady":
                found = steady(state, mine, self.settings.baseline)
                if self._unmet:
                    found = replace(found, verdict=Verdict.INCONCLUSIVE, cause=found.cause or self._unmet)
                if found.cause:
                    found = replace(found, cause="; ".join((found.cause, *self._remarks())))
            case "phase":
                cut = self.stopped if self._plan_s and stretch.end_s >= self._plan_s[1] - 1e-6 else ""
                found = phase(state, mine, stopped=cut)
            case _:
                after_s = recovered_after_s(mine, from_s=stretch.start_s, in_a_row=_RIGHT_IN_A_ROW)
                found = recovery(state, mine, after_s=after_s, within_s=self.settings.recovery_s, excuse=self._excuse())
                if self.stopped and found.verdict is not Verdict.FAIL and not state.asked:
                    found = Found(verdict=Verdict.INCONCLUSIVE, saw=found.saw, cause=self.stopped)
        return Part(kind=kind, felt=state, found=found, recovered_after_s=after_s)
