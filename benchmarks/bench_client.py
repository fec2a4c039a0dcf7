"""The measuring client against httpx, on one plain aiohttp server.

The one rule: both open a connection for each request and stamp each piece of the answer, for that is the job.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeAlias

import httpx

from fault_injection.client import ClientMoves
from harness.mock_cloudflare.request import Request
from harness.shell.client.client import ask
from harness.shell.client.transcript import Ask
from harness.shell.loop import run
from pairing import Costs, compare, rounds_asked
from servers import chat_request, reply_to, serving

AT_ONCE = 8
TURN_S = 0.3
ROUNDS = 6

Fetch: TypeAlias = Callable[[], Awaitable[bytes]]


async def by_ours(url: str, request: Request) -> bytes:
    """Make the request with the measuring client."""
    moves = ClientMoves(body=request.body)
    exchange = await ask(Ask(url=url, path=request.path, headers=request.headers, moves=moves))
    return exchange.body


async def by_httpx(client: httpx.AsyncClient, url: str, request: Request) -> bytes:
    """Make the request with httpx."""
    pieces: list[tuple[float, bytes]] = []
    headers = list(request.headers)
    async with client.stream("POST", url + request.path, headers=headers, content=request.body) as answer:
        async for piece in answer.aiter_raw():
            pieces.append((time.monotonic(), piece))  # noqa: PERF401 - the stamp is taken as the piece comes
    return b"".join(piece for _, piece in pieces)


async def turn(fetch: Fetch) -> Costs:
    """Ask with some requests at once for `TURN_S` seconds."""
    start_s, start_cpu_s = time.monotonic(), time.process_time()

    async def keep_asking() -> int:
        count = 0
        while not count or time.monotonic() - start_s < TURN_S:
            await fetch()
            count += 1
        return count

    count = sum(await asyncio.gather(*(keep_asking() for _ in range(AT_ONCE))))
    cpu_s, elapsed_s = time.process_time() - start_cpu_s, time.monotonic() - start_s
    return {"elapsed": 1e6 * elapsed_s / count, "client CPU": 1e6 * cpu_s / count}


async def main() -> None:
    """Measure a stream and a whole answer."""
    rounds = rounds_asked(ROUNDS)
    one_use = httpx.Limits(max_keepalive_connections=0)
    with serving("aiohttp") as server:
        url = f"http://127.0.0.1:{server.port}"
        async with httpx.AsyncClient(limits=one_use, trust_env=False) as client:
            for title, stream in (("12-token stream", True), ("JSON answer", False)):
                request = chat_request(stream=stream)
                ours, peer = partial(by_ours, url, request), partial(by_httpx, client, url, request)
                if {await ours(), await peer()} != {reply_to(request).body_bytes}:
                    message = f"{title}: the clients do not read what the server sends"
                    raise RuntimeError(message)
                await compare(title, partial(turn, ours), partial(turn, peer), rounds=rounds)


if __name__ == "__main__":
    run(main())
