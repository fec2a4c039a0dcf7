"""Ctrl-C and its kin (SIGINT, SIGTERM, SIGHUP) as a polite request to end a run.

The one rule: a signal never raises in the middle of anything. It cancels the run's task, so that targets are ended,
what was judged is written and the exit code is true; another one only makes the ending shorter.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar

T = TypeVar("T")

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Stopping:
    """Watches for signals. `on_stop` hears of each one by its name."""

    def __init__(self, on_stop: Callable[[str], None]) -> None:
        self._on_stop = on_stop
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[object] | None = None
        self.signal_name = ""
        """The first signal that came; empty while none has."""

    @contextmanager
    def instead_of_dying(self) -> Iterator[None]:
        """Take the signals for as long as this lasts. Main thread only."""
        before = {
            number: signal.signal(number, self._came)
            for number in _SIGNALS
            if signal.getsignal(number) is not signal.SIG_IGN  # nohup, or a shell's background, said so
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def cancelling_this_task(self) -> Iterator[None]:
        """Let signals cancel the task that runs now; one that came before cancels it at once."""
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        try:
            if self.signal_name:
                self._cancel()
            yield
        finally:
            self._loop = self._task = None

    def _came(self, number: int, _: FrameType | None) -> None:
        name = signal.Signals(number).name
        self.signal_name = self.signal_name or name
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._tell, name)

    def _tell(self, name: str) -> None:
        self._cancel()
        self._on_stop(name)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()


def told_to_stop() -> tuple[asyncio.Event, str]:
    """Return what is set once somebody asks this process to end, and how that is done: `Ctrl-C`, or `kill PID`.

    Signals that nohup or a shell's background has it ignore stay ignored. To be called on the running loop.
    """
    stop = asyncio.Event()
    heeded = [number for number in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(number) is not signal.SIG_IGN]
    for number in heeded:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop, "Ctrl-C" if signal.SIGINT in heeded else f"kill {os.getpid()}"


async def unless_told(stop: asyncio.Event, doing: Coroutine[Any, Any, T]) -> T | None:
    """Return what comes of doing something; None, and it is cancelled, when `stop` is set before it is done."""
    done, told = asyncio.ensure_future(doing), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((done, told), return_when=asyncio.FIRST_COMPLETED)
        return done.result() if done.done() else None
    finally:
        for task in (done, told):
            task.cancel()
        await asyncio.gather(done, told, return_exceptions=True)
