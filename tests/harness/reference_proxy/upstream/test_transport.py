"""A request that is given up, at whatever moment, leaves nothing behind in the pool of connections."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine

import httpx
import pytest

from harness.reference_proxy.settings import Settings
from harness.reference_proxy.upstream.client import http_client
from harness.reference_proxy.upstream.transport import PooledTransport
from tests.harness.reference_proxy.stage import Answer, Connection, Upstream, says

MOST_IDLE = 16
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


def _pool(client: httpx.AsyncClient) -> PooledTransport:
    assert isinstance(client._transport, PooledTransport)
    return client._transport


async def _empty(client: httpx.AsyncClient) -> None:
    """Return once no request has a connection; the test's own time limit bounds it."""
    while _pool(client).open != _pool(client).idle:  # noqa: ASYNC110 - it raises no event
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
    seen: list[Connection] = []

    async def answer(connection: Connection) -> None:
        seen.append(connection)
        await connection.json_reply({"a": 1})

    async with _client(answer) as client:
        bodies = [await _read(client) for _ in range(3)]

        assert bodies == [b'{"a": 1}'] * 3
        assert len({each.peer for each in seen}) == 1
        assert _pool(client).idle == 1


async def test_no_more_connections_lie_idle_than_may() -> None:
    waiting: list[Connection] = []
    go = asyncio.Event()

    async def together(connection: Connection) -> None:
        waiting.append(connection)
        if len(waiting) == 2 * MOST_IDLE:
            go.set()
        await go.wait()
        await connection.json_reply({})

    async with _client(together) as client:
        await asyncio.gather(*(_read(client) for _ in range(2 * MOST_IDLE)))

        assert _pool(client).idle == MOST_IDLE


async def test_closing_ends_what_is_under_way() -> None:
    asked, gone = asyncio.Event(), asyncio.Event()

    async def waiting(connection: Connection) -> None:
        asked.set()
        await connection.gone()
        gone.set()

    async with _client(waiting) as client:
        call = asyncio.create_task(_read(client))
        await asked.wait()
        await client.aclose()
        await gone.wait()
        await asyncio.gather(call, return_exceptions=True)

    assert call.exception()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (lambda connection: connection.raw(b"nonsense\r\n\r\n"), httpx.RemoteProtocolError),
        (lambda connection: asyncio.sleep(0), httpx.RemoteProtocolError),
        (
            lambda connection: connection.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"),
            httpx.RemoteProtocolError,
        ),
    ],
    ids=["no HTTP", "hung up", "broken off"],
)
async def test_what_goes_wrong_is_told_in_the_words_of_httpx(answer: Answer, error: type[Exception]) -> None:
    async def at_last(connection: Connection) -> None:
        await answer(connection)
        connection.close()

    async with _client(at_last) as client:
        with pytest.raises(httpx.TransportError) as caught:
            await _read(client)

    assert isinstance(caught.value, error)


async def test_interim_answers_are_passed_over_and_a_body_without_a_length_ends_with_its_connection() -> None:
    async def answer(connection: Connection) -> None:
        await connection.raw(b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nX-Own: b\r\n\r\nwho")
        await connection.raw(b"le")
        connection.close()

    async with _client(answer) as client:
        response = await client.get("/")

    assert (response.status_code, response.headers.get("link"), response.headers["x-own"]) == (200, None, "b")
    assert response.content == b"whole"


async def test_what_came_before_a_breach_is_handed_on_before_it_is_told() -> None:
    async def answer(connection: Connection) -> None:
        await connection.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ngood\r\nzz\r\n")

    async with _client(answer) as client, client.stream("GET", "/") as response:
        pieces = response.aiter_bytes()
        first = await anext(pieces)
        with pytest.raises(httpx.RemoteProtocolError):
            await anext(pieces)

    assert first == b"good"


async def test_chunks_that_came_together_are_taken_together_and_what_comes_later_by_itself() -> None:
    taken = asyncio.Event()

    async def answer(connection: Connection) -> None:
        await connection.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n1\r\nd\r\n")
        await taken.wait()
        await connection.raw(b"1\r\ne\r\n0\r\n\r\n")

    pieces = []
    async with _client(answer) as client, client.stream("GET", "/") as response:
        async for piece in response.aiter_raw():
            pieces.append(piece)
            taken.set()

    assert pieces == [b"abcd", b"e"]


async def test_a_body_that_nobody_reads_is_not_taken_from_upstream() -> None:
    most, sent = 64, 0
    gone = asyncio.Event()

    async def answer(connection: Connection) -> None:
        nonlocal sent
        try:
            await connection.start_stream()
            for _ in range(most):
                await connection.block(b"x" * 1_000_000)
                sent += 1
        finally:
            gone.set()

    async with _client(answer) as client:
        async with client.stream("GET", "/"):
            for _ in range(TURNS * 10):
                await asyncio.sleep(0)
        await gone.wait()

    assert sent < most


async def test_no_field_smuggles_another_into_a_request() -> None:
    async with _client(says({})) as client:
        with pytest.raises(httpx.LocalProtocolError):
            await client.get("/", headers={"X-Own": "a\r\nX-Other: b"})


async def test_no_cookie_of_one_answer_comes_with_the_next_request() -> None:
    seen: list[str | None] = []

    async def answer(connection: Connection) -> None:
        seen.append(connection.headers.get("cookie"))
        await connection.reply(200, b"{}", headers={"Set-Cookie": "who=first; Path=/"})

    async with _client(answer) as client:
        for _ in range(2):
            await _read(client)

    assert seen == [None, None]
