"""The measuring client, against real sockets that behave as each test says."""

from __future__ import annotations

import asyncio
import socket
from dataclasses import replace

import pytest

from fault_injection.client import ClientMoves
from fault_injection.reply import Chunked, Event, Length, Reply, UntilClose, event, json_reply, stream_reply
from fault_injection.wire import Close, Reset
from harness.core.observed.history import ClientEnd, UpstreamEnd, UpstreamExchange
from harness.shell.client.client import ask
from harness.shell.client.transcript import Ask
from harness.shell.upstream.wire_server import WireServer
from tests.harness.shell.fake_service import FakeService
from tests.harness.shell.raw_server import answering, raw_server

PATIENCE_S = 20.0
STREAM = stream_reply(tuple(event(f"word {number}") for number in range(5)))
OK = b"HTTP/1.1 200 OK\r\n"


def request(server: WireServer, **more: object) -> Ask:
    return replace(Ask(url=server.url, path="/chat", patience_s=PATIENCE_S), **more)  # type: ignore[arg-type]  # by name


async def upstream(server: WireServer) -> UpstreamExchange:
    assert await server.journal.wait_for(
        lambda seen: len(seen) == 1 and seen[0].end is not UpstreamEnd.RUNNING, PATIENCE_S
    )
    return server.journal.exchanges()[0]


async def test_a_complete_exchange_is_recorded_in_all_its_parts() -> None:
    service = FakeService(STREAM)
    async with WireServer(mock=service) as server:
        exchange = await ask(
            request(
                server,
                headers=(("X-One", "1"),),
                moves=ClientMoves(body=b'{"a":1}'),
                label="first",
                identity="alice",
            )
        )

        assert exchange.end is ClientEnd.COMPLETE
        assert exchange.problem == ""
        assert exchange.status == 200
        assert exchange.header("content-type") == "text/event-stream"
        assert exchange.body == STREAM.body_bytes
        assert (exchange.label, exchange.identity, exchange.path) == ("first", "alice", "/chat")
        assert exchange.sent_s is not None
        assert exchange.head_s is not None
        assert exchange.started_s <= exchange.sent_s <= exchange.end_s
        assert exchange.head_s <= exchange.pieces[0].at_s <= exchange.end_s
        (seen,) = service.requests
        assert seen.headers == exchange.request_headers
        assert seen.headers == (("Host", server.url.removeprefix("http://")), ("Content-Length", "7"), ("X-One", "1"))
        assert seen.body == b'{"a":1}'


async def test_pieces_are_stamped_as_they_come() -> None:
    reply = stream_reply((event("a"), event("b", 0.1)))
    async with WireServer(mock=FakeService(reply)) as server:
        exchange = await ask(request(server))

        first, second = exchange.pieces
        assert (first.data, second.data) == (b"data: a\n\n", b"data: b\n\n")
        assert second.at_s - first.at_s >= 0.08


async def test_host_and_length_given_are_left_alone() -> None:
    service = FakeService()
    async with WireServer(mock=service) as server:
        await ask(
            request(
                server,
                headers=(("host", "other"), ("Transfer-Encoding", "chunked")),
                moves=ClientMoves(body=b"0\r\n\r\n"),
            )
        )

        assert service.requests[0].headers == (("host", "other"), ("Transfer-Encoding", "chunked"))


async def test_a_get_has_no_length_and_its_path_follows_that_of_the_url() -> None:
    service = FakeService()
    async with WireServer(mock=service) as server:
        exchange = await ask(Ask(url=f"{server.url}/base/", path="/models?x=1", method="GET", patience_s=PATIENCE_S))

        assert exchange.end is ClientEnd.COMPLETE
        assert exchange.path == "/base/models?x=1"
        assert (service.requests[0].path, service.requests[0].query) == ("/base/models", "x=1")
        assert service.requests[0].header("content-length") is None


ENDS: dict[str, tuple[Reply, ClientEnd, str]] = {
    "until close": (Reply(body=b"all", framing=UntilClose()), ClientEnd.COMPLETE, ""),
    "no last chunk": (
        replace(STREAM, framing=Chunked(terminated=False), ending=Close()),
        ClientEnd.CLOSED_EARLY,
        "before the last chunk",
    ),
    "too short": (
        Reply(body=b"short", framing=Length(off_by_bytes=5), ending=Close()),
        ClientEnd.CLOSED_EARLY,
        "5 of 10 bytes",
    ),
    "nothing": (Reply(mute=True), ClientEnd.CLOSED_EARLY, "0 bytes"),
    "reset": (replace(STREAM, framing=Chunked(terminated=False), ending=Reset()), ClientEnd.RESET, "reset"),
    "reset until close": (Reply(body=b"all", framing=UntilClose(), ending=Reset()), ClientEnd.RESET, "reset"),
    "bad chunk": (replace(STREAM, framing=Chunked(bad_size_at=2)), ClientEnd.BAD_FRAMING, "bad chunk size b'zz'"),
    "surplus": (
        Reply(body=b"long", framing=Length(off_by_bytes=-2)),
        ClientEnd.BAD_FRAMING,
        "surplus: 2 bytes",
    ),
}


@pytest.mark.parametrize("name", ENDS)
async def test_ends_are_told_apart(name: str) -> None:
    reply, end, problem = ENDS[name]
    async with WireServer(mock=FakeService(reply)) as server:
        exchange = await ask(request(server))

        assert exchange.end is end
        assert problem in exchange.problem.lower()
        assert bool(problem) == bool(exchange.problem)
        assert reply.body_bytes.startswith(exchange.body)


