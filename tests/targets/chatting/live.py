"""An answer while it is being made, which goes on whoever listens, and which anybody can join at any event."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

END = "[DONE]"


class Live:
    """The data of the events so far. It is over with `END` when it is whole, and with `broken` when it is not."""

    def __init__(self, thread: int) -> None:
        self.thread = thread
        self.events: list[str] = []
        self.broken = ""
        self.over = False
        self.task: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()

    async def add(self, *events: str, over: bool = False, broken: str = "") -> None:
        """Tell everybody who listens."""
        async with self._news:
            self.events += events
            self.over, self.broken = over, broken
            self._news.notify_all()

    async def follow(self, begin: int) -> AsyncIterator[tuple[int, str]]:
        """Yield what comes behind the first `begin` events, each with its number."""
        at = begin
        while True:
            async with self._news:
                while not self.over and len(self.events) <= at:
                    await self._news.wait()
                fresh = self.events[at:]
            for event in fresh:
                at += 1
                yield at, event
            if self.over and at >= len(self.events):
                return
