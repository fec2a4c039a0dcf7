"""The mock's server, over real sockets."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Literal

import pytest

from fault_injection.reply import Chunked, Length, Reply, UntilClose, event, json_reply, render, stream_reply
from fault_injection.wire import Close, Keep, Reset, Send, payload
from harness.core.history import UpstreamEnd, UpstreamExchange
from harness.core.http_reader import ResponseReader
from harness.mock_cloudflare.request import Request
from harness.shell.wire_server import WireServer
from tests.harness.shell.fake_service import FakeService

NONCE = "ep-0123456789ab"
PATIENCE_S = 20.0
STREAM = stream_reply(tuple(event(f"word {number}") for number in range(5)))


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


@pytest.mark.parametrize(
    "reply",
    [
        json_reply(b'{"a":1}'),
        STREAM,
        Reply(status=529, body=b"\x00\xff" * 40_000, framing=UntilClose()),
        Reply(body=b"short", framing=Length(off_by_bytes=7)),
        replace(STREAM, framing=Chunked(terminated=False)),
        replace(STREAM, framing=Chunked(bad_size_at=1)),
        Reply(status=204),
    ],
    ids=["json", "stream", "until close", "wrong length", "no last chunk", "bad chunk size", "no content"],
)
async def test_exactly_the_bytes_of_the_script_arrive(reply: Reply) -> None:
    reply = replace(reply, ending=Close())
    async with WireServer(mock=FakeService(reply)) as server, connected(server) as peer:
        await peer.post()

        received = await peer.rest()

        assert received == payload(render(reply))
        (exchange,) = await finished(server)
        assert exchange.wire == received
        assert (exchange.end, exchange.whole) == (UpstreamEnd.CLOSED, True)


async def test_every_send_is_a_piece_of_its_own_in_the_journal() -> None:
    async with WireServer(mock=FakeService(STREAM)) as server, connected(server) as peer:
        await peer.post()
        await peer.answer()

        (exchange,) = await finished(server)

        assert [piece.data for piece in exchange.pieces] == [
            action.data for action in render(STREAM) if isinstance(action, Send)
        ]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts the segments of a connection")
async def test_every_send_is_a_segment_of_its_own() -> None:
    async with WireServer(mock=FakeService(STREAM)) as server, connected(server) as peer:
        await peer.post()
        await peer.answer()

        information = peer.writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 160)

        (data_segments_in,) = struct.unpack_from("I", information, 152)
        assert data_segments_in == sum(isinstance(action, Send) for action in render(STREAM))


async def test_a_kept_connection_takes_the_next_request() -> None:
    async with WireServer(mock=FakeService()) as server, connected(server) as peer:
        for _ in range(3):
            await peer.post(b"{}")
            answer = await peer.answer()
            assert answer.take() == b'{"ok":true}'

        exchanges = await finished(server, 3)

        assert {one.end for one in exchanges} == {UpstreamEnd.KEPT}
        assert [one.number for one in exchanges] == [1, 2, 3]
        assert len({one.connection for one in exchanges}) == 1


async def test_pipelined_requests_are_answered_in_order() -> None:
    def slow_first(request: Request) -> Reply:
        return replace(json_reply(request.path.encode()), wait_s=0.05 if request.path == "/0" else 0.0)

    async with WireServer(mock=FakeService(slow_first)) as server, connected(server) as peer:
        await peer.send(b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in range(3)))

        answers = [(await peer.answer()).take() for _ in range(3)]

        assert answers == [b"/0", b"/1", b"/2"]


async def test_a_flood_of_pipelined_requests_is_answered_whole() -> None:
    def echo(request: Request) -> Reply:
        return json_reply(request.path.encode())

    async with WireServer(mock=FakeService(echo)) as server, connected(server) as peer:
        await peer.send(b"".join(b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in range(600)))

        answers = [(await peer.answer()).take() for _ in range(600)]

        assert answers == [b"/%d" % number for number in range(600)]


async def test_connections_do_not_wait_for_one_another() -> None:
    def slow_one(request: Request) -> Reply:
        return replace(json_reply(b"{}"), wait_s=30.0 if request.path == "/slow" else 0.0)

    async with WireServer(mock=FakeService(slow_one)) as server, connected(server) as slow, connected(server) as quick:
        await slow.post(path="/slow")
        await server.journal.wait_for(lambda seen: len(seen) == 1, PATIENCE_S)
        await quick.post(path="/quick")
        await quick.answer()

        exchanges = await finished(server, 1)

        assert {one.path: one.end for one in exchanges} == {"/slow": UpstreamEnd.RUNNING, "/quick": UpstreamEnd.KEPT}
        assert server.running_exchanges == 1


async def test_a_client_of_http_10_gets_no_chunks_and_a_close() -> None:
    async with WireServer(mock=FakeService(STREAM)) as server, connected(server) as peer:
        await peer.send(b"GET / HTTP/1.0\r\n\r\n")

        received = await peer.rest()

        assert received == payload(render(STREAM, http_10=True))
        assert received.endswith(b"data: word 4\n\n")
        assert b"chunked" not in received


async def test_a_request_to_close_is_granted() -> None:
    async with WireServer(mock=FakeService()) as server, connected(server) as peer:
        await peer.post(headers="Connection: close\r\n")

        answer = await peer.answer()

        assert answer.header("connection") == "close"
        assert await peer.rest() == b""


async def test_a_head_request_gets_the_head_alone() -> None:
    async with WireServer(mock=FakeService()) as server, connected(server) as peer:
        await peer.send(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")

        answer = await peer.answer("HEAD")

        assert answer.header("content-length") == "11"
        await peer.post()
        assert (await peer.answer()).take() == b'{"ok":true}'


async def test_a_client_that_expects_100_is_told_to_continue() -> None:
    service = FakeService()
    async with WireServer(mock=service) as server, connected(server) as peer:
        await peer.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        go_on = await peer.reader.readuntil(b"\r\n\r\n")
        await peer.send(b"body")
        await peer.answer()

        assert go_on == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert service.requests[0].body == b"body"


async def test_the_100_of_a_pipelined_request_waits_for_its_turn() -> None:
    def slow_first(request: Request) -> Reply:
        return replace(json_reply(b"{}"), wait_s=0.05 if request.path == "/first" else 0.0)

    async with WireServer(mock=FakeService(slow_first)) as server, connected(server) as peer:
        await peer.post(path="/first")
        await peer.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        first = await peer.answer()
        go_on = await peer.reader.readuntil(b"\r\n\r\n")
        await peer.send(b"body")

        assert first.interim == ()
        assert go_on == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert (await peer.answer()).complete


async def test_a_chunked_request_arrives_as_one_body() -> None:
    service = FakeService()
    async with WireServer(mock=service) as server, connected(server) as peer:
        await peer.send(b"PUT /a%20b?x=1&y#z HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nX-One: 1\r\n\r\n")
        for piece in (b"3\r\nab", b"c\r\n2\r\nde\r\n", b"0\r\n\r\n"):
            await peer.send(piece)
        await peer.answer()

        (request,) = service.requests
        assert (request.method, request.path, request.query, request.body) == ("PUT", "/a%20b", "x=1&y", b"abcde")
        assert request.header("x-one") == "1"


async def test_an_absolute_target_is_reduced_to_its_path() -> None:
    service = FakeService()
    async with WireServer(mock=service) as server, connected(server) as peer:
        await peer.send(b"GET http://mock.test/a/b?c=d HTTP/1.1\r\nHost: x\r\n\r\n")
        await peer.answer()

        assert (service.requests[0].path, service.requests[0].query) == ("/a/b", "c=d")


@pytest.mark.parametrize("body", [b"", b"some body"], ids=["without body", "with body"])
async def test_an_offer_of_another_protocol_is_declined_by_answering(body: bytes) -> None:
    service = FakeService()
    async with WireServer(mock=service) as server, connected(server) as peer:
        offer = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
        await peer.post(body, headers=offer)
        first = await peer.answer()
        await peer.post(b"next")
        second = await peer.answer()

        assert (first.status, second.status) == (200, 200)
        assert [request.body for request in service.requests] == [body, b"next"]


@pytest.mark.parametrize("manner", ["announced", "chunked", "expecting"])
async def test_a_body_over_the_bound_is_refused_and_the_refusal_arrives(manner: str) -> None:
    service = FakeService()
    async with WireServer(mock=service, most_body_bytes=1000) as server, connected(server) as peer:
        framing = {"announced": "Content-Length: 900000", "chunked": "Transfer-Encoding: chunked"}
        framing["expecting"] = framing["announced"] + "\r\nExpect: 100-continue"
        await peer.send(f"POST / HTTP/1.1\r\nHost: x\r\n{framing[manner]}\r\n\r\n".encode())
        if manner != "expecting":
            await peer.send(b"%x\r\n" % 800_000 + b"x" * 800_000)

        answer = await peer.answer()

        assert answer.status == 413
        assert answer.interim == ()
        assert b"over the bound" in answer.take()
        assert await peer.rest() == b""
        assert service.requests == []


async def test_what_is_not_http_is_refused_and_recorded() -> None:
    async with WireServer(mock=FakeService()) as server, connected(server) as peer:
        await peer.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")

        answer = await peer.answer()

        assert answer.status == 400
        assert b"not HTTP/1.1" in answer.take()
        (exchange,) = await finished(server)
        assert exchange.surface == "unknown"
        assert server.problems == ()


async def test_a_close_is_seen_as_the_end() -> None:
    async with WireServer(mock=FakeService(replace(STREAM, ending=Close()))) as server, connected(server) as peer:
        await peer.post()
        await peer.answer()

        assert await peer.rest() == b""


async def test_a_reset_is_seen_as_a_reset_behind_what_was_sent() -> None:
    reply = replace(STREAM, framing=Chunked(terminated=False), ending=Reset())
    async with WireServer(mock=FakeService(reply)) as server, connected(server) as peer:
        await peer.post()
        expected = payload(render(reply))

        received = await peer.reader.readexactly(len(expected))
        with pytest.raises(ConnectionResetError):
            await peer.rest()

        assert received == expected
        (exchange,) = await finished(server)
        assert (exchange.end, exchange.whole) == (UpstreamEnd.RESET, True)


async def test_silence_lasts_as_long_as_it_says() -> None:
    reply = Reply(body=(event("a"), event("b", 0.1)), framing=Chunked(), wait_s=0.05)
    async with WireServer(mock=FakeService(reply)) as server, connected(server) as peer:
        await peer.post()
        await peer.answer()

        (exchange,) = await finished(server)

        head, first, second, _ = exchange.pieces
        assert head.at_s - exchange.arrived_s >= 0.049
        assert second.at_s - first.at_s >= 0.099


@pytest.mark.parametrize("manner", ["politely", "rudely"])
async def test_a_peer_that_leaves_during_a_silence_is_noticed_at_once(manner: str) -> None:
    silent_s = 30.0
    reply = Reply(body=(event("a"), event("b", silent_s)), framing=Chunked())
    async with WireServer(mock=FakeService(reply)) as server, connected(server) as peer:
        await peer.post(NONCE.encode())
        await peer.reader.readuntil(b"data: a")
        peer.leave(manner)

        (exchange,) = await finished(server)

        assert (exchange.end, exchange.whole) == (UpstreamEnd.PEER_LEFT, False)
        assert exchange.end_s is not None
        assert exchange.end_s - exchange.arrived_s < silent_s
        assert len(exchange.pieces) == 2
        assert server.running_exchanges == 0


async def until_blocked(server: WireServer) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not any(one.line.is_blocked for one in server._connections):  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0)


LARGE = stream_reply(tuple(event(b"x" * 262_144) for _ in range(40)))


@pytest.mark.parametrize("manner", ["politely", "rudely"])
async def test_a_peer_that_leaves_while_it_does_not_read_is_noticed(manner: Literal["politely", "rudely"]) -> None:
    async with WireServer(mock=FakeService(LARGE)) as server, connected(server) as peer:
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]  # stream transports read and write
        await peer.post()
        await until_blocked(server)
        peer.leave(manner)

        (exchange,) = await finished(server)

        assert (exchange.end, exchange.whole) == (UpstreamEnd.PEER_LEFT, False)


async def test_a_reader_that_pauses_makes_the_writer_wait() -> None:
    sends = sum(isinstance(action, Send) for action in render(LARGE))
    async with WireServer(mock=FakeService(LARGE)) as server, connected(server) as peer:
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]  # stream transports read and write
        await peer.post()
        await until_blocked(server)
        (paused,) = server.journal.exchanges()
        peer.writer.transport.resume_reading()  # type: ignore[attr-defined]  # the same
        received = 0
        async with asyncio.timeout(PATIENCE_S):
            while received < len(payload(render(LARGE))):
                received += len(await peer.reader.read(1_000_000))

        (exchange,) = await finished(server)

        assert paused.end is UpstreamEnd.RUNNING
        assert len(paused.pieces) < sends
        assert len(exchange.pieces) == sends
        assert exchange.whole


async def test_a_peer_that_leaves_while_it_uploads_is_recorded_with_what_came() -> None:
    service = FakeService()
    async with WireServer(mock=service) as server, connected(server) as peer:
        await peer.send(b"POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n" + NONCE.encode() + b" half")
        peer.writer.close()

        (exchange,) = await finished(server)

        assert (exchange.end, exchange.whole) == (UpstreamEnd.PEER_LEFT, False)
        assert (exchange.path, exchange.body, exchange.nonce) == ("/up", NONCE.encode() + b" half", NONCE)
        assert service.requests == []


async def test_a_peer_that_connects_and_leaves_is_no_exchange() -> None:
    async with WireServer(mock=FakeService()) as server:
        async with connected(server) as peer:
            peer.writer.close()
            assert await peer.rest() == b""
        async with connected(server) as other:
            await other.post()
            await other.answer()

        assert len(await finished(server)) == 1


async def test_a_crash_of_the_service_is_the_harness_s_own_problem() -> None:
    def crash(request: Request) -> Reply:
        raise ZeroDivisionError(request.path)

    async with WireServer(mock=FakeService(crash)) as server, connected(server) as peer:
        await peer.post(path="/odd")

        answer = await peer.answer()

        assert answer.status == 500
        assert b"harness error" in answer.take()
        (problem,) = server.problems
        assert problem.startswith("ZeroDivisionError('/odd') while answering POST /odd, at ")


async def test_a_script_that_cannot_be_played_is_the_harness_s_own_problem() -> None:
    impossible = Reply(body=(event("a"), event("b", "soon")), framing=Chunked())  # type: ignore[arg-type]  # on purpose
    async with WireServer(mock=FakeService(impossible)) as server, connected(server) as peer:
        await peer.post()
        await peer.rest()

        (exchange,) = await finished(server)

        assert not exchange.whole
        assert "while playing the answer" in server.problems[0]


async def test_closing_the_server_ends_what_still_runs() -> None:
    async with WireServer(mock=FakeService(replace(STREAM, wait_s=30.0))) as server, connected(server) as peer:
        await peer.post()
        await server.journal.wait_for(lambda seen: len(seen) == 1, PATIENCE_S)

        await server.close()

        (exchange,) = server.journal.exchanges()
        assert exchange.end is not UpstreamEnd.RUNNING
        assert not exchange.whole
        assert server.open_connections == 0


async def test_a_server_that_was_not_started_has_no_port() -> None:
    with pytest.raises(RuntimeError, match="no port before start"):
        _ = WireServer(mock=FakeService()).url


async def test_a_port_in_use_is_an_error_of_the_system() -> None:
    async with WireServer(mock=FakeService()) as server:
        second = WireServer(mock=FakeService(), port=server.port)

        with pytest.raises(OSError, match="in use"):
            await second.start()


async def test_the_server_listens_on_ipv6_too() -> None:
    async with WireServer(mock=FakeService(), host="::1") as server, connected(server) as peer:
        await peer.post()

        assert (await peer.answer()).status == 200
        assert server.url == f"http://[::1]:{server.port}"


def test_keep_is_what_a_reply_ends_with_by_itself() -> None:
    assert isinstance(STREAM.ending, Keep)  # the tests above rely on it
