"""The client's half of a connection through the gateway: bytes in as they come, never more than a little ahead.

The one rule: what nobody has taken yet is bounded. A client that sends faster than upstream reads is not read any more,
and so waits as it would without a gateway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from harness.shell.upstream.player import Line

_MOST_WAITING_BYTES = 65_536


class ClientSide(asyncio.Protocol):
    """Keeps what one client sends until it is taken, and knows when the client has left."""

    line: Line

    def __init__(
        self, serve: Callable[[ClientSide], asyncio.Task[None]], *, on_close: Callable[[ClientSide], None]
    ) -> None:
        self.task: asyncio.Task[None] | None = None
        self._serve = serve
        self._on_close = on_close
        self._waiting = bytearray()
        self._came = asyncio.Event()
        self._arrival: asyncio.Future[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._ended = False
        self._paused = False

    @property
    def has_something(self) -> bool:
        """Whether there are bytes to take, or never will be any."""
        return self._came.is_set()

    def arrival(self) -> asyncio.Future[None]:
        """Return what is done once there is something; whoever else has it may finish it before that."""
        arrival = self._arrival = self._loop.create_future()
        if self.has_something:
            arrival.set_result(None)
        return arrival

    def take(self) -> bytes:
        """Take what is there; nothing when nothing is, or will be."""
        data = bytes(self._waiting)
        self._waiting.clear()
        if not self._ended:
            self._came.clear()
        if self._paused and not self._transport.is_closing():
            self._paused = False
            self._transport.resume_reading()
        return data

    async def receive(self) -> bytes:
        """Return what comes next; nothing when the client has ended."""
        await self._came.wait()
        return self.take()

    def put_back(self, data: bytes) -> None:
        """Give back what was taken and belongs to what comes next."""
        if data:
            self._waiting[:0] = data
            self._came.set()

    def abort(self) -> None:
        """Drop the connection at once."""
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection and begin to serve it."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are that in all but name
        self.line = Line(self._transport)
        self.task = self._serve(self)

    def data_received(self, data: bytes) -> None:
        """Keep what came."""
        self._waiting += data
        self._tell()
        if len(self._waiting) >= _MOST_WAITING_BYTES and not self._paused:
            self._paused = True
            self._transport.pause_reading()

    def eof_received(self) -> bool:
        """Take note that the client has closed its side, which counts as leaving."""
        self._end()
        return False

    def pause_writing(self) -> None:
        """Let whoever writes wait until the system takes more."""
        self.line.pause()

    def resume_writing(self) -> None:
        """Let whoever writes go on."""
        self.line.resume()

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that the connection is gone."""
        self._end()
        self._on_close(self)

    def _end(self) -> None:
        self._ended = True
        self.line.note_peer_left()
        self._tell()

    def _tell(self) -> None:
        self._came.set()
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)
