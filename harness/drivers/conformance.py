"""The conformance suite: every case once, spread over lanes, judged as it ends.

The one rule: a case that may leave its target changed has the lane to itself; the others share the first lane. A case
that cannot be brought to its end is inconclusive and says what it waited for, and what was judged before stays judged.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from harness.core.judging.needs import why_not
from harness.core.judging.result import replay_line, unrun
from harness.core.judging.view import CaseView
from harness.core.observed.redact import Redactor
from harness.shell.playing.lane import Lane
from harness.shell.playing.trial import Trials, Tried
from harness.shell.watching.punctual import Lateness
from reports.record import CaseResult, Verdict
from scenarios.case import Case

_CASE_PATIENCE_S = 120.0
_ATTEMPTS = 3
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
    on_view: Callable[[Case, CaseView], None] = lambda _case, _view: None
    """Hears of what was observed in every case that was judged."""


async def run(cases: Sequence[Case], lanes: Sequence[Lane], settings: Conformance) -> None:
    """Run the cases on the lanes; every result goes to `settings.on_result`, the last when this returns."""
    target = lanes[0].target_file
    claimed: list[Case] = []
    for case in cases:
        if cause := why_not(case, target):
            settings.on_result(unrun(case, Verdict.NOT_APPLICABLE, cause))
        else:
            claimed.append(case)
    shared = [case for case in claimed if not case.disturbs]
    alone = deque(sorted((case for case in claimed if case.disturbs), key=_longest_first))
    lateness = Lateness()
    trials = Trials(
        seed=settings.seed,
        suite="conformance",
        redactor=settings.redactor,
        lateness=lateness,
        replay=lambda case: _replay(case, settings),
        patience_s=_CASE_PATIENCE_S,
    )
    async with lateness.watching(), asyncio.TaskGroup() as group:
        group.create_task(_first_lane(shared, alone, lanes[0], settings, trials))
        for lane in lanes[1:]:
            group.create_task(_one_by_one(alone, lane, settings, trials))


def _longest_first(case: Case) -> float:
    """Long cases start early, so that no lane is left with one at the end."""
    pauses = sum(2.0 for step in case.steps if step.pause != "none" or step.restart)
    answers = sum(step.times * (step.prompt.first_s + step.prompt.tokens * step.prompt.pace_s) for step in case.steps)
    return -(pauses + answers + len(case.steps))


async def _first_lane(
    shared: Sequence[Case], alone: deque[Case], lane: Lane, settings: Conformance, trials: Trials
) -> None:
    waiting = deque(sorted(shared, key=_longest_first))
    async with asyncio.TaskGroup() as group:
        for _ in range(_SHARED_AT_ONCE):
            group.create_task(_one_by_one(waiting, lane, settings, trials))
    await _one_by_one(alone, lane, settings, trials)


async def _one_by_one(waiting: deque[Case], lane: Lane, settings: Conformance, trials: Trials) -> None:
    while waiting:
        case = waiting.popleft()
        tried = await _one(case, lane, trials)
        if tried.view is not None:
            settings.on_view(case, tried.view)
        settings.on_result(tried.result)


async def _one(case: Case, lane: Lane, trials: Trials) -> Tried:
    """Judge a case. What went wrong while the harness itself stood still is played again, and blamed on nobody.

    So is what has shown nothing. A question may meet a pooled connection that upstream is just closing behind the case
    before; a right proxy may then fail it without asking upstream, and no fault strikes what was not asked. And so is
    what only took too long: the machine may have kept the target from its work, but hardly twice at the same place.
    """
    too_slow: set[str] = set()
    for attempt in range(1, _ATTEMPTS + 1):
        tried = await trials.once(case, lane, attempt=attempt)
        if tried.is_doubtful or tried.is_hollow:
            continue
        if not tried.rests_on_time or tried.rests_on_time & too_slow:
            return tried
        too_slow |= tried.rests_on_time
    if tried.is_hollow and not tried.is_doubtful:
        return tried
    cause = (
        f"the harness itself was late, by {tried.late_s:.1f} s in the last of {_ATTEMPTS} attempts"
        if tried.is_doubtful
        else f"{', '.join(sorted(tried.rests_on_time))} was broken in the last of {_ATTEMPTS} attempts and not before"
    ) + "; give it a less busy machine"
    return replace(tried, result=trials.unrun(case, Verdict.INCONCLUSIVE, cause))


def _replay(case: Case, settings: Conformance) -> str:
    return replay_line(case.id, seed=settings.seed, target=settings.target_spec, options=settings.target_options)
