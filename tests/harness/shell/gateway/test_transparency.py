"""Without a fault nobody can tell that the gateway is there."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from fault_injection.rendering import render
from fault_injection.reply import Chunked, Length, Reply, UntilClose, event, json_reply, stream_reply
from fault_injection.wire import Close, Wait, payload
from harness.core.observed.history import UpstreamEnd
from harness.shell.upstream.wire_server import WireServer
from tests.harness.shell.fake_service import FakeService
from tests.harness.shell.gateway.through import MARK, armed, gateway, over, through
from tests.harness.shell.peer import PATIENCE_S, finished
from tests.harness.shell.raw_server import answering, raw_server
from tests.harness.shell.tls import needs_openssl, tls_server

STREAM = stream_reply(tuple(event(f"word {number}", 0.01) for number in range(5)))
HINTS = (
    b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    b"HTTP/1.1 200 OK\r\nX-Odd-CASE: 1\r\nx-odd-case: 2\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
    b"5;ext=1\r\nHello\r\n0\r\nX-Sum: 7\r\n\r\n"
)


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
async def test_the_bytes_of_an_answer_arrive_as_upstream_sent_them(reply: Reply) -> None:
    reply = replace(reply, ending=Close())
    async with WireServer(mock=FakeService(reply)) as server, gateway(server.url) as running, through(running) as peer:
        await peer.post()

        received = await peer.rest()

        assert received == payload(render(reply))
        (exchange,) = await over(running)
        assert exchange.wire == received
        assert exchange.end is UpstreamEnd.CLOSED


async def test_interim_answers_trailers_and_the_case_of_headers_come_through() -> None:
    async with raw_server(answering(HINTS)) as url, gateway(url) as running, through(running) as peer:
        await peer.post()

        assert await peer.rest() == HINTS


async def test_pieces_come_as_upstream_sent_them() -> None:
    slow = stream_reply(tuple(event(f"word {number}", 0.05) for number in range(5)))
    async with WireServer(mock=FakeService(slow)) as server, gateway(server.url) as running, through(running) as peer:
        await peer.post()
        await peer.answer()
        (sent,) = await finished(server)
        (passed,) = await over(running)

        pauses = [index for index, action in enumerate(render(slow)) if isinstance(action, Wait)]
        assert len(pauses) == 5
        ends = [b"".join(piece.data for piece in passed.pieces[: index + 1]) for index in range(len(passed.pieces))]
        for number in range(1, 5):
            before = payload((*render(slow)[: pauses[number]], Close()))
            assert before in ends
        assert passed.wire == sent.wire


async def test_a_request_reaches_upstream_as_it_was_but_for_its_host() -> None:
    seen: list[bytes] = []

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await reader.readuntil(b"Hello\r\n0\r\n\r\n"))
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()

    head = b"PUT /a%2Fb?c HTTP/1.1\r\nhOST: gateway\r\nX-B: 1\r\nx-a: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
    sent = head + b"5\r\nHello\r\n0\r\n\r\n"
    async with raw_server(keep) as url, gateway(url, host="127.0.0.1") as running, through(running) as peer:
        await peer.send(sent.replace(b"gateway", b"localhost"))
        await peer.answer("PUT")

    assert seen == [sent.replace(b"gateway", url.removeprefix("http://").encode())]


async def test_requests_share_a_connection_as_the_client_has_it() -> None:
    async with WireServer(mock=FakeService(STREAM)) as server, gateway(server.url) as running, through(running) as peer:
        await peer.post()
        await peer.answer()
        await peer.post(b"x" * 100_000)
        await peer.answer()

        one, two = await finished(server, 2)
        assert (one.connection, two.connection) == (1, 1)
        assert two.body == b"x" * 100_000
        assert [each.end for each in await over(running, 2)] == [UpstreamEnd.KEPT, UpstreamEnd.KEPT]
        assert running.journal.exchanges()[1].body_sha256 == two.body_sha256


async def test_pipelined_requests_are_answered_in_their_order() -> None:
    def reply(request: object) -> Reply:
        return json_reply(getattr(request, "path").encode())  # noqa: B009 - a request of the mock's

    async with WireServer(mock=FakeService(reply)) as server, gateway(server.url) as running, through(running) as peer:
        await peer.send(b"".join(b"GET /%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % number for number in range(3)))

        answers = [(await peer.answer("GET")).take() for _ in range(3)]

        assert answers == [b"/0", b"/1", b"/2"]


async def test_a_client_that_leaves_ends_the_call_upstream() -> None:
    endless = stream_reply((event("word 0"), event("never", 60.0)))
    async with (
        WireServer(mock=FakeService(endless)) as server,
        gateway(server.url) as running,
        through(running) as peer,
    ):
        await peer.post()
        await peer.reader.readuntil(b"word 0\n\n")
        peer.leave("politely")

        (exchange,) = await finished(server)
        assert exchange.end is UpstreamEnd.PEER_LEFT
        assert (await over(running))[0].end is UpstreamEnd.PEER_LEFT


async def test_a_reset_upstream_is_a_reset_for_the_client() -> None:
    async with WireServer(mock=FakeService(STREAM)) as server, gateway(server.url) as running, through(running) as peer:
        await peer.post(headers="X-Edgeproof-Fault: tcp.reset(at_byte=150)\r\n")

        with pytest.raises(ConnectionResetError):
            await peer.rest()
        assert (await over(running))[0].end is UpstreamEnd.RESET


async def test_a_reader_that_stops_is_felt_upstream() -> None:
    large = Reply(body=b"x" * 30_000_000)
    async with WireServer(mock=FakeService(large)) as server, gateway(server.url) as running, through(running) as peer:
        peer.writer.transport.pause_reading()  # type: ignore[attr-defined]  # every transport that reads has it
        await peer.post()

        def blocked(seen: object) -> bool:
            return any(each.end is UpstreamEnd.RUNNING and each.pieces for each in server.journal.exchanges())

        assert await server.journal.wait_for(blocked, PATIENCE_S)

        def taken_bytes() -> int:
            return sum(len(piece.data) for each in running.journal.exchanges() for piece in each.pieces)

        async def more_than(size_bytes: int) -> bool:
            return await running.journal.wait_for(lambda _: taken_bytes() > size_bytes, 0.2)

        passed = 0
        while await more_than(passed):
            passed = taken_bytes()

        # What is under way lies in the buffers of the system; the gateway itself holds one piece at the most.
        assert passed < 15_000_000
        assert server.running_exchanges == 1


async def test_another_protocol_is_passed_on_in_both_directions() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
        while data := await reader.read(100):
            writer.write(b"<" + data + b">")

    async with raw_server(echo) as url, gateway(url) as running, through(running) as peer:
        armed(running, "http.status(code=503)")
        await peer.send(
            f"GET /ws HTTP/1.1\r\nHost: localhost\r\n{MARK}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n".encode()
        )
        assert b"101 Switching" in await peer.reader.readuntil(b"\r\n\r\n")
        await peer.send(b"\x81\x05Hello")
        assert await peer.reader.readexactly(9) == b"<\x81\x05Hello>"
        peer.leave("politely")

        (exchange,) = await over(running)
        assert exchange.wire.endswith(b"<\x81\x05Hello>")


async def test_what_is_no_http_is_passed_on_blindly() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data)

    async with raw_server(echo) as url, gateway(url) as running, through(running) as peer:
        await peer.send(b"HELO \x00\x01\r\n\r\nmore")

        assert await peer.reader.readexactly(15) == b"HELO \x00\x01\r\n\r\nmore"


async def test_a_target_that_names_no_host_is_upstreams_to_refuse() -> None:
    async with WireServer(mock=FakeService()) as server, gateway(server.url) as running, through(running) as peer:
        await peer.send(b"GET http://[bad/x HTTP/1.1\r\nHost: localhost\r\n\r\n")

        assert await peer.status() == 400
        assert running.problems == ()


async def test_nobody_gets_past_a_token_by_speaking_no_http() -> None:
    service = FakeService()
    async with WireServer(mock=service) as server, gateway(server.url, token="sesame") as running:
        async with through(running) as peer:
            await peer.send(b"GET / HTTP/1.1\nHost: localhost\n\n")

            assert await peer.rest() == b""
        assert running.journal.exchanges() == ()

    assert service.requests == []


async def test_what_upstream_says_unasked_and_its_end_are_passed_on() -> None:
    async def timeout(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()
        writer.write(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")

    async with raw_server(timeout) as url, gateway(url) as running, through(running) as peer:
        await peer.post()

        assert (await peer.rest()).endswith(b"408 Request Timeout\r\nContent-Length: 0\r\n\r\n")


async def test_leave_to_send_a_body_comes_from_upstream() -> None:
    async def careful(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await reader.readexactly(5)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + body)
        await writer.drain()

    async with raw_server(careful) as url, gateway(url) as running, through(running) as peer:
        armed(running, "tcp.latency(delay_s=30)", run="another")
        await peer.send(b"POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        assert await peer.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        await peer.send(b"Hello")

        assert (await peer.answer()).take() == b"Hello"


async def test_an_upstream_that_is_not_there_is_told_as_such() -> None:
    async with gateway("http://127.0.0.1:9") as running, through(running) as peer:
        await peer.post()
        answer = await peer.answer()

        assert answer.status == 502
        assert b"cannot be reached" in answer.take()
        assert running.problems


@pytest.mark.parametrize(
    ("host", "status"),
    [("evil.example", 421), ("localhost:9000", 200), ("[::1]", 200), ("", 200), ("workers_ai:9000", 200)],
)
async def test_only_names_of_this_machine_and_those_it_was_given_are_taken_on_it(host: str, status: int) -> None:
    async with (
        WireServer(mock=FakeService()) as server,
        gateway(server.url, names=("workers_ai",)) as running,
        through(running) as peer,
    ):
        await peer.send(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())

        assert (await peer.answer("GET")).status == status


async def test_a_gateway_with_a_token_takes_who_has_it_and_keeps_it_to_itself() -> None:
    service = FakeService()
    async with WireServer(mock=service) as server, gateway(server.url, token="sesame") as running:
        statuses = []
        for header in ("", "X-Edgeproof-Token: wrong\r\n", "X-Edgeproof-Token: sesame\r\n"):
            async with through(running) as peer:
                await peer.post(headers=header)
                statuses.append((await peer.answer()).status)

    assert statuses == [403, 403, 200]
    assert [request.header("x-edgeproof-token") for request in service.requests] == [None]


@needs_openssl
@pytest.mark.usefixtures("trusted")
async def test_an_upstream_behind_tls_is_passed_on_like_any_other(certificate: Path) -> None:
    heard: list[bytes] = []
    body = b"answer" * 50_000
    wire = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    async with tls_server(certificate, wire, heard=heard) as url, gateway(url) as running, through(running) as peer:
        await peer.post(b"question" * 50_000)

        assert await peer.rest() == wire
        (exchange,) = await over(running)
        assert (exchange.wire, exchange.end) == (wire, UpstreamEnd.KEPT)

    assert heard == [b"question" * 50_000]


@needs_openssl
@pytest.mark.usefixtures("trusted")
async def test_an_end_behind_tls_is_the_clients_end_too(certificate: Path) -> None:
    wire = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"
    async with tls_server(certificate, wire, heard=[]) as url, gateway(url) as running, through(running) as peer:
        await peer.post()

        assert await peer.rest() == wire
        assert (await over(running))[0].end is UpstreamEnd.CLOSED
