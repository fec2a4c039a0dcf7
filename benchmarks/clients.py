"""Clients that ask one server for the same answer over and over, and know as little HTTP as it takes to find its end.

The one rule: they are the same for everything that is measured.
"""

from __future__ import annotations

import asyncio
import time

from harness.core.observed.http_reader import ResponseReader
from harness.mock_cloudflare.request import Request
from pairing import Costs
from servers import Measured

TURN_S = 0.3


class Clients:
    """Some connections to one server that each ask for the same answer over and over."""

    def __init__(self, server: Measured, request: Request, *, connections: int = 8, turn_s: float = TURN_S) -> None:
        self._server = server
        self._count = connections
        self._turn_s = turn_s
        self.latencies_s: list[float] = []
        """How long each answer of the last turn took, from the first byte of its request to its own last."""
        head = f"{request.method} {request.path} HTTP/1.1\r\n"
        fields = "".join(f"{name}: {value}\r\n" for name, value in request.headers)
        self._ask = (head + fields + "\r\n").encode() + request.body
        self._streams: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def connect(self) -> None:
        """Open the connections, which stay open from turn to turn."""
        self._streams = [await asyncio.open_connection("127.0.0.1", self._server.port) for _ in range(self._count)]

    async def turn(self) -> Costs:
        """Ask on all connections until the turn is over."""
        self.latencies_s.clear()
        cpu_s, start_s = self._server.cpu_s(), time.monotonic()
        counts = await asyncio.gather(*(self._keep_asking(*each, start_s + self._turn_s) for each in self._streams))
        elapsed_s, cpu_s = time.monotonic() - start_s, self._server.cpu_s() - cpu_s
        return {"CPU": 1e6 * cpu_s / sum(counts), "elapsed": 1e6 * elapsed_s / sum(counts)}

    async def one(self) -> bytes:
        """Ask once and return the answer's body, fully parsed."""
        answer = ResponseReader("POST")
        answer.feed(await self._exchange(*self._streams[0]))
        if answer.status != 200 or not answer.complete:
            message = f"status {answer.status}, {answer.problem or 'whole' if answer.complete else 'cut'}"
            raise RuntimeError(message)
        return answer.take()

    async def first_events_s(self) -> list[float]:
        """Ask once on every connection, evenly over a second; return how long each first event took, in seconds."""
        gap_s = 1.0 / len(self._streams)
        return await asyncio.gather(*(self._first_s(at * gap_s, *each) for at, each in enumerate(self._streams)))

    def close(self) -> None:
        """Close the connections."""
        for _, writer in self._streams:
            writer.close()

    async def _first_s(self, wait_s: float, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> float:
        await asyncio.sleep(wait_s)
        start_s = time.monotonic()
        writer.write(self._ask)
        await reader.readuntil(b"data: ")
        taken_s = time.monotonic() - start_s
        await reader.readuntil(b"\r\n0\r\n\r\n")
        return taken_s

    async def _keep_asking(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, until_s: float) -> int:
        count, at_s = 0, time.monotonic()
        while not count or at_s < until_s:
            asked_s = at_s
            await self._exchange(reader, writer)
            at_s = time.monotonic()
            self.latencies_s.append(at_s - asked_s)
            count += 1
        return count

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(self._ask)
        head = await reader.readuntil(b"\r\n\r\n")
        _, found, after = head.lower().partition(b"content-length: ")
        if found:
            return head + await reader.readexactly(int(after.partition(b"\r\n")[0]))
        return head + await reader.readuntil(b"\r\n0\r\n\r\n")
