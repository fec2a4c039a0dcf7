from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core.observed import access_log
from harness.core.observed.history import Bypassed, Piece, UpstreamEnd, UpstreamExchange

CALL = UpstreamExchange(
    number=1,
    connection=1,
    surface="ai.chat",
    method="POST",
    path="/v1/chat/completions",
    request_headers=(("Authorization", "Bearer secret-1"),),
    body=b'{"messages": "private"}',
    body_bytes=23,
    body_sha256="",
    model="@cf/m",
    arrived_s=10.0,
    faults=("sse.truncate(after=3)",),
    pieces=(Piece(10.0, b"HTTP/1.1 200 OK\r\n\r\n"), Piece(10.2, b"data: {}\n\n")),
    end=UpstreamEnd.CLOSED,
    end_s=10.25,
)


def line(call: UpstreamExchange) -> str:
    return access_log.line(call, start=call.wire, sent_bytes=len(call.wire))


def test_a_line_says_what_was_asked_what_struck_and_how_it_ended() -> None:
    assert line(CALL) == "POST /v1/chat/completions  200  0.25 s  29 bytes  ai.chat  @cf/m  sse.truncate(after=3)"


def test_nothing_of_a_body_or_a_header_is_told() -> None:
    assert "secret" not in line(CALL)
    assert "private" not in line(CALL)


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (replace(CALL, pieces=()), "no status"),
        (replace(CALL, end=UpstreamEnd.PEER_LEFT), "the caller left early"),
        (replace(CALL, end=UpstreamEnd.RESET), "reset by the mock"),
        (replace(CALL, end=UpstreamEnd.RUNNING, end_s=None), "still running"),
        (
            replace(CALL, bypassed=(Bypassed(fault="sse.bom", because="no stream"),)),
            "sse.bom did not strike: no stream",
        ),
        (replace(CALL, path="/a\nb"), "/a␊b"),
    ],
)
def test_what_is_out_of_the_ordinary_is_told(call: UpstreamExchange, told: str) -> None:
    assert told in line(call)
    assert len(line(call).splitlines()) == 1
