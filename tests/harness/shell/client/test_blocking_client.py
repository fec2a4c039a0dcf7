"""The load generator's client, against real sockets that behave as each test says."""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import replace

import pytest

from fault_injection.client import ClientMoves
from fault_injection.reply import Chunked, Reply, event, json_reply, stream_reply
from fault_injection.wire import Close, Reset
from harness.core.observed.history import ClientEnd, ClientExchange, UpstreamEnd
from harness.shell.client.blocking_client import ask
from harness.shell.client.client import ask as ask_on_the_loop
from harness.shell.client.transcript import Ask
from harness.shell.upstream.wire_server import WireServer
from tests.harness.shell.fake_service import FakeService
from tests.harness.shell.raw_server import answering, raw_server

PATIENCE_S = 20.0
STREAM = stream_reply(tuple(event(f"word {number}") for number in range(5)))
SLOW = stream_reply(tuple(event(f"word {number}", 0.05) for number in range(40)))


async def asked(url: str, **more: object) -> ClientExchange:
    request = replace(Ask(url=url, path="/chat", patience_s=PATIENCE_S), **more)  # type: ignore[arg-type]  # by name
    return await asyncio.to_thread(ask, request)


async def test_it_records_what_the_other_client_records() -> None:
    moves = ClientMoves(body=b'{"a":1}')
    async with WireServer(mock=FakeService(STREAM)) as server:
        mine = await asked(server.url, moves=moves, headers=(("X-One", "1"),), label="first", identity="a")
        other = await ask_on_the_loop(
            Ask(
                url=server.url,
                path="/chat",
                patience_s=PATIENCE_S,
                moves=moves,
                headers=(("X-One", "1"),),
                label="first",
                identity="a",
            )
        )

    assert (mine.end, mine.status, mine.problem, mine.path) == (other.end, other.status, other.problem, other.path)
    assert (mine.request_headers, mine.label, mine.identity) == (other.request_headers, other.label, other.identity)
    assert mine.body == other.body == STREAM.body_bytes
    assert mine.sent_s is not None
    assert mine.head_s is not None
    assert mine.started_s <= mine.sent_s <= mine.head_s <= mine.pieces[0].at_s <= mine.end_s


async def test_every_read_has_its_own_time() -> None:
    reply = stream_reply((event("a"), event("b", 0.1)))
    async with WireServer(mock=FakeService(reply)) as server:
        exchange = await asked(server.url)

    assert exchange.pieces[-1].at_s - exchange.pieces[0].at_s >= 0.05


@pytest.mark.parametrize("rudely", [False, True], ids=["politely", "rudely"])
async def test_a_client_leaves_after_the_events_it_was_to_see(*, rudely: bool) -> None:
    moves = ClientMoves(leave="event", leave_after_events=3, leave_rudely=rudely)
    async with WireServer(mock=FakeService(SLOW)) as server:
        exchange = await asked(server.url, moves=moves)
        gone = await server.journal.wait_for(lambda seen: seen[0].end is UpstreamEnd.PEER_LEFT, PATIENCE_S)

    assert exchange.end is ClientEnd.LEFT
    assert exchange.body.count(b"data:") == 3
    assert gone


async def test_an_answer_of_another_type_is_read_too() -> None:
    async with WireServer(mock=FakeService(json_reply(b'{"ok": true}'))) as server:
        exchange = await asked(server.url)

    assert (exchange.end, exchange.body) == (ClientEnd.COMPLETE, b'{"ok": true}')


@pytest.mark.parametrize(
    ("reply", "end"),
    [
        (replace(STREAM, framing=Chunked(terminated=False), ending=Close()), ClientEnd.CLOSED_EARLY),
        (replace(STREAM, framing=Chunked(terminated=False), ending=Reset()), ClientEnd.RESET),
    ],
    ids=["closed", "reset"],
)
async def test_a_break_is_told_apart(reply: Reply, end: ClientEnd) -> None:
    async with WireServer(mock=FakeService(reply)) as server:
        assert (await asked(server.url)).end is end


async def test_what_is_no_http_is_bad_framing() -> None:
    async with raw_server(answering(b"SSH-2.0\r\n\r\n")) as url:
        exchange = await asked(url)

    assert exchange.end is ClientEnd.BAD_FRAMING
    assert exchange.status is None
    assert exchange.problem


async def test_patience_ends() -> None:
    silent = stream_reply((event("a"), event("b", 60.0)))
    async with WireServer(mock=FakeService(silent)) as server:
        exchange = await asked(server.url, patience_s=0.3)

    assert exchange.end is ClientEnd.TIMED_OUT
    assert exchange.end_s - exchange.started_s >= 0.3
    assert exchange.body.startswith(b"data: a")


async def test_nobody_there_is_a_refusal() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        exchange = await asked(f"http://127.0.0.1:{unused.getsockname()[1]}")

    assert exchange.end is ClientEnd.REFUSED
    assert exchange.problem.startswith("no connection")
    assert exchange.sent_s is None


async def test_a_server_that_speaks_no_tls_is_a_refusal() -> None:
    async with raw_server(answering(b"HTTP/1.1 200 OK\r\n\r\n")) as url:
        exchange = await asked(url.replace("http", "https"), patience_s=2.0)

    assert exchange.end is ClientEnd.REFUSED


async def test_a_connection_that_is_reset_before_any_answer_is_a_reset() -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        pseudo_socket = writer.get_extra_info("socket")
        pseudo_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async with raw_server(reset) as url:
        exchange = await asked(url)

    assert exchange.end is ClientEnd.RESET
    assert exchange.sent_s is not None
