"""One case end to end on one lane: played, then judged, whatever breaks on the way.

The one rule: a trial always comes back with a result. A case that cannot be brought to its end is inconclusive and says
what it waited for; what the harness itself breaks is a harness error, and neither is ever the target's fault.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Final

from harness.core.judging.invariants import ALL
from harness.core.judging.result import case_result, unrun
from harness.core.judging.stalls import Stalls
from harness.core.judging.verdict import Judgement, judge
from harness.core.judging.view import CaseView, build
from harness.core.judging.waits import waits_s
from harness.core.observed.history import History
from harness.core.observed.redact import Redactor
from harness.core.target.claims import INDEFENSIBLE_S, Limits
from harness.errors import HarnessError
from harness.shell.playing.case_player import CasePlayer
from harness.shell.playing.lane import Lane
from harness.shell.watching.host_use import HostMeter
from harness.shell.watching.punctual import Lateness
from harness.shell.watching.starvation import stolen_s, waited_s
from reports.record import CaseResult, Finding, Level, Verdict
from scenarios.case import Case

TOO_LATE_S: Final = 0.25
"""A standstill of the harness that a target could be blamed for: every margin of the invariants is at least as wide."""
_DOUBTFUL_WHEN_LATE: Final = frozenset({Verdict.FAIL, Verdict.NON_STRICT, Verdict.INCONCLUSIVE})
_LATE_FOR_A_WATCH_S: Final = 5.0
"""What is watched for a minute, or does not answer several clean requests, does not hang on less."""
STARVED_S: Final = 0.5
"""A target that was kept from a processor for so long may have given up for want of time, whatever it broke by it."""
_HALF_A_SILENCE: Final = 0.5
"""Of a target's patience with a silent upstream, how much the harness may stand still: upstream itself pauses, too."""
_WORST: Final = {Verdict.FAIL: Level.MUST, Verdict.NON_STRICT: Level.SHOULD, Verdict.INFO: Level.OBSERVE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What one trial came to. `view` is None when there was nothing to judge; `late_s` is how long the harness itself
    stood still meanwhile, `starved_s` how long the target was ready to run and did not, both in seconds."""

    result: CaseResult
    view: CaseView | None
    late_s: float
    starved_s: float = 0.0
    wreck: str = ""
    """How the target was left, when it serves nobody any more: its process is gone, or it does not answer."""
    is_hastened: bool = False
    """Whether the harness stood still for so long that the target may have taken it for a silence of upstream, and the
    case wants a request to fail: it may then have passed by that alone."""
    overrun_s: Mapping[str, float] = field(default_factory=dict)
    """How much longer than it may something took, by invariant; infinity for what is no matter of how long."""
    besides: frozenset[str] = frozenset()
    """The invariants that something besides their checks spoke for, such as an answer that was expected in vain."""
    crowd: float = 0.0
    """The share that other programs took of a machine that had none left. It is measured from the second attempt on."""
    held_up_s: float = 0.0
    """How long the target and the harness were ready to run and did not, together."""

    @property
    def is_doubtful(self) -> bool:
        """Whether the harness's own lateness may have made the verdict."""
        if self.is_hastened and self.result.verdict is Verdict.PASS:
            return True
        too_late_s = _LATE_FOR_A_WATCH_S if self.wreck else TOO_LATE_S  # a target is not lost by a short standstill
        late = self.late_s >= too_late_s and self.result.verdict in _DOUBTFUL_WHEN_LATE
        return late and not (self.result.findings and all(map(self._is_late_proof, self.result.findings)))

    @property
    def is_hollow(self) -> bool:
        """Whether the case came to its end and has shown nothing: its fault met no call, its client left too late."""
        return self.view is not None and self.result.verdict is Verdict.INCONCLUSIVE

    @property
    def rests_on_time(self) -> frozenset[str]:
        """The invariants that the verdict rests on when a starved target could have broken each of them; else none.

        One that was in fact starved could have broken all but those that are read from bytes no standstill can make.
        """
        level = _WORST.get(self.result.verdict)
        worst = [finding for finding in self.result.findings if finding.level is level]
        if self.starved_s >= STARVED_S:
            could = not any(map(self._is_late_proof, worst))
        else:
            could = all(finding.invariant in ALL and ALL[finding.invariant].timed for finding in worst)
        return frozenset(finding.invariant for finding in worst) if could else frozenset()

    @property
    def is_crowded_out(self) -> bool:
        """Whether all that the verdict rests on took too long, by no more than others on the machine may have caused.

        That is how long the target or the harness waited for a processor. Without others they waited for themselves.
        """
        slow = self.rests_on_time
        known = bool(slow) and self.crowd > 0 and not slow & self.besides
        return known and all(self.overrun_s.get(each, inf) <= self.held_up_s for each in slow)

    def _is_late_proof(self, finding: Finding) -> bool:
        """Whether a finding is read from bytes that no standstill can make; that no answer came is not."""
        invariant = ALL.get(finding.invariant)
        return invariant is not None and invariant.late_proof and finding.invariant not in self.besides


def wreck_of(view: CaseView) -> str:
    """Say how a case has left its target, when it serves nobody any more; a failed request of its own is not it."""
    if view.history.deaths:
        return "its process " + view.history.deaths[0].partition("\n")[0]
    return "it answers no clean request any more" if any(ALL["alive-after"].check(view)) else ""


def may_have_hastened(case: Case, limits: Limits, late_s: float) -> bool:
    """Whether a target may have taken a standstill of the harness for a silence of upstream, as it should take one."""
    idle_s = limits.upstream_idle_timeout_s
    wants_failure = any(expect.seen == "failed" for expect in case.expect)
    return wants_failure and idle_s is not None and late_s >= idle_s * _HALF_A_SILENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """Tries cases on lanes. `replay` returns the line that repeats a case; a trial takes `patience_s` at the most, and
    what its case has to wait by the target's claims."""

    seed: int
    suite: str
    redactor: Redactor
    lateness: Lateness
    replay: Callable[[Case], str]
    patience_s: float
    also: Callable[[Case, CaseView], Iterable[Finding]] = lambda _case, _view: ()
    """What is to be checked besides the invariants."""
    on_played: Callable[[], None] = lambda: None
    """Hears of every play of a search."""
    stalls: Stalls = field(default_factory=Stalls)
    """What is known of the target behind a silent upstream."""

    async def once(self, case: Case, lane: Lane, *, attempt: int = 1, asks_after: bool = True) -> Tried:
        """Play and judge a case; from the second attempt on its questions are others.

        Whether the target still answers is asked afterwards, unless nobody wants to know.
        """
        case, watches = self.stalls.begin(case)
        tried = None
        try:
            tried = await self._once(case, lane, attempt=attempt, asks_after=asks_after, watches=watches)
        finally:
            self.stalls.end(case, None if tried is None or tried.is_doubtful else tried.view)
        return tried

    async def searched(
        self, case: Case, lane: Lane, *, attempt: int = 1, asks_after: bool = True, spares: bool = True
    ) -> Tried:
        """Play and judge what a search has thought up, on a lane of its own, and leave a target that serves the next.

        It is spared the silences of upstream that the target is known not to end, unless it is to be played as it is.
        """
        spared = self.stalls.spared(case) if spares else case
        tried = await self.once(spared, lane, attempt=attempt, asks_after=asks_after)
        self.on_played()
        if tried.wreck:
            await lane.start_afresh()
        return tried

    async def _once(self, case: Case, lane: Lane, *, attempt: int, asks_after: bool, watches: bool) -> Tried:
        patience_s = INDEFENSIBLE_S if watches else None
        player = CasePlayer(lane, seed=self.seed, attempt=attempt, patience_s=patience_s, dialect=case.dialect)
        bound_s = self.patience_s + waits_s(case, lane.target_file.capabilities)
        started_s = time.monotonic()
        late_s = 0.0
        try:
            async with asyncio.timeout(bound_s):
                await lane.ensure_alive()
                meter = await asyncio.to_thread(HostMeter, lane.pid) if attempt > 1 else None
                waited_before_s, stolen_before_s, pid = waited_s(lane.pid), stolen_s(), lane.pid
                history = await player.play(case, asks_after=asks_after)
            late_s = self.lateness.worst_since(started_s)
            starved_s = waited_s(lane.pid) - (waited_before_s if lane.pid == pid else 0.0)
            starved_s += stolen_s() - stolen_before_s
            use = await asyncio.to_thread(meter.read) if meter else None
            lost_s = self.lateness.lost_since(started_s)
            if watches and late_s < _LATE_FOR_A_WATCH_S:
                late_s = 0.0
            player.waiting_for = "the verdict"
            # Judging a long history takes a while. On the loop it would hold up the mocks of other lanes, and make
            # their targets pay for it.
            duration_s = time.monotonic() - started_s
            result, view, judgement = await asyncio.to_thread(
                self._judged, case, history, player, lane, duration_s=duration_s
            )
        except TimeoutError:
            cause = f"gave up after {bound_s:g} s of waiting for {player.waiting_for}"
            verdict = Verdict.INCONCLUSIVE
        except HarnessError as error:
            cause, verdict = str(error), Verdict.INCONCLUSIVE
        except Exception as error:  # noqa: BLE001 - the harness's own fault is a verdict of its own, never the target's
            cause = f"the harness failed while waiting for {player.waiting_for}: {type(error).__name__}: {error}"
            verdict = Verdict.HARNESS_ERROR
        else:
            return Tried(
                result=result,
                view=view,
                late_s=late_s,
                starved_s=starved_s,
                wreck=wreck_of(view),
                is_hastened=may_have_hastened(case, lane.target_file.limits, late_s),
                overrun_s=judgement.overrun_s,
                besides=judgement.besides,
                crowd=use.crowd if use else 0.0,
                held_up_s=starved_s + lost_s,
            )
        return Tried(result=self.unrun(case, verdict, self.redactor.text(cause)), view=None, late_s=late_s)

    def unrun(self, case: Case, verdict: Verdict, cause: str) -> CaseResult:
        """Return the result of a case that was not brought to its end."""
        return unrun(case, verdict, cause, replay=self.replay(case), suite=self.suite)

    def _judged(
        self, case: Case, history: History, player: CasePlayer, lane: Lane, *, duration_s: float
    ) -> tuple[CaseResult, CaseView, Judgement]:
        target = lane.target_file.at(case.dialect)
        view = build(
            history,
            target.capabilities,
            target.limits,
            model=target.chat.model,
            secrets=lane.secrets,
            rewrites=target.rewrites,
            passes_credentials=target.clients_bring_the_api_token,
            notices_by_writing=target.worker is not None,
        )
        judgement = judge(case, view, models=player.models, also=self.also)
        result = case_result(
            case,
            judgement,
            view,
            suite=self.suite,
            duration_s=duration_s,
            url=lane.url,
            replay=self.replay(case),
            redactor=self.redactor,
        )
        return result, view, judgement
