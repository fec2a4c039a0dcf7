"""The upstream's half of a connection through the gateway: read one piece at a time, when there is room for it.

The one rule: a read that has been begun is never given up, because what it brings would be lost; whoever waits for
something else besides leaves it pending for the next one who asks.
"""

from __future__ import annotations

import asyncio
from urllib.parse import SplitResult

from harness.shell.client.stream import Stream, connect
from harness.shell.gateway.either import either_done

_READ_BYTES = 65_536
_CONNECT_S = 10.0


class UpstreamSide:
    """One connection to upstream."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._pending: asyncio.Task[bytes] | None = None

    @classmethod
    async def to(cls, url: SplitResult) -> UpstreamSide:
        """Connect; TLS with its certificate checked where the URL says so.

        Raises:
            OSError: there is no connection to be had.
        """
        try:
            async with asyncio.timeout(_CONNECT_S):
                return cls(await connect(url))
        except TimeoutError as error:
            message = f"no connection within {_CONNECT_S:g} s"
            raise OSError(message) from error

    async def send(self, data: bytes) -> None:
        """Return once the system has all of it. Raises OSError."""
        await self._stream.send(data)

    def reading(self) -> asyncio.Task[bytes]:
        """Return the read that is under way, and begin one where none is; its result has to be taken."""
        if self._pending is None:
            self._pending = asyncio.get_running_loop().create_task(self._stream.receive(_READ_BYTES))
        return self._pending

    def take(self) -> bytes:
        """Take what a read that is done has brought; nothing when upstream has closed. Raises OSError."""
        pending, self._pending = self.reading(), None
        return pending.result()

    async def receive(self, *, unless: asyncio.Future[None]) -> bytes | None:
        """Return what comes next: nothing when upstream has closed, None when `unless` is done first.

        Raises:
            OSError: the connection broke.
        """
        reading = self.reading()
        await either_done(reading, unless)
        return self.take() if reading.done() else None

    async def close(self, *, rudely: bool = False) -> None:
        """End the connection, whatever is under way on it."""
        try:
            if self._pending is not None:
                self._pending.cancel()
                await asyncio.gather(self._pending, return_exceptions=True)
        finally:  # also when whoever closes it is cancelled meanwhile
            self._stream.close(rudely=rudely)


class Link:
    """What a client's connection has of upstream: one connection at the most, `upstream`."""

    def __init__(self) -> None:
        self.upstream: UpstreamSide | None = None

    async def close(self) -> None:
        """End it, if there is one."""
        upstream, self.upstream = self.upstream, None
        if upstream is not None:
            await upstream.close()