async def test_what_is_not_http_is_bad_framing() -> None:
    async with raw_server(answering(b"\x15\x03\x01 not http\r\n\r\n")) as url:
        exchange = await ask(Ask(url=url, path="/", patience_s=PATIENCE_S))

        assert exchange.end is ClientEnd.BAD_FRAMING
        assert exchange.status is None
        assert "bad status line" in exchange.problem


async def test_two_lengths_are_bad_framing_with_the_body_all_the_same() -> None:
    wire = OK + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"
    async with raw_server(answering(wire)) as url:
        exchange = await ask(Ask(url=url, path="/", patience_s=PATIENCE_S))

        assert exchange.end is ClientEnd.BAD_FRAMING
        assert "conflicting lengths" in exchange.problem
        assert exchange.body == b"body"


async def test_interim_answers_are_read_past() -> None:
    wire = b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nok"
    async with raw_server(answering(wire)) as url:
        exchange = await ask(Ask(url=url, path="/", patience_s=PATIENCE_S))

        assert (exchange.end, exchange.status, exchange.body) == (ClientEnd.COMPLETE, 200, b"ok")


async def test_a_refused_connection_is_told_as_such() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

        exchange = await ask(Ask(url=f"http://127.0.0.1:{port}", path="/", patience_s=PATIENCE_S))

    assert exchange.end is ClientEnd.REFUSED
    assert exchange.problem.startswith("no connection: ")
    assert exchange.sent_s is None


async def test_patience_ends() -> None:
    reply = stream_reply((event("a"), event("b", 30.0)))
    async with WireServer(mock=FakeService(reply)) as server:
        exchange = await ask(request(server, patience_s=1.0))

        assert exchange.end is ClientEnd.TIMED_OUT
        assert exchange.body == b"data: a\n\n"
        assert exchange.end_s - exchange.started_s >= 0.99
        assert (await upstream(server)).end is UpstreamEnd.PEER_LEFT


async def test_events_are_told_as_they_come() -> None:
    reply = stream_reply((event("a"), Event(b": just a comment\n\n", 0.05), event("b", 0.05), event("c", 0.05)))
    numbers: list[int] = []
    async with WireServer(mock=FakeService(reply)) as server:
        await ask(request(server), on_event=numbers.append)

        assert numbers == [1, 2, 3]


async def test_the_events_of_another_type_are_its_lines() -> None:
    reply = Reply(
        headers=(("content-type", "text/plain"),), body=(Event(b'0:"a"\n\n0:"'), Event(b'b"\nrest')), framing=Chunked()
    )
    numbers: list[int] = []
    async with WireServer(mock=FakeService(reply)) as server:
        await ask(request(server), on_event=numbers.append)

        assert numbers == [1, 2]


async def test_a_callback_that_breaks_is_not_hidden() -> None:
    def breaks(_: int) -> None:
        raise ZeroDivisionError

    async with WireServer(mock=FakeService(STREAM)) as server:
        with pytest.raises(ZeroDivisionError):
            await ask(request(server), on_event=breaks)


async def test_a_reader_that_pauses_holds_the_writer_back() -> None:
    """What is sent before the reader reads on fits into the buffers of the system, so most of it waits."""
    pieces = 64
    reply = stream_reply(tuple(event(b"x" * 65_536) for _ in range(pieces)))
    async with WireServer(mock=FakeService(reply)) as server:
        asking = asyncio.ensure_future(ask(request(server, moves=ClientMoves(read_pause_s=PATIENCE_S))))
        async with asyncio.timeout(PATIENCE_S):
            while not any(one.line.is_blocked for one in server._connections):  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0)
        (held,) = server.journal.exchanges()
        asking.cancel()
        await asyncio.wait({asking})

        assert not held.whole
        assert len(held.pieces) < pieces / 2
        assert (await upstream(server)).end is UpstreamEnd.PEER_LEFT


async def test_a_reader_that_pauses_first_reads_everything_then() -> None:
    reply = stream_reply(tuple(event(b"x" * 65_536) for _ in range(16)))
    async with WireServer(mock=FakeService(reply)) as server:
        exchange = await ask(request(server, moves=ClientMoves(read_pause_s=0.1)))

        assert exchange.end is ClientEnd.COMPLETE
        assert exchange.pieces[0].at_s - exchange.started_s >= 0.09
        assert exchange.body == reply.body_bytes


async def test_a_slow_reader_reads_no_faster_than_it_says() -> None:
    async with WireServer(mock=FakeService(json_reply(b"x" * 2000))) as server:
        exchange = await ask(request(server, moves=ClientMoves(read_bytes_per_s=10_000.0)))

        assert exchange.end is ClientEnd.COMPLETE
        assert exchange.pieces[-1].at_s - exchange.pieces[0].at_s >= 0.15
        assert max(len(piece.data) for piece in exchange.pieces) <= 500


async def test_a_name_with_several_addresses_is_tried_until_one_answers() -> None:
    async with WireServer(mock=FakeService()) as server:
        exchange = await ask(Ask(url=f"http://localhost:{server.port}", path="/", patience_s=PATIENCE_S))

        assert exchange.end is ClientEnd.COMPLETE


async def test_head_answers_have_no_body() -> None:
    async with WireServer(mock=FakeService()) as server:
        exchange = await ask(request(server, method="HEAD"))

        assert (exchange.end, exchange.status, exchange.body) == (ClientEnd.COMPLETE, 200, b"")


async def test_many_at_once_do_not_mix() -> None:
    def echo(request: object) -> Reply:
        return json_reply(getattr(request, "body", b""))

    async with WireServer(mock=FakeService(echo)) as server:
        bodies = [b"body %d" % number for number in range(100)]
        exchanges = await asyncio.gather(*(ask(request(server, moves=ClientMoves(body=body))) for body in bodies))

        assert [exchange.body for exchange in exchanges] == bodies
