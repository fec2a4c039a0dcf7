"""The conformance suite: every case once, spread over lanes, judged as it ends.

The one rule: a case that may leave its target changed has the lane to itself; the others share the first lane. A case
that cannot be brought to its end is inconclusive and says what it waited for, and what was judged before stays judged.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.core.history import History
from harness.core.needs import missing_claim
from harness.core.redact import Redactor
from harness.core.result import case_result, replay_line, unrun
from harness.core.verdict import judge
from harness.core.view import build
from harness.errors import HarnessError
from harness.shell.case_player import CasePlayer
from harness.shell.lane import Lane
from harness.shell.punctual import Lateness
from reports.record import CaseResult, Verdict
from scenarios.case import Case

_CASE_PATIENCE_S = 120.0
_ATTEMPTS = 3
_TOO_LATE_S = 0.25
"""A standstill of the harness that a target could be blamed for."""
_DOUBTFUL_WHEN_LATE = frozenset({Verdict.FAIL, Verdict.NON_STRICT, Verdict.INCONCLUSIVE})
_SHARED_AT_ONCE = 6
"""Cases that run at once on the shared lane; more would only make the machine late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conformance:
    """What a conformance run needs besides its lanes. `on_result` hears of every case as it ends."""

    seed: int
    target_spec: str
    """The target as the user named it, for replay lines."""
    redactor: Redactor
    on_result: Callable[[CaseResult], None]
    target_options: tuple[str, ...] = ()
    """What else the user had to say about the target, for replay lines."""


async def run(cases: Sequence[Case], lanes: Sequence[Lane], settings: Conformance) -> None:
    """Run the cases on the lanes; every result goes to `settings.on_result`, the last when this returns."""
    target = lanes[0].target_file
    claimed: list[Case] = []
    for case in cases:
        missing = missing_claim(case, target)
        if missing:
            settings.on_result(unrun(case, Verdict.NOT_APPLICABLE, f"the target does not claim {missing}"))
        else:
            claimed.append(case)
    shared = [case for case in claimed if not case.disturbs]
    alone = deque(sorted((case for case in claimed if case.disturbs), key=_longest_first))
    lateness = Lateness()
    async with lateness.watching(), asyncio.TaskGroup() as group:
        group.create_task(_first_lane(shared, alone, lanes[0], settings, lateness))
        for lane in lanes[1:]:
            group.create_task(_one_by_one(alone, lane, settings, lateness))


def _longest_first(case: Case) -> float:
    """Long cases start early, so that no lane is left with one at the end."""
    pauses = sum(2.0 for step in case.steps if step.pause != "none" or step.restart)
    answers = sum(step.times * (step.prompt.first_s + step.prompt.tokens * step.prompt.pace_s) for step in case.steps)
    return -(pauses + answers + len(case.steps))


async def _first_lane(
    shared: Sequence[Case], alone: deque[Case], lane: Lane, settings: Conformance, lateness: Lateness
) -> None:
    waiting = deque(sorted(shared, key=_longest_first))
    async with asyncio.TaskGroup() as group:
        for _ in range(_SHARED_AT_ONCE):
            group.create_task(_one_by_one(waiting, lane, settings, lateness))
    await _one_by_one(alone, lane, settings, lateness)


async def _one_by_one(waiting: deque[Case], lane: Lane, settings: Conformance, lateness: Lateness) -> None:
    while waiting:
        settings.on_result(await _one(waiting.popleft(), lane, settings, lateness))


async def _one(case: Case, lane: Lane, settings: Conformance, lateness: Lateness) -> CaseResult:
    """Judge a case. What went wrong while the harness itself stood still is played again, and blamed on nobody."""
    for attempt in range(1, _ATTEMPTS + 1):
        result, late_s = await _attempt(case, lane, settings, lateness, attempt)
        if late_s < _TOO_LATE_S or result.verdict not in _DOUBTFUL_WHEN_LATE:
            return result
    cause = f"the harness itself was late in {_ATTEMPTS} attempts, last by {late_s:.1f} s; give it a less busy machine"
    return unrun(case, Verdict.INCONCLUSIVE, cause, replay=_replay(case, settings))


async def _attempt(
    case: Case, lane: Lane, settings: Conformance, lateness: Lateness, attempt: int
) -> tuple[CaseResult, float]:
    """Play and judge a case; also return how long the harness stood still meanwhile, in seconds."""
    player = CasePlayer(lane, seed=settings.seed, attempt=attempt)
    started_s = time.monotonic()
    late_s = 0.0
    try:
        async with asyncio.timeout(_CASE_PATIENCE_S):
            await lane.ensure_alive()
            history = await player.play(case)
        late_s = lateness.worst_since(started_s)
        player.waiting_for = "the verdict"
        # Judging a long history takes a while. On the loop it would hold up the mocks of other lanes, and make their
        # targets pay for it.
        duration_s = time.monotonic() - started_s
        judged = await asyncio.to_thread(_judged, case, history, player, lane, settings, duration_s=duration_s)
    except TimeoutError:
        cause = f"gave up after {_CASE_PATIENCE_S:g} s while waiting for {player.waiting_for}"
        verdict = Verdict.INCONCLUSIVE
    except HarnessError as error:
        cause, verdict = str(error), Verdict.INCONCLUSIVE
    except Exception as error:  # noqa: BLE001 - the harness's own fault is a verdict of its own, never the target's
        cause = f"the harness failed while waiting for {player.waiting_for}: {type(error).__name__}: {error}"
        verdict = Verdict.HARNESS_ERROR
    else:
        return judged, late_s
    return unrun(case, verdict, settings.redactor.text(cause), replay=_replay(case, settings)), late_s


def _judged(
    case: Case, history: History, player: CasePlayer, lane: Lane, settings: Conformance, *, duration_s: float
) -> CaseResult:
    target = lane.target_file
    view = build(history, target.capabilities, target.limits, model=target.chat.model, secrets=lane.secrets)
    return case_result(
        case,
        judge(case, view, models=player.models),
        view,
        duration_s=duration_s,
        url=lane.url,
        replay=_replay(case, settings),
        redact=settings.redactor.text,
    )


def _replay(case: Case, settings: Conformance) -> str:
    return replay_line(case.id, seed=settings.seed, target=settings.target_spec, options=settings.target_options)
