"""Requests on one connection: parsed, refused, answered in order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fault_injection.rendering import Asked, render
from fault_injection.reply import Reply, event, json_reply, stream_reply
from fault_injection.spec import parse
from fault_injection.wire import payload
from harness.core.observed.history import UpstreamEnd
from harness.mock_cloudflare.request import Request
from harness.shell.upstream.wire_server import WireServer
from tests.harness.shell.fake_service import FakeService
from tests.harness.shell.peer import connected, finished

NONCE = "ep-0123456789ab"
STREAM = stream_reply(tuple(event(f"word {number}") for number in range(5)))


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


@pytest.mark.parametrize("framing", ["", "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n"])
async def test_a_request_for_a_tunnel_is_answered_as_any_other(framing: str) -> None:
    async with WireServer(mock=FakeService()) as server, connected(server) as peer:
        await peer.send(f"CONNECT host:443 HTTP/1.1\r\nHost: host\r\n{framing}\r\n".encode())

        answer = await peer.answer()

        assert answer.take() == b'{"ok":true}'
        assert [one.method for one in server.journal.exchanges()] == ["CONNECT"]


async def test_a_client_of_http_10_gets_no_chunks_and_a_close() -> None:
    async with WireServer(mock=FakeService(STREAM)) as server, connected(server) as peer:
        await peer.send(b"GET / HTTP/1.0\r\n\r\n")

        received = await peer.rest()

        assert received == payload(render(STREAM, Asked(http_10=True)))
        assert received.endswith(b"data: word 4\n\n")
        assert b"chunked" not in received


async def test_a_client_of_http_10_that_asks_to_stay_may_stay() -> None:
    """RFC 9112 §9.3: the keep-alive option keeps a connection of HTTP/1.0, and the answer says so."""
    async with WireServer(mock=FakeService()) as server, connected(server) as peer:
        for _ in range(2):
            await peer.send(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            answer = await peer.answer()
            assert answer.header("connection") == "keep-alive"
            assert answer.take() == b'{"ok":true}'

        exchanges = await finished(server, 2)

        assert [one.end for one in exchanges] == [UpstreamEnd.KEPT] * 2


async def test_a_client_of_http_10_that_stays_gets_a_stream_by_a_close() -> None:
    async with WireServer(mock=FakeService(STREAM)) as server, connected(server) as peer:
        await peer.send(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")

        received = await peer.rest()

        assert b"connection: close\r\n" in received
        assert received.endswith(b"data: word 4\n\n")


async def test_a_client_of_http_10_is_never_told_to_continue() -> None:
    """RFC 9110 §15.2: no interim answer goes to HTTP/1.0."""
    async with WireServer(mock=FakeService()) as server, connected(server) as peer:
        await peer.send(b"POST / HTTP/1.0\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\nbody")

        assert (await peer.rest()).startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("spec", ["http.interim_1xx", "http.bad_chunk_size", "http.trailers", "http.chunk_ext"])
async def test_what_http_10_forbids_is_passed_by_and_the_journal_says_why(spec: str) -> None:
    async with WireServer(mock=FakeService(STREAM)) as server, connected(server) as peer:
        await peer.send(f"GET / HTTP/1.0\r\nX-Edgeproof-Fault: {spec}\r\n\r\n".encode())

        received = await peer.rest()

        (exchange,) = await finished(server)
        assert received == payload(render(STREAM, Asked(http_10=True)))
        assert exchange.faults == ()
        assert [one.fault for one in exchange.bypassed] == [spec]
        assert "HTTP/1.0" in exchange.bypassed[0].because


@pytest.mark.parametrize("end", ["fin", "reset"])
async def test_a_cut_comes_without_notice(end: str) -> None:
    async with WireServer(mock=FakeService(STREAM)) as server, connected(server) as peer:
        spec = f"sse.truncate(after=2, at=mid-event, end={end})"
        await peer.send(f"GET / HTTP/1.1\r\nHost: x\r\nX-Edgeproof-Fault: {spec}\r\n\r\n".encode())

        (exchange,) = await finished(server)

        assert exchange.faults == (str(parse(spec)),)
        assert exchange.end is (UpstreamEnd.CLOSED if end == "fin" else UpstreamEnd.RESET)
        assert payload(render(STREAM)).startswith(exchange.wire)
        assert b"word 1" in exchange.wire
        assert b"word 2" not in exchange.wire


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


@pytest.mark.parametrize(
    "rest", ["", "Upgrade: h2c\r\nConnection: Upgrade\r\n", "Content-Length: 2\r\n", "Content-Length: 9\r\n"]
)
async def test_a_target_that_names_no_host_is_refused_and_recorded(rest: str) -> None:
    service = FakeService()
    async with WireServer(mock=service) as server, connected(server) as peer:
        await peer.send(f"POST http://[bad/x?y HTTP/1.1\r\nHost: x\r\n{rest}\r\n{{}}".encode())

        answer = await peer.answer()

        assert (answer.status, answer.header("connection")) == (400, "close")
        assert b"RFC 9112" in answer.take()
        (exchange,) = await finished(server)
        assert (exchange.path, exchange.query) == ("http://[bad/x", "y")
        assert service.requests == []
        assert server.problems == ()


async def test_in_the_absolute_form_a_workers_fetch_needs_no_host_and_anybody_elses_does() -> None:
    service = FakeService()
    async with WireServer(mock=service) as server:
        async with connected(server) as peer:
            await peer.send(b"GET http://mock.test/a HTTP/1.1\r\nX-Edgeproof-Binding: fetch\r\n\r\n")
            worker = await peer.answer()
        async with connected(server) as peer:
            await peer.send(b"GET http://mock.test/a HTTP/1.1\r\n\r\n")
            other = await peer.answer()

    assert (worker.status, service.requests[0].header("host")) == (200, "mock.test")
    assert other.status == 400


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


@pytest.mark.parametrize("hosts", ["", "Host: a\r\nHost: b\r\n"], ids=["none", "two"])
async def test_a_request_of_http_11_names_one_host(hosts: str) -> None:
    service = FakeService()
    async with WireServer(mock=service) as server, connected(server) as peer:
        await peer.send(f"POST / HTTP/1.1\r\n{hosts}Content-Length: 2\r\n\r\n{{}}".encode())

        answer = await peer.answer()

        assert answer.status == 400
        assert b"RFC 9112" in answer.take()
        assert await peer.rest() == b""
        assert service.requests == []


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
