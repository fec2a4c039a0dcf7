"""The WebSocket client against real WebSockets: what comes is written down, and so is how it ends."""

from __future__ import annotations

import asyncio
import socket as sockets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import WSMsgType, web

from fault_injection.client import ClientMoves
from harness.core.observed.history import ClientEnd, ClientExchange
from harness.shell.client.messages import Place
from harness.shell.client.socket import Socket
from harness.shell.client.transcript import Ask

Served = Callable[[web.WebSocketResponse], Awaitable[None]]
CHUNK = '{"choices": []}'


def _place(url: str) -> Place:
    return Place(url=url, path="/t%C3%A9", headers=(("X-Talk", "t\u00c3\u00a9"),), talk="t", identity="a", name="s")


@asynccontextmanager
async def _serving(served: Served, **options: Any) -> AsyncIterator[str]:  # noqa: ANN401 - aiohttp's own
    async def connected(request: web.Request) -> web.WebSocketResponse:
        assert (request.path, request.headers["X-Talk"]) == ("/t\u00e9", "t\u00e9")
        answering = web.WebSocketResponse(**options)
        await answering.prepare(request)
        await served(answering)
        return answering

    app = web.Application()
    app.router.add_get("/t\u00e9", connected)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _connected(served: Served, **options: Any) -> AsyncIterator[Socket]:  # noqa: ANN401 - aiohttp's own
    async with _serving(served, **options) as url:
        socket = Socket(_place(url))
        await socket.open()
        try:
            yield socket
        finally:
            await socket.end()


async def _ask(socket: Socket, body: bytes = b"{}", *, patience_s: float = 20.0, **moves: Any) -> ClientExchange:  # noqa: ANN401 - of any move
    ask = Ask(url="", path="", moves=ClientMoves(body=body, **moves), patience_s=patience_s, label="ask")
    return await socket.ask(ask, on_event=lambda _: None)


async def _answer(socket: web.WebSocketResponse) -> None:
    async for message in socket:
        await socket.send_str(CHUNK)
        await socket.send_str(message.data if message.type is WSMsgType.TEXT else message.data.hex())
        await socket.send_str("[DONE]")


async def test_an_answer_is_read_to_its_end_as_events_and_another_behind_it() -> None:
    async with _connected(_answer) as socket:
        one, two = await _ask(socket, b'{"a":1}'), await _ask(socket, b'{"b":2}')

    assert one.body == b'data: {"choices": []}\n\ndata: {"a":1}\n\ndata: [DONE]\n\n'
    assert b'{"b":2}' in two.body
    assert (one.status, one.end, one.talk, one.socket, one.close_code) == (200, ClientEnd.COMPLETE, "t", "s", None)


async def test_what_is_no_text_goes_out_as_bytes() -> None:
    async with _connected(_answer) as socket:
        seen = await _ask(socket, b"\xff\x00")

    assert b"data: ff00\n" in seen.body


async def test_an_error_is_the_end_of_an_answer() -> None:
    async def fails(socket: web.WebSocketResponse) -> None:
        await socket.receive()
        await socket.send_str('{"error": {"message": "no"}}')
        await socket.receive()

    async with _connected(fails) as socket:
        seen = await _ask(socket)

    assert (seen.end, seen.body) == (ClientEnd.COMPLETE, b'data: {"error": {"message": "no"}}\n\n')


async def test_a_close_in_mid_answer_is_noted_with_its_code() -> None:
    async def closes(socket: web.WebSocketResponse) -> None:
        await socket.receive()
        await socket.send_str(CHUNK)
        await socket.close(code=1009)

    async with _connected(closes) as socket:
        seen = await _ask(socket)

    assert (seen.end, seen.close_code, len(seen.pieces)) == (ClientEnd.CLOSED_EARLY, 1009, 1)


async def test_a_connection_that_just_ends_says_no_code() -> None:
    async def breaks(socket: web.WebSocketResponse) -> None:
        await socket.receive()
        transport = socket.get_extra_info("socket")
        assert transport is not None
        transport.shutdown(sockets.SHUT_RDWR)

    async with _connected(breaks) as socket:
        seen = await _ask(socket)

    assert (seen.end, seen.close_code) == (ClientEnd.CLOSED_EARLY, 1006)


