"""A plain HTTP peer for the wire server: what a test writes goes out, what comes back is read strictly."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from harness.core.observed.history import UpstreamEnd, UpstreamExchange
from harness.core.observed.http_reader import ResponseReader
from harness.shell.upstream.wire_server import WireServer

PATIENCE_S = 20.0


class Peer:
    """A plain HTTP peer: it writes bytes and reads bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def post(self, body: bytes = b"", path: str = "/", headers: str = "") -> None:
        await self.send(
            f"POST {path} HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body
        )

    async def answer(self, method: str = "POST") -> ResponseReader:
        """Read exactly one answer; what follows stays unread."""
        reader = ResponseReader(method)
        async with asyncio.timeout(PATIENCE_S):
            while not reader.complete:
                piece = await self.reader.read(1)
                reader.feed(piece)
                if not piece:
                    reader.eof()
                    break
        assert reader.problem is None
        return reader

    async def rest(self) -> bytes:
        async with asyncio.timeout(PATIENCE_S):
            return await self.reader.read()

    def leave(self, manner: str) -> None:
        if manner == "rudely":
            raw = self.writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.writer.transport.abort()
        else:
            self.writer.close()


@asynccontextmanager
async def connected(server: WireServer) -> AsyncIterator[Peer]:
    reader, writer = await asyncio.open_connection(server.host, server.port)
    try:
        yield Peer(reader, writer)
    finally:
        writer.transport.abort()


async def finished(server: WireServer, count: int = 1) -> tuple[UpstreamExchange, ...]:
    assert await server.journal.wait_for(
        lambda seen: sum(one.end is not UpstreamEnd.RUNNING for one in seen) >= count, PATIENCE_S
    )
    return server.journal.exchanges()


async def until_blocked(server: WireServer) -> None:
    """Wait until bytes of an answer are waiting for their peer to read."""
    async with asyncio.timeout(PATIENCE_S):
        while all(one.line._may_write.is_set() for one in server._connections):  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0)
