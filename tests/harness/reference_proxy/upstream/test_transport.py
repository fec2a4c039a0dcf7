"""A request that is given up, at whatever moment, leaves nothing behind in the pool of connections."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import httpx
import pytest

from harness.reference_proxy.settings import Settings
from harness.reference_proxy.upstream.upstream import http_client
from tests.harness.reference_proxy.stage import Answer, Connection, Upstream, says

TURNS = 60  # more turns of the loop than a whole request takes


@contextlib.asynccontextmanager
async def _client(answer: Answer) -> AsyncIterator[httpx.AsyncClient]:
    upstream = Upstream(answer)
    await upstream.start()
    client = http_client(Settings(port=0, upstream=upstream.url))
    try:
        yield client
    finally:
        await client.aclose()
        await upstream.stop()


def _pool(client: httpx.AsyncClient) -> Any:  # noqa: ANN401 - a library's own affair
    return client._transport._pool  # type: ignore[attr-defined]


async def _empty(client: httpx.AsyncClient) -> None:
    """Return once the pool waits for nobody; the test's own time limit bounds it."""
    pool = _pool(client)
    while pool._requests or not all(each.is_idle() for each in pool.connections):  # noqa: ASYNC110 - it raises no event
        await asyncio.sleep(0)


async def _read(client: httpx.AsyncClient) -> bytes:
    async with client.stream("GET", "/") as response:
        return await response.aread()


async def _look(client: httpx.AsyncClient) -> None:
    async with client.stream("GET", "/"):
        pass  # a body that nobody reads


async def silent(connection: Connection) -> None:
    await connection.gone()


async def endless(connection: Connection) -> None:
    await connection.start_stream()
    while True:
        await connection.event({})
        await asyncio.sleep(0)


@pytest.mark.parametrize("ask", [_read, _look])
@pytest.mark.parametrize("answer", [says({}), silent, endless], ids=["an answer", "no answer", "an endless answer"])
async def test_a_request_given_up_at_any_turn_of_the_loop_leaves_nothing(
    answer: Answer, ask: Callable[[httpx.AsyncClient], Coroutine[None, None, object]]
) -> None:
    async with _client(answer) as client:
        for turns in range(TURNS):
            calls = [asyncio.create_task(ask(client)) for _ in range(2)]
            for _ in range(turns):
                await asyncio.sleep(0)
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)

        await _empty(client)


async def test_a_connection_is_used_again() -> None:
    async with _client(says({"a": 1})) as client:
        bodies = [await _read(client) for _ in range(3)]

        assert bodies == [b'{"a": 1}'] * 3
        assert len(_pool(client).connections) == 1


async def test_closing_waits_for_what_was_given_up() -> None:
    async with _client(silent) as client:
        call = asyncio.create_task(_read(client))
        await asyncio.sleep(0)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        pool = _pool(client)

    assert (pool._requests, pool.connections) == ([], [])
