"""One writer, many readers: a stream's chunks, each reader at its own pace, in bounded memory.

The one rule: the writer waits for its readers. It runs at the pace of the fastest, and never further than
`keep_bytes` ahead of the slowest, so that nothing has to be thrown away and nothing piles up.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable
from itertools import islice

from harness.reference_proxy.errors import ProxyError


class EventLog:
    """Items from the first on, until more than `keep_bytes` have gone by; then only what readers still need."""

    def __init__(self, *, window_bytes: int, keep_bytes: int) -> None:
        self._window_bytes = window_bytes
        self._keep_bytes = keep_bytes
        self._items: deque[bytes] = deque()
        self._dropped = 0
        self._dropped_bytes = 0
        self._total_bytes = 0
        self._readers: set[LogReader] = set()
        self._ended = False
        self._error: ProxyError | None = None
        self._waiting: list[asyncio.Future[None]] = []  # readers that have read everything
        self._room = asyncio.Event()

    @property
    def joinable(self) -> bool:
        """Whether a reader that starts now still sees the log from its start."""
        return self._dropped == 0

    @property
    def length(self) -> int:
        """How many items there were so far."""
        return self._dropped + len(self._items)

    def reader(self) -> "LogReader":
        """A new reader at the start of the log."""
        reader = LogReader(self)
        self._readers.add(reader)
        return reader

    def reader_behind(self, position: int) -> "LogReader | None":
        """A new reader behind so many items; None when what it would read next is gone, or was never so far."""
        if not self._dropped <= position <= self.length:
            return None
        reader = self.reader()
        reader.position = position
        before = islice(self._items, position - self._dropped)
        reader.taken_bytes = self._dropped_bytes + sum(len(item) for item in before)
        return reader

    async def append(self, item: bytes) -> None:
        """Add one item, and wait until the readers have come close enough."""
        self._items.append(item)
        self._total_bytes += len(item)
        self._wake()
        while self._readers and self._lagging():
            self._room.clear()
            await self._room.wait()
        self._trim()

    def end(self, error: ProxyError | None = None) -> None:
        """Say that nothing follows: after a whole answer, or because of `error`."""
        if not self._ended:
            self._ended, self._error = True, error
            self._wake()

    def _lagging(self) -> bool:
        if self._total_bytes <= min(self._window_bytes, self._keep_bytes):
            return False  # so far nobody can be
        taken = [reader.taken_bytes for reader in self._readers]
        return self._total_bytes - max(taken) > self._window_bytes or self._total_bytes - min(taken) > self._keep_bytes

    def _trim(self) -> None:
        if self._total_bytes <= self._keep_bytes:
            return
        first = min((reader.position for reader in self._readers), default=self._dropped + len(self._items))
        while self._dropped < first and self._items:
            self._dropped_bytes += len(self._items.popleft())
            self._dropped += 1

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for reader in waiting:
            if not reader.done():  # it may have been given up
                reader.set_result(None)

    async def next(self, reader: "LogReader") -> bytes | None:
        """The reader's next item, None after the last; raises the error that the log ended with."""
        while (item := self.ready(reader)) is None:
            if self._ended:
                if self._error is not None:
                    raise self._error
                return None
            news = asyncio.get_running_loop().create_future()
            self._waiting.append(news)
            await news
        return item

    def ready(self, reader: "LogReader") -> bytes | None:
        """The reader's next item where it is here already, None where it is not."""
        place = reader.position - self._dropped
        if place >= len(self._items):
            return None
        item = self._items[place]
        reader.position += 1
        reader.taken_bytes += len(item)
        self._room.set()
        return item

    def leave(self, reader: "LogReader") -> None:
        """Forget a reader; the writer no longer waits for it."""
        self._readers.discard(reader)
        self._room.set()


class LogReader:
    """One reader's place in a log; `close` it when done."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self.position = 0
        self.taken_bytes = 0

    async def next(self) -> bytes | None:
        """The next item, None after the last; raises the error that the log ended with."""
        return await self._log.next(self)

    def ready(self) -> bytes | None:
        """The next item where it is here already, None where it is not."""
        return self._log.ready(self)

    def __call__(self) -> Awaitable[bytes | None]:
        """As `next`."""
        return self.next()

    def close(self) -> None:
        """Stop reading."""
        self._log.leave(self)
