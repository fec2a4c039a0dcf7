from __future__ import annotations

import json
from dataclasses import replace

from harness.core.gateway.exchange_json import from_json, to_json, without_credentials
from harness.core.observed.history import Bypassed, Piece, Unkept, UpstreamEnd, UpstreamExchange

EXCHANGE = UpstreamExchange(
    number=7,
    connection=2,
    surface="ai.chat",
    method="POST",
    path="/v1/chat/completions",
    query="a=b",
    request_headers=(("X-One", "1"), ("x-one", "2")),
    body=b"\x00\xff{}",
    body_bytes=4,
    body_sha256="ab",
    model="@cf/m",
    nonce="ep-0123456789ab",
    arrived_s=1.25,
    faults=("sse.truncate(after=3)",),
    bypassed=(Bypassed(fault="tcp.reset", because="why"),),
    pieces=(Piece(1.5, b"HTTP/1.1 200 OK\r\n"), Piece(2.5, b"\xff\x00")),
    unkept_bytes=3,
    unkept=(Unkept(2.75, 3),),
    end=UpstreamEnd.RESET,
    end_s=3.5,
    taken_s=None,
    whole=False,
)


def test_an_exchange_comes_back_as_it_was() -> None:
    assert from_json(json.loads(json.dumps(to_json([EXCHANGE, EXCHANGE])))) == (EXCHANGE, EXCHANGE)


def test_without_credentials_an_exchange_is_the_same_but_for_them() -> None:
    names = ("Authorization", "Cookie", "X-Api-Key", "CF-Access-Client-Secret", "X-Note")
    bare = without_credentials(replace(EXCHANGE, request_headers=tuple((name, "v") for name in names)))

    assert bare.request_headers == (*((name, "[redacted]") for name in names[:-1]), ("X-Note", "v"))
    assert replace(bare, request_headers=EXCHANGE.request_headers) == EXCHANGE
