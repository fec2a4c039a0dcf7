"""What the heap of a Worker holds while a case plays: looked at again and again, behind a collection each time.

The one rule: what cannot be looked at leaves no sample, and looking never fails a case.
"""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import Final, Self

from harness.core.observed.history import HeapSample
from harness.shell.watching.inspector import Inspector, find_inspector

_PAUSE_S: Final = 0.3
"""Between two looks: each stops the isolate for as long as a collection takes."""


class HeapWatch:
    """Watches the isolates of a process for the time of an `async with`; `url` is where the target answers.

    A process that has no inspector open, or none at all, has no samples.
    """

    def __init__(self, pid: int | None, url: str) -> None:
        self._pid = pid
        self._url = url
        self._inspector: Inspector | None = None
        self._looking = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._seen: list[HeapSample] = []

    @property
    def seen(self) -> tuple[HeapSample, ...]:
        """What has been seen so far, in order of time."""
        return tuple(self._seen)

    async def look(self) -> None:
        """Take a sample now."""
        async with self._looking:
            held_bytes = await self._inspector.held_bytes() if self._inspector is not None else None
            if held_bytes is not None:
                self._seen.append(HeapSample(at_s=time.monotonic(), held_bytes=held_bytes))

    async def __aenter__(self) -> Self:
        if self._pid is not None:
            self._inspector = await find_inspector(self._pid, self._url)
        if self._inspector is not None:
            self._task = asyncio.create_task(self._watch())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_PAUSE_S)  # what a heap holds raises no event
            await self.look()
