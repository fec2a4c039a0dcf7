from __future__ import annotations

from tests.harness.core.histories import answer, client, stream, upstream


def test_an_answers_header_is_found_whatever_its_case() -> None:
    exchange = client(answer())

    assert exchange.header("Content-TYPE") == "application/json"
    assert exchange.header("x-other") is None


def test_a_requests_header_is_found_at_the_mock_whatever_its_case() -> None:
    exchange = upstream(answer(), request_headers=(("Accept", "text/event-stream"), ("accept", "second")))

    assert exchange.header("ACCEPT") == "text/event-stream"
    assert exchange.header("x-other") is None


def test_a_body_is_what_came_and_a_wire_is_all_that_was_sent() -> None:
    reply = stream("Hello", " world")

    assert client(reply).body == reply.body_bytes
    assert upstream(reply).wire.startswith(b"HTTP/1.1 200 OK\r\n")
    assert upstream(reply).wire.endswith(b"0\r\n\r\n")
