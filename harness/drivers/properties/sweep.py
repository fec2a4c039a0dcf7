"""The split sweep: every golden stream, cut in every way, spread over the lanes.

The one rule: a sweep is judged case by case like anything else; the first cut that is read wrongly is the one told, and
what fails with one cut alone is a failure to keep.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from harness.core.failures import Failures
from harness.core.needs import missing_claim
from harness.core.result import unrun
from harness.core.sweep_result import sweep_result
from harness.drivers.properties.company import play
from harness.drivers.properties.settings import PropertySettings
from harness.shell.lane import Lane
from harness.shell.trial import Trials, Tried
from reports.record import CaseResult, Verdict
from scenarios.case import Case
from scenarios.sweep import GOLDEN, Golden

_AT_ONCE = 2
"""Lanes that sweep at the same time; a sweep is all work and no waiting."""


async def sweep(lanes: Sequence[Lane], trials: Trials, settings: PropertySettings, failures: Failures) -> None:
    """Sweep every golden stream that the target's claims let it answer."""
    for golden in GOLDEN:
        missing = missing_claim(golden.whole, lanes[0].target_file)
        if missing:
            cause = f"the target does not claim {missing}"
            settings.on_result(unrun(golden.whole, Verdict.NOT_APPLICABLE, cause, suite="properties"))
        else:
            settings.on_result(await _one(golden, lanes[:_AT_ONCE], trials, settings, failures))


async def _one(
    golden: Golden, lanes: Sequence[Lane], trials: Trials, settings: PropertySettings, failures: Failures
) -> CaseResult:
    cases = tuple(golden.cases(every=settings.sweep_every, from_seed=settings.seed))
    swept = sum(len(case.steps) for case in cases)
    settings.say(f"properties: {golden.whole.id}, {swept} of {golden.length_bytes} ways to cut it")
    waiting = iter(cases)
    parts: dict[str, CaseResult] = {}

    def on_tried(case: Case, played: Tried) -> None:
        parts[case.id] = played.result

    async with asyncio.TaskGroup() as group:
        for lane in lanes:
            group.create_task(play(waiting, lane, trials, failures, on_tried))
    ordered = [parts[case.id] for case in cases]
    return sweep_result(golden, ordered, suite="properties", swept=swept, replay=settings.replay_suite())
