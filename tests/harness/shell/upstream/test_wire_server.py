"""The mock's server, over real sockets."""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from dataclasses import replace
from typing import Literal

import pytest

from fault_injection.rendering import render
from fault_injection.reply import Chunked, Length, Reply, UntilClose, event, json_reply, stream_reply
from fault_injection.wire import Close, Keep, Reset, Send, payload
from harness.core.observed.history import UpstreamEnd
from harness.mock_cloudflare.request import Request
from harness.shell.upstream.wire_server import WireServer
from tests.harness.shell.fake_service import FakeService
from tests.harness.shell.peer import PATIENCE_S, connected, finished

NONCE = "ep-0123456789ab"
STREAM = stream_reply(tuple(event(f"word {number}") for number in range(5)))


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


async def test_a_server_that_gathers_sends_in_one_piece_what_nothing_separates() -> None:
    async with WireServer(mock=FakeService(STREAM), gathers=True) as server, connected(server) as peer:
        await peer.post()
        await peer.answer()

        (exchange,) = await finished(server)

        assert [piece.data for piece in exchange.pieces] == [payload(render(STREAM))]


async def test_a_server_that_gathers_leaves_the_pieces_of_a_fault_as_they_are() -> None:
    async with WireServer(mock=FakeService(STREAM), gathers=True) as server, connected(server) as peer:
        await peer.post(headers="X-Edgeproof-Fault: tcp.slice(size_bytes=7)\r\n")
        await peer.answer()

        (exchange,) = await finished(server)

        assert max(len(piece.data) for piece in exchange.pieces) == 7


async def test_a_long_answer_without_a_pause_leaves_others_their_turn() -> None:
    long = stream_reply(tuple(event(f"word {number}") for number in range(500)))
    async with WireServer(mock=FakeService(long)) as server, connected(server) as first, connected(server) as second:
        await first.post()
        await second.post()
        await second.answer()

        one, other = await finished(server, 2)

        assert one.end_s is not None
        assert other.pieces[0].at_s < one.end_s


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
        assert exchange.taken_s is not None
        assert exchange.taken_s >= exchange.pieces[-1].at_s


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
