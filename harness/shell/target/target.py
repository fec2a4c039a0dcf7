"""The target as a process of its own, or attached to where it runs already.

The one rule: whatever happens here (an error, a cancellation, Ctrl-C), no process that was started is left behind.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

from harness.core.observed.redact import Redactor, secrets_of
from harness.core.target import unstarted
from harness.core.target.env import environment_for
from harness.core.target.file import TargetFile
from harness.core.target.placeholders import names_in
from harness.core.target.worker.config import COUNTERS
from harness.errors import TargetError
from harness.shell.target import log as target_log
from harness.shell.target.child import Child
from harness.shell.target.folders import KEPT, Folders
from harness.shell.target.ports import free_port, give_back
from harness.shell.target.readiness import Readiness, accepts
from harness.shell.target.worker.coverage.counters import Counters

GRACE_S: Final = 5.0
"""How long a target has to end by itself after SIGTERM."""

_PORT_ATTEMPTS: Final = 3
_TOLD_LINES: Final = 20
_PORT_TAKEN: Final = re.compile(r"address (is )?already in use|EADDRINUSE|port .{0,20}in use", re.IGNORECASE)


class Target:
    """A target for the time of an `async with`: started and ready inside of it, gone behind it.

    `values` are the placeholders the caller knows: `upstream`, `account_id`, `api_token`, `kv_namespace`. Output of
    the process goes to `target.log` in `out_dir`, cleared of secrets once the process has ended. `extra_env` is what
    its environment gets besides, so that it can be watched.
    """

    def __init__(
        self,
        file: TargetFile,
        *,
        values: Mapping[str, str],
        out_dir: Path,
        redactor: Redactor | None = None,
        grace_s: float = GRACE_S,
        extra_env: Mapping[str, str] | None = None,
    ) -> None:
        self._template = file
        self._values = dict(values)
        self._grace_s = grace_s
        self._extra_env = dict(extra_env or {})
        self._redactor = redactor
        self._folders = Folders(file)
        self._child: Child | None = None
        self._counters: Counters | None = None
        self._port: int | None = None
        self.file = file
        """The target file; its placeholders are replaced once the target is started."""
        self.log_path = out_dir / "target.log"

    @property
    def url(self) -> str:
        """The base URL, without a slash at its end. It may change with a `restart`."""
        return self.file.url

    @property
    def started_here(self) -> bool:
        """Whether this process started the target, and so can measure and restart it."""
        return self._template.command is not None

    @property
    def pid(self) -> int | None:
        """The process started here while it runs; None for a target that was attached to."""
        return self._child.pid if self._child and self._child.exit_code is None else None

    @property
    def exit_code(self) -> int | None:
        """How the process ended, negative for a signal; None while it runs or was never started here."""
        return self._child.exit_code if self._child else None

    def alive(self) -> bool:
        """Whether the process runs. A target that was attached to is taken to be alive."""
        return not self.started_here or self.pid is not None

    async def ended(self, *, within_s: float) -> bool:
        """Wait for the process to end by itself, at most so long; say whether it has."""
        return self._child is not None and await self._child.ended(within_s=within_s)

    def tail(self, lines: int = _TOLD_LINES) -> str:
        """Return the last lines the target has written, without secrets."""
        return target_log.tail(self.log_path, self._redact(), lines=lines)

    def last_words(self, lines: int) -> str:
        """Return what the target has written last that tells why it ended, without secrets."""
        return target_log.last_words(self.log_path, self._redact(), lines=lines)

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except BaseException:
            await self._leave()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._leave()

    async def restart(self, *, kill: bool = False) -> None:
        """Stop the target and start it afresh: its memory is empty, its `url` and `pid` may be others.

        `kill` ends it as `kill -9` does, without a word before.

        Raises:
            TargetError: when it does not come back, or was not started here.
        """
        if not self.started_here:
            raise TargetError(
                f"{self.file.name} cannot be restarted",
                evidence="it ran already",
                next_step="add target.command to its file",
            )
        await self._stop(grace_s=0.0 if kill else self._grace_s)
        try:
            await self._start()
        except BaseException:
            await self._stop(grace_s=self._grace_s)
            raise

    async def _start(self) -> None:
        if not self.started_here:
            self.file = self._template.filled(self._values)
            await self._wait_until_ready()
            return
        self._folders.renew()
        self._lay_out()
        picks_port = "port" in names_in(self._template.url)
        for attempt in range(1, _PORT_ATTEMPTS + 1):
            if picks_port:
                self._port = free_port()
            port = self._port or urlsplit(self._template.url).port or 80
            self.file = self._template.filled(self._all_values(port))
            if not picks_port and await accepts(self.url):
                raise unstarted.port_taken(self.file)
            await self._spawn()
            try:
                await self._wait_until_ready()
            except TargetError:
                # Somebody may take a port between the moment it is found free and the moment it is bound.
                taken = self.pid is None and _PORT_TAKEN.search(self.tail())
                if not (picks_port and taken) or attempt == _PORT_ATTEMPTS:
                    raise
                await self._end_process(grace_s=self._grace_s)
            else:
                return

    def _all_values(self, port: int) -> dict[str, str]:
        workdir = self._folders.scratch
        return {
            **self._values,
            "python": sys.executable,
            "here": self._template.here or workdir,
            "workdir": workdir,
            "port": str(port),
            "logs": str(self.log_path.parent.resolve()),
            KEPT: self._folders.kept,
            "upstream_address": urlsplit(self._values.get("upstream", "")).netloc,
        }

    def _lay_out(self) -> None:
        for name, data in self._template.laid_out:
            path = self.log_path.parent / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    async def _spawn(self) -> None:
        command = self.file.command or ()
        self.log_path.parent.mkdir(parents=True, exist_ok=True)
        env = environment_for(os.environ, self.file.env, self._extra_env, separator=os.pathsep)
        try:
            self._child = await Child.start(command, env=env, cwd=self._all_values(0)["here"], log=self.log_path)
        except OSError as error:
            raise unstarted.not_executable(self.file, self._redact().text(command[0]), str(error.strerror)) from error
        if self._template.counts_into:
            self._counters = Counters(Path(self._folders.scratch) / COUNTERS, into=Path(self._template.counts_into))

    async def _wait_until_ready(self) -> None:
        began = time.monotonic()
        ends = began + self.file.ready_timeout_s
        pause_s = 0.02
        async with Readiness(self.url, self.file.ready_path) as readiness:
            while True:
                saw = await readiness.objection()
                if self._child and self._child.exit_code is not None:
                    code, log = self.exit_code, self.log_path
                    raise unstarted.ended_early(self.file, self._template, code, said=self.tail(), log=log)
                if not saw:
                    return
                left_s = ends - time.monotonic()
                if left_s <= 0:
                    raise unstarted.never_ready(self.file, saw, time.monotonic() - began, said=self.tail())
                pause_s = min(pause_s, left_s)
                await (self._child.ended(within_s=pause_s) if self._child else asyncio.sleep(pause_s))
                pause_s = min(pause_s * 1.5, 0.25)

    def _redact(self) -> Redactor:
        return self._redactor or Redactor((self._values.get("api_token", ""), *secrets_of(self.file.env)))

    async def _leave(self) -> None:
        try:
            await self._stop(grace_s=self._grace_s)
        finally:
            self._folders.drop()

    async def _stop(self, *, grace_s: float) -> None:
        try:
            await self._end_process(grace_s=grace_s)
        finally:
            self._folders.drop_scratch()

    async def _end_process(self, *, grace_s: float) -> None:
        counters, self._counters = self._counters, None
        try:
            if counters is not None:
                await counters.end(alive=self.pid is not None)
        finally:
            await self._end_child(grace_s=grace_s)

    async def _end_child(self, *, grace_s: float) -> None:
        try:
            if self._child is not None:
                await self._child.end(grace_s=grace_s)
        finally:
            if self._child is not None:
                target_log.clear(self.log_path, self._redact())
            if self._port is not None:
                give_back(self._port)
                self._port = None
