"""What one load generator can put and measure on this machine, so that a user knows what a load may ask.

The one rule: the generator is the one that a load uses, and what it asks costs next to nothing beside it: a mock that
answers at once.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from harness.core.load.answer import FINISHED
from harness.core.load.job import LoadJob
from harness.core.load.report import Orders, Report
from harness.errors import HarnessError
from harness.mock_cloudflare.service import MockCloudflare
from harness.mock_cloudflare.settings import MockSettings
from harness.shell.load.fleet import Fleet, scratch
from harness.shell.upstream.wire_server import WireServer
from scenarios.load import LoadProfile
from scenarios.prompt import Prompt

TOKENS: Final = 36
"""So many tokens has a stream that is counted, as in the loads of a run."""
_MODEL: Final = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"
_USERS: Final = 8
_ENDS_WITHIN_S: Final = 60.0
_LOOK_EVERY_S: Final = 0.1


async def answers_per_s(*, stream: bool, duration_s: float = 2.0) -> float:
    """Have one generator ask a mock as fast as it can, and return how many answers it had a second.

    It takes a second or two longer than `duration_s`, for the generator has to start.

    Raises:
        HarnessError: the generator could not be started, or failed; the message says why.
    """
    settings = MockSettings()
    with scratch() as folder:
        async with WireServer(mock=MockCloudflare(settings)) as server:
            job = LoadJob(
                url=server.url,
                path="/v1/chat/completions",
                headers=(("content-type", "application/json"), ("authorization", f"Bearer {settings.api_token}")),
                dialect="openai",
                model=_MODEL,
                stream=stream,
                seed=0,
                patience_s=20.0,
                profile=LoadProfile(
                    users=_USERS,
                    duration_s=duration_s,
                    prompt=Prompt(tokens=TOKENS if stream else 12),
                    think_s=0.0,
                    cancel=0.0,
                    repeats=0.0,
                ),
            )
            orders = Orders(job=job, folder=Path(folder))
            async with Fleet(orders, own_workers=0, leads=False, logs=Path(folder)) as fleet:
                last = await _last_report(fleet)
                if last is None:
                    raise HarnessError("the load generator reported nothing", evidence=fleet.last_words())
    answered = last.part.counts[FINISHED]
    if not answered:
        raise HarnessError("the load generator had no answer", evidence=str(dict(last.part.counts)))
    return answered / duration_s


async def _last_report(fleet: Fleet) -> Report | None:
    last: Report | None = None
    ends_s = time.monotonic() + _ENDS_WITHIN_S
    over = False
    while not over and time.monotonic() < ends_s:
        over = await fleet.ended(within_s=_LOOK_EVERY_S)
        for report in fleet.reports():
            last = report
    return last
