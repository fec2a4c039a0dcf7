"""The last words of an answer, to a client that stopped reading just before them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from harness.reference_proxy.chat.routes.events import EventStream, StalledError
from harness.reference_proxy.chat.storage.turns import Begun
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.faces.ag_ui.stream import RunStream
from harness.reference_proxy.faces.face import Head, Stream
from harness.reference_proxy.faces.messages_stream import MessageStream
from harness.reference_proxy.http import lines, relay
from harness.reference_proxy.http.faces import _write_all

HEAD = Head(mark="a", model="m", created_s=1)
STALL_S = 0.02
LONG = ProxyError(502, "x" * 70_000, kind="upstream_error", code="upstream_broke")  # more than is written unwatched


async def as_chunks(request: web.Request, next_item: relay.NextItem) -> object:
    return await relay.follow_items(request, next_item, headers={}, stall_s=STALL_S)


async def as_lines(request: web.Request, next_item: relay.NextItem) -> object:
    return await lines.stream(request, next_item, headers={}, stall_s=STALL_S)


async def as_messages(request: web.Request, next_item: relay.NextItem) -> object:
    return await _in_a_face(request, next_item, MessageStream(HEAD))


async def as_a_run(request: web.Request, next_item: relay.NextItem) -> object:
    return await _in_a_face(request, next_item, RunStream(thread_id="t", run_id="r", head=HEAD))


async def _in_a_face(request: web.Request, next_item: relay.NextItem, words: Stream) -> object:
    async def write(to: web.StreamResponse, stall_s: float) -> None:
        await _write_all(request, to, next_item, words, stall_s)

    return await relay.stream(request, write, {}, STALL_S)


async def as_a_conversation(request: web.Request, next_item: relay.NextItem) -> object:
    begun = Begun(conversation_id="c", head_id="h", question_id="q", answer_id="a", history=())
    stream = EventStream(request, begun, stall_s=STALL_S)
    await stream.start()
    await next_item()
    try:
        await stream.finish()
    except StalledError:
        request[relay.FAILURE] = relay.CLIENT_STALLED
        relay.abort(request)
    return stream.response


@contextlib.asynccontextmanager
async def stopped(writes: object, error: ProxyError | None) -> AsyncIterator[tuple[web.Request, socket.socket]]:
    """An answer that is over, whose client stopped reading before the end; what is written next finds no room."""
    over: asyncio.Future[web.Request] = asyncio.get_running_loop().create_future()

    async def handler(request: web.Request) -> web.StreamResponse:
        async def next_item() -> bytes | None:
            transport = request.transport
            assert transport is not None
            _, high = transport.get_write_buffer_limits()
            while transport.get_write_buffer_size() <= high:
                transport.write(bytes(high))
            if error is not None:
                raise error
            return None

        assert callable(writes)
        response = await writes(request, next_item)
        over.set_result(request)
        assert isinstance(response, web.StreamResponse)
        return response

    app = web.Application()
    app.router.add_get("/", handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        with socket.create_connection(runner.addresses[0][:2]) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            yield await over, client
    finally:
        await runner.cleanup()


def rest_of(client: socket.socket) -> bytes:
    """Read what lies in the kernel, up to the end of the connection, however it ends."""
    client.settimeout(None)
    last = b""
    with contextlib.suppress(ConnectionError):
        while piece := client.recv(1 << 20):
            last = (last + piece)[-16:]
    return last


@pytest.mark.parametrize("writes", [as_chunks, as_lines, as_messages, as_a_run, as_a_conversation])
async def test_a_client_that_stops_reading_before_the_end_is_given_up_and_gets_none(writes: object) -> None:
    async with stopped(writes, None) as (request, client):
        left = await asyncio.to_thread(rest_of, client)

    assert request[relay.FAILURE] == "client_stalled"
    assert not left.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize("writes", [as_chunks, as_lines, as_messages, as_a_run])
async def test_so_is_one_that_does_not_take_the_words_of_a_failure_and_the_failure_is_told_in_the_log(
    writes: object,
) -> None:
    async with stopped(writes, LONG) as (request, client):
        left = await asyncio.to_thread(rest_of, client)

    assert request[relay.FAILURE] == "upstream_broke"
    assert not left.endswith(b"0\r\n\r\n")
