"""Reads a connection that is read by hand for a protocol, as the loop reads a socket for it: TLS by hand.

The one rule: while the protocol pauses nothing is read.
"""

from __future__ import annotations

import asyncio
from typing import Final

from harness.shell.client.stream import Stream

_READ_BYTES: Final = 65_536


class Pump:
    """Tells `protocol` of each piece that comes on a stream, and of its end."""

    def __init__(self, stream: Stream, protocol: asyncio.Protocol) -> None:
        self._stream = stream
        self._protocol = protocol
        self._may_read = asyncio.Event()
        self._may_read.set()
        self._task = asyncio.get_running_loop().create_task(self._read())

    def pause_reading(self) -> None:
        """Read no more for now."""
        self._may_read.clear()

    def resume_reading(self) -> None:
        """Read on."""
        self._may_read.set()

    async def end(self) -> None:
        """Read no more ever."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _read(self) -> None:
        try:
            while data := await self._stream.receive(_READ_BYTES):
                self._protocol.data_received(data)
                await self._may_read.wait()
        except Exception as error:  # noqa: BLE001 - whoever waits for a piece hears of it, as with a transport
            self._protocol.connection_lost(error)
        else:
            self._protocol.eof_received()
