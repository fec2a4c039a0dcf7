"""The wire server with the mock Cloudflare behind it, against plain aiohttp that sends the same bytes from memory.

The one rule: the client is the same for both, and knows as little HTTP as it takes to find the end of an answer.
"""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import ExitStack

from harness.core.observed.http_reader import ResponseReader
from harness.mock_cloudflare.request import Request
from harness.shell.loop import run
from pairing import Costs, compare, rounds_asked
from servers import Server, chat_request, reply_to, serving

CONNECTIONS = 8
TURN_S = 0.3
ROUNDS = 6

_OF_ITS_TIME = re.compile(rb'"id":"chatcmpl-[0-9a-f]{32}"|"created":[0-9]{10}')
"""What the time of day decides in an answer; the rest of it is a function of the request."""


class Clients:
    """Some connections to one server that each ask for the same answer over and over."""

    def __init__(self, server: Server, request: Request) -> None:
        self._server = server
        head = f"{request.method} {request.path} HTTP/1.1\r\n"
        fields = "".join(f"{name}: {value}\r\n" for name, value in request.headers)
        self._ask = (head + fields + "\r\n").encode() + request.body
        self._streams: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def connect(self) -> None:
        """Open the connections, which stay open from turn to turn."""
        self._streams = [await asyncio.open_connection("127.0.0.1", self._server.port) for _ in range(CONNECTIONS)]

    async def turn(self) -> Costs:
        """Ask on all connections for `TURN_S` seconds."""
        cpu_s, start_s = self._server.cpu_s(), time.monotonic()
        counts = await asyncio.gather(*(self._keep_asking(*stream, start_s + TURN_S) for stream in self._streams))
        elapsed_s, cpu_s = time.monotonic() - start_s, self._server.cpu_s() - cpu_s
        return {"elapsed": 1e6 * elapsed_s / sum(counts), "server CPU": 1e6 * cpu_s / sum(counts)}

    async def one(self) -> bytes:
        """Ask once and return the answer's body, fully parsed."""
        answer = ResponseReader("POST")
        answer.feed(await self._exchange(*self._streams[0]))
        if answer.status != 200 or not answer.complete:
            message = f"status {answer.status}, {answer.problem or 'whole' if answer.complete else 'cut'}"
            raise RuntimeError(message)
        return answer.take()

    def close(self) -> None:
        """Close the connections."""
        for _, writer in self._streams:
            writer.close()

    async def _keep_asking(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, until_s: float) -> int:
        count = 0
        while not count or time.monotonic() < until_s:
            await self._exchange(reader, writer)
            count += 1
        return count

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(self._ask)
        head = await reader.readuntil(b"\r\n\r\n")
        _, found, after = head.lower().partition(b"content-length: ")
        if found:
            return head + await reader.readexactly(int(after.partition(b"\r\n")[0]))
        return head + await reader.readuntil(b"\r\n0\r\n\r\n")


async def measure(title: str, request: Request, ours: Server, peer: Server, rounds: int) -> None:
    """Compare the two servers at one request, once both are seen to send the same."""
    sides = Clients(ours, request), Clients(peer, request)
    try:
        for side in sides:
            await side.connect()
        bodies = {_OF_ITS_TIME.sub(b"", body) for body in (await sides[0].one(), await sides[1].one())}
        if bodies != {_OF_ITS_TIME.sub(b"", reply_to(request).body_bytes)}:
            message = f"the servers do not send the same: {bodies}"
            raise RuntimeError(message)
        await compare(title, sides[0].turn, sides[1].turn, rounds=rounds)
    finally:
        for side in sides:
            side.close()


async def main() -> None:
    """Measure a stream and a whole answer."""
    rounds = rounds_asked(ROUNDS)
    with ExitStack() as stack:
        ours, peer = (stack.enter_context(serving("ours")), stack.enter_context(serving("aiohttp")))
        await measure("12-token stream", chat_request(stream=True), ours, peer, rounds)
        await measure("JSON answer", chat_request(stream=False), ours, peer, rounds)


if __name__ == "__main__":
    run(main())
