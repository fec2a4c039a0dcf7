"""The openings played: what a search begins with, spread over the lanes.

The one rule: they are few and known, so they are played to the last one, whatever time a search has.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from harness.core.failures import Failures
from harness.drivers.properties.company import note_failures, tried
from harness.drivers.properties.settings import PropertySettings
from harness.shell.lane import Lane
from harness.shell.trial import Trials
from scenarios.openings import openings


async def play_openings(lanes: Sequence[Lane], trials: Trials, settings: PropertySettings, failures: Failures) -> int:
    """Play every opening that the target's claims allow, and return how many there were."""
    waiting = deque(openings(settings.coverage.reach))
    number = len(waiting)

    async def on_lane(lane: Lane) -> None:
        while waiting:
            case = waiting.popleft()
            played = await tried(case, lane, trials)
            if played.view is not None:
                settings.coverage.add(case, played.view)
            if not played.is_doubtful:
                await note_failures(case, played.result, lane, trials, failures)

    async with asyncio.TaskGroup() as group:
        for lane in lanes:
            group.create_task(on_lane(lane))
    return number
