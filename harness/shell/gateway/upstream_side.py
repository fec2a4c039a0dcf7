"""The upstream's half of a connection through the gateway: pieces in as they come, never more than one ahead.

The one rule: a piece is what came at once, and stays one. While nobody has taken it upstream is not read any more, and
so waits as it would without a gateway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast
from urllib.parse import SplitResult

from harness.shell.client.stream import PlainStream, Stream, connect
from harness.shell.gateway.pump import Pump

_CONNECT_S = 10.0


class UpstreamSide(asyncio.Protocol):
    """One connection to upstream; `to` makes it."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._reading: asyncio.Transport | Pump | None = None
        self._loop = asyncio.get_running_loop()
        self._piece = b""
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
                side = cls(await connect(url))
                try:
                    await side.begin()
                except BaseException:
                    await side.close()
                    raise
                return side
        except TimeoutError as error:
            message = f"no connection within {_CONNECT_S:g} s"
            raise OSError(message) from error

    async def begin(self) -> None:
        """Read from now on. Raises OSError."""
        if isinstance(self._stream, PlainStream):
            await self._stream.read_by(self)
        else:
            self._reading = Pump(self._stream, self)

    async def send(self, data: bytes) -> None:
        """Return once the system has all of it. Raises OSError."""
        stream = self._stream
        rest = stream.send_at_once(data) if isinstance(stream, PlainStream) else data
        if rest:
            await stream.send(rest)

    @property
    def has_something(self) -> bool:
        """Whether there is a piece to take, or never will be any."""
        return bool(self._piece) or self._ended

    def tell(self, told: asyncio.Future[None]) -> None:
        """Finish a future once there is something, or somebody else may; only the last one that was given is."""
        self._told = told
        if self.has_something:
            self._tell()

    def take(self) -> bytes:
        """Take the piece that has come; nothing when upstream has closed.

        Raises:
            OSError: the connection broke.
        """
        piece, self._piece = self._piece, b""
        if not piece and self._broken is not None:
            raise self._broken
        if piece and self._reading is not None and not self._ended:
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
        """Hand each piece to `sink` the moment it comes; return the first one for which that is false. Otherwise as
        `receive`: an end is returned, and so is None."""
        if self._piece and not sink(piece := self.take()):
            return piece
        self._sink = sink
        try:
            if not self.has_something and not unless.done():
                await self._something(unless)
        finally:
            self._sink = None
        last, self._last = self._last, None
        if last is not None:
            return last
        return self.take() if self.has_something else None

    async def close(self) -> None:
        """End the connection, whatever is under way on it."""
        reading, self._reading = self._reading, None
        try:
            if isinstance(reading, Pump):
                await reading.end()
            elif reading is not None:
                reading.abort()
        finally:  # also when whoever closes it is cancelled meanwhile
            self._stream.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take what reads."""
        self._reading = cast("asyncio.Transport", transport)  # uvloop's are that in all but name

    def data_received(self, data: bytes) -> None:
        """Hand a piece on, or keep it and read no more."""
        if self._sink is not None:
            if self._sink(data):
                return
            self._sink, self._last = None, data
        else:
            self._piece += data
            if self._reading is not None:
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