async def test_a_silent_target_is_waited_for_as_long_as_was_said() -> None:
    async def waits(socket: web.WebSocketResponse) -> None:
        await socket.receive()
        await socket.receive()

    async with _connected(waits) as socket:
        seen = await _ask(socket, patience_s=0.2)

    assert (seen.end, seen.problem) == (ClientEnd.TIMED_OUT, "no end within 0.2 s")


async def test_a_client_leaves_behind_so_many_messages() -> None:
    heard: list[WSMsgType] = []

    async def answers(socket: web.WebSocketResponse) -> None:
        await socket.receive()
        for _ in range(3):
            await socket.send_str(CHUNK)
        heard.append((await socket.receive()).type)

    async with _connected(answers) as socket:
        seen = await _ask(socket, leave="event", leave_after_events=2)

    assert (seen.end, len(seen.pieces), heard) == (ClientEnd.LEFT, 2, [WSMsgType.CLOSE])


async def test_a_handshake_that_is_refused_is_told_with_its_status() -> None:
    async with _serving(_answer) as url:
        socket = Socket(Place(url=url, path="/none", headers=(), talk="t", identity="a", name="s"))
        await socket.open()
        asked, pinged, left = await _ask(socket), await socket.ping("ping"), await socket.leave("leave")
        await socket.end()

    assert (asked.end, asked.status) == (ClientEnd.REFUSED, None)
    assert {each.problem for each in (asked, pinged.exchange, left.exchange)} == {
        "the handshake was answered with status 404"
    }


async def test_nobody_at_the_port_is_told() -> None:
    with sockets.socket() as free:
        free.bind(("127.0.0.1", 0))
        socket = Socket(_place(f"http://127.0.0.1:{free.getsockname()[1]}"))
        await socket.open()
        seen = await _ask(socket)
        await socket.end()

    assert (seen.end, seen.problem.startswith("no connection")) == (ClientEnd.REFUSED, True)


async def test_a_header_that_no_handshake_can_carry_is_told() -> None:
    socket = Socket(
        Place(url="http://127.0.0.1:9", path="/", headers=(("X-Talk", "\xff"),), talk="t", identity="a", name="s")
    )
    await socket.open()
    seen = await _ask(socket)
    await socket.end()

    assert (seen.end, seen.problem) == (ClientEnd.REFUSED, "a header of the target is no UTF-8, as a handshake needs")


async def test_a_ping_comes_back_as_a_pong_or_does_not() -> None:
    async def hangs_up(socket: web.WebSocketResponse) -> None:
        await socket.receive()
        await socket.close()

    async with _connected(_answer) as socket:
        answered = await socket.ping("ping")
    async with _connected(hangs_up, autoping=False) as socket:
        unanswered = await socket.ping("ping")

    assert (answered.has_ponged, unanswered.has_ponged) == (True, False)


async def test_a_targets_own_ping_is_answered() -> None:
    async def pings(socket: web.WebSocketResponse) -> None:
        await socket.receive()
        await socket.ping(b"there?")
        pong = await socket.receive()
        await socket.send_str(f'{{"pong": "{pong.data.decode()}"}}')
        await socket.send_str("[DONE]")
        await socket.receive()

    async with _connected(pings, autoping=False) as socket:
        seen = await _ask(socket)

    assert seen.body.startswith(b'data: {"pong": "there?"}\n')


async def test_a_goodbye_is_said_and_its_answer_noted() -> None:
    async with _connected(_answer) as socket:
        left = await socket.leave("leave")

    assert (left.act, left.exchange.label, left.exchange.close_code) == ("leave", "leave", 1000)


async def test_a_listener_hears_what_comes_and_answers_pings() -> None:
    was_answered = asyncio.Event()

    async def tells(socket: web.WebSocketResponse) -> None:
        await socket.send_str("one")
        await socket.send_bytes(b"two")
        await socket.ping(b"there?")
        assert (await socket.receive()).type is WSMsgType.PONG
        was_answered.set()
        await socket.receive()

    async with _connected(tells, autoping=False) as socket:
        socket.listen()
        await was_answered.wait()

    assert socket.heard("hears").exchange.body == b"data: one\n\ndata: two\n\n"
