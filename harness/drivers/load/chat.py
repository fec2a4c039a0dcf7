"""A chat load played on one lane: the generator is started and watched, and what it measured is told.

The one rule: whatever came in is told, also when the load is stopped half-way; and it ends by itself.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from fault_injection.reply import Headers
from harness.core.load.chat.api import DOCUMENTED, ChatApi
from harness.core.load.chat.job import ChatJob
from harness.core.load.chat.measured import Measured, read
from harness.core.load.chat.verdict import ChatOutcome
from harness.core.load.lateness import HostUse, Lateness
from harness.core.observed.redact import Redactor
from harness.shell.load.fleet import environment, scratch
from harness.shell.playing.lane import Lane
from harness.shell.target.child import Child
from harness.shell.watching import punctual
from harness.shell.watching.host_use import HostMeter
from reports.record import CaseResult, Finding, Level
from scenarios.load import ChatLoad, chat_case

_MODULE: Final = "harness.shell.load.chat"
_LOOK_EVERY_S: Final = 0.25
_SPARE_S: Final = 15.0
"""How much longer than it should a load may take, for the generator to report."""
_STARTS_WITHIN_S: Final = 60.0
_GRACE_S: Final = 2.0
_TOLD_CHARACTERS: Final = 400

Take: TypeAlias = Callable[[ChatOutcome], None]
"""Takes what one load has shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSettings:
    """What a chat load needs besides its lane. `callers` are the headers of each user; `database` is what the service
    keeps chats in, empty for one of its own. `on_outcome` hears of what was measured, also when the load is stopped."""

    seed: int
    load: ChatLoad
    callers: tuple[Headers, ...]
    database: str
    redactor: Redactor
    on_result: Callable[[CaseResult], None]
    on_outcome: Take
    say: Callable[[str], None]
    logs: Path
    again: str = ""
    api: ChatApi = DOCUMENTED


async def run(lane: Lane, settings: ChatSettings) -> None:
    """Put the load on the lane's target, and tell what came of it."""
    await _Run(lane, settings).play()


class _Run:
    """One load while it runs."""

    def __init__(self, lane: Lane, settings: ChatSettings) -> None:
        self._lane = lane
        self._settings = settings
        self._late = punctual.Lateness()
        self._host: HostUse | None = None
        self._trouble = ""
        self._since = lane.server.journal.last_number
        self._began_s = time.monotonic()

    async def play(self) -> None:
        """Play it, and tell what there is of it however it ends."""
        with scratch() as folder:
            results = Path(folder) / "results"
            results.touch(mode=0o600)
            try:
                async with self._late.watching():
                    await self._load(Path(folder), results)
            except asyncio.CancelledError:
                self._trouble = "the load was stopped before its end"
                raise
            finally:
                self._conclude(read(results.read_text(encoding="utf-8").splitlines()))

    async def _load(self, folder: Path, results: Path) -> None:
        settings, load = self._settings, self._settings.load
        where = f" on {settings.database}" if settings.database else ""
        settings.say(f"load: {load.streams} chats at once{where}, {load.most_s:g} s at the most")
        job = ChatJob(
            url=self._lane.url,
            callers=settings.callers,
            seed=settings.seed,
            load=load,
            api=settings.api,
        )
        orders, log = folder / "orders", settings.logs / "generator.log"
        orders.touch(mode=0o600)  # it holds the users' tokens
        orders.write_text(job.write(), encoding="utf-8")
        settings.logs.mkdir(parents=True, exist_ok=True)
        log.unlink(missing_ok=True)
        words = (sys.executable, "-P", "-m", _MODULE, str(orders), str(results))
        self._began_s = time.monotonic()
        generator = await Child.start(words, env=environment(), cwd=str(folder), log=log)
        try:
            await self._watch(generator, log, results)
        finally:
            await generator.end(grace_s=_GRACE_S)

    async def _watch(self, generator: Child, log: Path, results: Path) -> None:
        """Wait for the generator to end; its time runs from its first line on, for a busy machine starts it late."""
        meter, load = HostMeter(self._lane.pid), self._settings.load
        begun, until_s = False, time.monotonic() + _STARTS_WITHIN_S
        while not await generator.ended(within_s=_LOOK_EVERY_S):
            self._host = meter.read() or self._host
            if not begun and _size_of(results):
                begun, until_s = True, time.monotonic() + load.most_s + _SPARE_S
            if time.monotonic() > until_s:
                self._trouble = (
                    f"the load did not end within {load.most_s:g} s" if begun else "it did not begin in time"
                )
                return
        if generator.exit_code:
            self._trouble = self._settings.redactor.text(f"the load generator failed: {_last_words(log)}")

    def _conclude(self, measured: Measured) -> None:
        settings = self._settings
        began_s = measured.begun_s or self._began_s
        lasted_s = time.monotonic() - began_s
        moments = [*(each for each in self._late.moments if each[0] >= began_s), *measured.late]
        outcome = ChatOutcome(
            database=settings.database,
            load=settings.load,
            measured=measured,
            upstream_ends_s={
                record.nonce: record.end_s
                for record in self._lane.server.journal.records(surface="ai", since=self._since)
                if record.nonce and record.end_s is not None
            },
            lateness=Lateness(moments=moments, duration_s=lasted_s, clocks=2, host=self._host),
            lasted_s=lasted_s,
            trouble=self._trouble,
            extra=tuple(self._deaths()),
        )
        settings.on_outcome(outcome)
        case, (verdict, findings, cause) = chat_case(settings.database), outcome.verdict()
        redact = settings.redactor.text
        settings.on_result(
            CaseResult(
                id=case.id,
                title=case.promise,
                suite="load",
                family="load",
                level=Level(case.level),
                verdict=verdict,
                duration_s=round(lasted_s, 3),
                promised=case.promise,
                saw=redact(outcome.saw),
                findings=findings,
                replay=settings.again,
                reference=case.reference,
                cause=redact(cause),
            )
        )

    def _deaths(self) -> list[Finding]:
        redact = self._settings.redactor.text
        found = []
        for death in self._lane.deaths:
            how, *last_words = redact(death).splitlines()
            message = f"the target's process {how} under load"
            found.append(
                Finding(invariant="alive-after", level=Level.MUST, message=message, evidence=tuple(last_words))
            )
        return found


def _last_words(log: Path) -> str:
    return " ".join(log.read_text(encoding="utf-8", errors="replace").split())[-_TOLD_CHARACTERS:]


def _size_of(path: Path) -> int:
    return path.stat().st_size
