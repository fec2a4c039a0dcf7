"""The upstream's half of a connection through the gateway: pieces in as they come, never more than a little ahead.

The one rule: a piece is what came at once, and stays one. What nobody has taken yet is bounded: upstream is not read
any more until it has been, and so waits as it would without a gateway.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from urllib.parse import SplitResult

from harness.shell.client.stream import PlainStream, Stream, connect
from harness.shell.gateway.pump import Pump, Reading

_CONNECT_S = 10.0
_MOST_WAITING_BYTES = 65_536


class UpstreamSide(asyncio.Protocol):
    """One connection to upstream; `to` makes it."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._reading: Reading | None = None
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[bytes] = deque()
        self._waiting_bytes = 0
        self._paused = False
        self._ended = False
        self._broken: Exception | None = None
        self._sink: Callable[[bytes], bool] | None = None
        self._last: bytes | None = None
        self._told: asyncio.Future[None] | None = None

    @classmethod
    async def to(cls, url: SplitResult) -> UpstreamSide:
        """Connect; TLS with its certificate checked where the URL says so.

        Raises:
            OSError: there is no connection to be had.
        """
        try:
            async with asyncio.timeout(_CONNECT_S):
                stream = await connect(url)
                try:
                    side = cls(stream)
                    await side.begin()
                except BaseException:
                    stream.close()
                    raise
                return side
        except TimeoutError as error:
            message = f"no connection within {_CONNECT_S:g} s"
            raise OSError(message) from error

    async def begin(self) -> None:
        """Read from now on. Raises OSError."""
        stream = self._stream
        self._reading = await stream.read_by(self) if isinstance(stream, PlainStream) else Pump(stream, self)

    async def send(self, data: bytes) -> None:
        """Return once the system has all of it. Raises OSError."""
        stream = self._stream
        if isinstance(stream, PlainStream):
            data = stream.send_at_once(data)
        if data:
            await stream.send(data)

    @property
    def has_something(self) -> bool:
        """Whether there is a piece to take, or never will be any."""
        return bool(self._waiting) or self._ended

    def tell(self, told: asyncio.Future[None]) -> None:
        """Finish a future once there is something; only the last one that was given is."""
        self._told = told
        if self.has_something:
            self._tell()

    def take(self) -> bytes:
        """Take the next piece, there being something; nothing when upstream has closed.

        Raises:
            OSError: the connection broke.
        """
        if not self._waiting:
            if self._broken is not None:
                raise self._broken
            return b""
        piece = self._waiting.popleft()
        self._waiting_bytes -= len(piece)
        if self._paused and not self._waiting and self._reading is not None:
            self._paused = False
            self._reading.resume_reading()
        return piece

    async def receive(self, *, unless: asyncio.Future[None]) -> bytes | None:
        """Return the next piece: nothing when upstream has closed, None when `unless` is done first.

        Raises:
            OSError: the connection broke.
        """
        if not self.has_something and not unless.done():
            await self._something(unless)
        return self.take() if self.has_something else None

    async def pour(self, sink: Callable[[bytes], bool], *, unless: asyncio.Future[None]) -> bytes | None:
        """Give each piece to `sink` the moment it comes, and return the one with which that says no more. Else as
        `receive`."""
        while self._waiting:
            piece = self.take()
            if not sink(piece):
                return piece
        if self.has_something or unless.done():
            return self.take() if self.has_something else None
        self._sink = sink
        try:
            await self._something(unless)
        finally:
            self._sink = None
        last, self._last = self._last, None
        if last is None and self.has_something:
            return self.take()
        return last

    async def close(self) -> None:
        """End the connection, whatever is under way on it."""
        self._waiting.clear()
        if self._reading is not None:
            self._reading.abort()
        self._stream.close()

    def data_received(self, data: bytes) -> None:
        """Hand a piece on, or keep it."""
        if self._sink is not None:
            if self._sink(data):
                return
            self._sink, self._last = None, data
        else:
            self._waiting.append(data)
            self._waiting_bytes += len(data)
            if self._waiting_bytes >= _MOST_WAITING_BYTES and not self._paused and self._reading is not None:
                self._paused = True
                self._reading.pause_reading()
        self._tell()

    def eof_received(self) -> bool:
        """Take note that upstream has closed its side; it may still listen."""
        self._ended = True
        self._tell()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that the connection is gone."""
        if not self._ended:
            self._ended, self._broken = True, exc
        self._tell()

    async def _something(self, unless: asyncio.Future[None]) -> None:
        told = self._told = self._loop.create_future()
        unless.add_done_callback(self._tell)
        try:
            await told
        finally:
            unless.remove_done_callback(self._tell)

    def _tell(self, _: asyncio.Future[None] | None = None) -> None:
        if self._told is not None and not self._told.done():
            self._told.set_result(None)


class Link:
    """What a client's connection has of upstream: one connection at the most, `upstream`."""

    def __init__(self) -> None:
        self.upstream: UpstreamSide | None = None

    async def close(self) -> None:
        """End it, if there is one."""
        upstream, self.upstream = self.upstream, None
        if upstream is not None:
            await upstream.close()
