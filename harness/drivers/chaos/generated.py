"""Synthetic traffic by Locust, in a process of its own: the generator of `edgeproof load`, with a run's marks.

The one rule: it is the same traffic to whoever looks at it; what it brings comes in once a second.
"""

from __future__ import annotations

import asyncio
import math
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from harness.core.load.job import LoadJob
from harness.core.load.report import Late, Orders, Report
from harness.core.load.transcript import unpack
from harness.core.observed.history import ClientExchange
from harness.core.target.dialects import chat_path
from harness.drivers.chaos.traffic import marks, patience_s
from harness.errors import HarnessError
from harness.shell.load.fleet import Fleet, scratch
from harness.shell.playing.lane import Lane
from scenarios.load import LoadProfile
from scenarios.prompt import Prompt

_LOOKS_EVERY_S: Final = 0.25
_BEGINS_WITHIN_S: Final = 30.0
_TELLS_WITHIN_S: Final = 5.0


@dataclass(slots=True, kw_only=True)
class Generated:
    """Lets a generator ask one lane's target for `lasts_s` at the most, and keeps what came of it in `done`. Its output
    goes to `generators.log` in `logs`."""

    lane: Lane
    seed: int
    run: str
    prompt: Prompt
    rate_per_s: float
    lasts_s: float
    logs: Path
    done: list[ClientExchange] = field(default_factory=list)
    _latest: Report | None = None
    _has_begun: asyncio.Event = field(default_factory=asyncio.Event)
    _has_told: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def asked(self) -> int:
        """How often it had asked by its last report."""
        return self._latest.put if self._latest else 0

    @property
    def late(self) -> tuple[Late, ...]:
        """When the generator itself stood still."""
        return self._latest.late if self._latest else ()

    @property
    def patience_s(self) -> float:
        """How long a client waits for an answer."""
        return patience_s(self.lane, self.prompt)

    async def begun(self) -> None:
        """Return once it asks; starting a process takes a while."""
        with suppress(TimeoutError):  # one that never asks shows in the steady state
            async with asyncio.timeout(_BEGINS_WITHIN_S):
                await self._has_begun.wait()

    async def caught_up(self) -> None:
        """Return with the second report from now on; the first may have been written before."""
        with suppress(TimeoutError):  # one that tells nothing any more has told all there is
            async with asyncio.timeout(_TELLS_WITHIN_S):
                for _ in range(2):
                    self._has_told.clear()
                    await self._has_told.wait()

    async def flow(self) -> None:
        """Let it ask until this is cancelled; an answer that is under way then is not waited for.

        Raises:
            HarnessError: the generator ended by itself.
        """
        with scratch() as folder:
            job = self._job()
            async with Fleet(Orders(job=job, folder=Path(folder)), own_workers=0, leads=False, logs=self.logs) as fleet:
                try:
                    while not await fleet.ended(within_s=_LOOKS_EVERY_S):
                        self._take(fleet, job)
                    raise HarnessError("the load generator has ended", evidence=fleet.last_words())
                finally:
                    self._has_begun.set()
                    await fleet.stop()
                    self._take(fleet, job)

    async def settle(self) -> None:
        """Return at once: whoever has cancelled `flow` and waited for it has all there is."""

    def _take(self, fleet: Fleet, job: LoadJob) -> None:
        for report in fleet.reports():
            self.done += (unpack(each, job) for each in report.exchanges)
            self._latest = report
            self._has_told.set()
        if self.asked:
            self._has_begun.set()

    def _job(self) -> LoadJob:
        target = self.lane.target_file
        profile = LoadProfile(
            users=math.ceil(self.rate_per_s * self.patience_s),  # so many are open when nothing is answered
            duration_s=self.lasts_s,
            arrivals="constant",
            rate_per_s=self.rate_per_s,
            prompt=self.prompt,
            cancel=0.0,
            repeats=0.0,
        )
        return LoadJob(
            url=self.lane.url,
            path=chat_path(target.chat.path, target.chat.model),
            headers=(*self.lane.headers("a"), *marks(self.run)),
            dialect=target.chat.dialect,
            model=target.chat.model,
            stream=target.capabilities.streaming,
            seed=self.seed,
            patience_s=self.patience_s,
            profile=profile,
        )
