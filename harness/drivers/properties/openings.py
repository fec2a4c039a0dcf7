"""The openings played: what a search begins with, spread over the lanes.

The one rule: they are few and known, so they are played to the last one, whatever time a search has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from harness.core.failures import Failures
from harness.drivers.properties.company import play
from harness.shell.lane import Lane
from harness.shell.trial import Trials, Tried
from scenarios.case import Case
from scenarios.openings import openings
from scenarios.reach import Reach


async def play_openings(
    reach: Reach, lanes: Sequence[Lane], trials: Trials, failures: Failures, on_tried: Callable[[Case, Tried], None]
) -> None:
    """Play every opening that the target's claims allow, and say of each one what it came to."""
    waiting = iter(openings(reach))
    async with asyncio.TaskGroup() as group:
        for lane in lanes:
            group.create_task(play(waiting, lane, trials, failures, on_tried))
