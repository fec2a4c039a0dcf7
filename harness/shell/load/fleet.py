"""The processes that generate a load: a leader and, where there are several, its workers.

The one rule: none of them outlives the `async with`; and a leader that is asked to stop has the time to report.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from harness.core.load.report import Orders, Report
from harness.errors import HarnessError
from harness.shell.load.spool import take_reports
from harness.shell.own_path import with_own_path
from harness.shell.target.child import Child

_MODULE: Final = "harness.drivers.locustfile"
_REPORTS_WITHIN_S: Final = 15.0
_PORT_WITHIN_S: Final = 30.0
_LOOK_EVERY_S: Final = 0.05
_TOLD_CHARACTERS: Final = 400


def command(*words: str) -> tuple[str, ...]:
    """Return the command of one load generator; what lies in the folder it is started in does not matter."""
    return (sys.executable, "-P", "-m", _MODULE, *words)


def environment() -> dict[str, str]:
    """Return this process's environment, our packages first, without what Locust would take for its settings."""
    return with_own_path({name: value for name, value in os.environ.items() if not name.startswith("LOCUST_")})


class Fleet:
    """Generators that run while this is entered. `own_workers` are started here, others are waited for.

    Without any worker the leader generates the load itself. Their output goes to `generators.log` in `logs`.
    """

    def __init__(self, orders: Orders, *, own_workers: int, leads: bool, logs: Path) -> None:
        self._orders = orders
        self._own_workers = own_workers
        self._role = "master" if leads else "local"
        self._log = logs / "generators.log"
        self._leader: Child | None = None
        self._workers: list[Child] = []

    async def __aenter__(self) -> Self:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        self._log.unlink(missing_ok=True)
        try:
            await self._start()
        except BaseException:
            await self._end(grace_s=0.0)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end(grace_s=0.0 if kind else 3.0)

    async def _start(self) -> None:
        orders = self._orders.folder / "orders"
        orders.touch(mode=0o600)  # it holds the client's token
        orders.write_text(self._orders.write(), encoding="utf-8")
        self._leader = await self._child(self._role, str(orders))
        if not self._own_workers:
            return
        port = await self._port()
        for _ in range(self._own_workers):
            self._workers.append(await self._child("worker", "127.0.0.1", port))

    async def _child(self, *words: str) -> Child:
        return await Child.start(command(*words), env=environment(), cwd=str(self._orders.folder), log=self._log)

    async def _port(self) -> str:
        told = self._orders.folder / "port"
        for _ in range(int(_PORT_WITHIN_S / _LOOK_EVERY_S)):
            if told.exists() and (port := told.read_text()):
                return port
            if await self.ended(within_s=_LOOK_EVERY_S):
                break
        raise HarnessError("the load generators could not be started", evidence=self.last_words())

    async def ended(self, *, within_s: float) -> bool:
        """Wait for the leader to end, at most so long; say whether it has."""
        return self._leader is None or await self._leader.ended(within_s=within_s)

    @property
    def failed(self) -> bool:
        """Whether the leader ended otherwise than well."""
        return self._leader is not None and self._leader.exit_code not in (None, 0)

    def reports(self) -> Iterator[Report]:
        """Yield the reports that have come since the last time."""
        yield from take_reports(self._orders.folder)

    def last_words(self) -> str:
        """Return the end of what the generators have written."""
        try:
            lines = self._log.read_text(encoding="utf-8", errors="replace").split("\n")
        except FileNotFoundError:
            return ""
        return " ".join(" ".join(lines[-8:]).split())[-_TOLD_CHARACTERS:]

    async def stop(self) -> None:
        """Ask the leader to end the load now, and give it the time to report."""
        if self._leader is not None:
            self._leader.ask_to_end()
            await self._leader.ended(within_s=_REPORTS_WITHIN_S)

    async def _end(self, *, grace_s: float) -> None:
        children = [*self._workers, *([self._leader] if self._leader else [])]
        await asyncio.gather(*(child.end(grace_s=grace_s) for child in children))


def scratch() -> tempfile.TemporaryDirectory[str]:
    """Make a folder for orders and reports, which only this user can read."""
    return tempfile.TemporaryDirectory(prefix="edgeproof-load-", ignore_cleanup_errors=True)
