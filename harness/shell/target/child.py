"""A child process with all its descendants, started and ended as one.

The one rule: whatever happens (an error, a cancellation, Ctrl-C, SIGKILL), nothing that was started is left behind.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import signal
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Self

import psutil

from harness.shell.target.family import family_of
from harness.shell.target.guardian import GUARDIAN


class Child:
    """A running process in a session of its own; `start` makes one, `end` ends it and its descendants."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._over = False
        self._last_resort = partial(_signal_group, process.pid, signal.SIGKILL)
        atexit.register(self._last_resort)
        GUARDIAN.guard(process.pid)

    @classmethod
    async def start(cls, command: Sequence[str], *, env: Mapping[str, str], cwd: str, log: Path) -> Self:
        """Start a command; what it writes is appended to `log`.

        Raises:
            OSError: when there is no such program, or it cannot be executed.
        """
        with log.open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**env, **GUARDIAN.mark()},
                cwd=cwd,
                start_new_session=True,  # Ctrl-C reaches us alone, and one signal reaches it with all its children
            )
        return cls(process)

    @property
    def pid(self) -> int:
        """The process, which is also the leader of its group and session."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended, negative for a signal; None while it runs."""
        return self._process.returncode

    async def ended(self, *, within_s: float) -> bool:
        """Wait for the process to end, at most so long; say whether it has."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._process.wait()
        return self.exit_code is not None

    def ask_to_end(self) -> None:
        """Send SIGTERM to the process alone, and wait for nothing."""
        if self.exit_code is None:
            self._process.terminate()

    async def end(self, *, grace_s: float) -> None:
        """Ask it to end (SIGTERM), wait for `grace_s` at most, then make it (SIGKILL); descendants as well.

        Without any grace it is not asked first.
        """
        if self._over:  # its number may belong to somebody else by now
            return
        family = _descendants(self.pid)
        try:
            if self.exit_code is None:
                _signal_group(self.pid, signal.SIGTERM if grace_s else signal.SIGKILL)
            for each in family if grace_s else ():
                _ask_outside_of_group(each, self.pid)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(grace_s):
                    await self._process.wait()
                    while any(map(_runs, family)):  # noqa: ASYNC110 - other people's children raise no event here
                        await asyncio.sleep(0.02)
        finally:  # cancelled or not
            _signal_group(self.pid, signal.SIGKILL)
            for each in family:
                with contextlib.suppress(psutil.Error):
                    each.kill()
            atexit.unregister(self._last_resort)
            GUARDIAN.leave(self.pid)
            self._over = True
            await self._process.wait()  # it cannot refuse SIGKILL, so this is short, and leaves nothing unreaped


def _descendants(pid: int) -> list[psutil.Process]:
    """Return all descendants, also those that went into a session of their own."""
    try:
        return family_of(pid)[1:]
    except psutil.Error:
        return []


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def _ask_outside_of_group(process: psutil.Process, group: int) -> None:
    """Ask a descendant to end that the group's signal has not reached; a second SIGTERM means haste to some."""
    with contextlib.suppress(psutil.Error, ProcessLookupError):
        if os.getpgid(process.pid) != group:
            process.terminate()


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)
