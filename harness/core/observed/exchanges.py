"""An exchange as a record keeps it whole: heads and bodies of both sides, within bounds and without secrets.

The one rule: the redactor sees everything before it is kept, and a credential's field loses its whole value, known
or not.
"""

from __future__ import annotations

import base64
import codecs
from collections.abc import Iterable
from typing import Final

from harness.core.observed.bodies import plain_body
from harness.core.observed.history import ClientExchange, Piece, UpstreamExchange
from harness.core.observed.http_reader import ResponseReader
from harness.core.observed.redact import Redact, shown_headers
from reports.record import Body, Exchange

KEPT_BYTES: Final = 65_536
"""So much of each body is kept."""


def client_exchange(number: int, exchange: ClientExchange, *, url: str, redact: Redact) -> Exchange:
    """Return an exchange between a client and the target, which listens at `url`."""
    manner, problem = exchange.moves.manner, f": {exchange.problem}" if exchange.problem else ""
    return Exchange(
        lane="client",
        exchange=number,
        label=redact(exchange.label or "request"),
        method=exchange.method,
        url=redact(url.rstrip("/") + exchange.path),
        http_version=f"HTTP/{manner.version}",
        request_headers=shown_headers(exchange.request_headers, redact),
        request=_body(exchange.moves.body, len(exchange.moves.body), redact),
        status=exchange.status,
        headers=shown_headers(exchange.headers, redact),
        body=_answer(exchange.pieces, exchange.header("content-encoding"), redact),
        started_s=exchange.started_s,
        sent_s=exchange.sent_s,
        head_s=exchange.head_s,
        end_s=exchange.end_s,
        end=redact(f"{exchange.end}{problem}"),
    )


def upstream_exchange(number: int, exchange: UpstreamExchange, *, redact: Redact) -> Exchange:
    """Return an exchange between the target and the mock, its answer read as a client would have read it."""
    reader = ResponseReader(method=exchange.method)
    body: list[Piece] = []
    for piece in exchange.pieces:
        reader.feed(piece.data)
        body.append(Piece(piece.at_s, reader.take()))
    coding = next((value for name, value in reader.headers if name.lower() == "content-encoding"), None)
    host, query = exchange.header("host") or "upstream", f"?{exchange.query}" if exchange.query else ""
    cut = "" if exchange.whole else ", before the script was over"
    return Exchange(
        lane="upstream",
        exchange=number,
        label=redact(exchange.surface),
        method=exchange.method,
        url=redact(f"http://{host}{exchange.path}{query}"),
        request_headers=shown_headers(exchange.request_headers, redact),
        request=_body(exchange.body, exchange.body_bytes, redact),
        status=reader.status if reader.head_done else None,
        headers=shown_headers(tuple(reader.headers), redact),
        body=_answer(body, coding, redact),
        started_s=exchange.arrived_s,
        head_s=exchange.pieces[0].at_s if exchange.pieces else None,
        end_s=exchange.end_s,
        end=f"{exchange.end}{cut}",
        faults=tuple(map(redact, exchange.faults)),
    )


def _answer(pieces: Iterable[Piece], coding: str | None, redact: Redact) -> Body:
    known = tuple(pieces)
    return _body(plain_body(known, coding or ""), sum(len(piece.data) for piece in known), redact)


def _body(plain: bytes, coded_bytes: int, redact: Redact) -> Body:
    """Return the beginning of a body; a secret that the bound would cut in two is redacted before the cut."""
    seen, rest = plain[: 2 * KEPT_BYTES], max(0, len(plain) - KEPT_BYTES)
    size_bytes = len(plain) or coded_bytes
    try:
        text = codecs.getincrementaldecoder("utf-8")().decode(seen, final=len(seen) == len(plain))
    except UnicodeDecodeError:
        told = redact(seen.decode("latin-1")).encode("latin-1", "replace")[:KEPT_BYTES]
        text, is_base64 = base64.b64encode(told).decode(), True
    else:
        text, is_base64 = (redact(text)[:KEPT_BYTES] if rest else redact(text)), False
    left_out = rest if plain else coded_bytes
    return Body(size_bytes=size_bytes, coded_bytes=coded_bytes, text=text, is_base64=is_base64, left_out_bytes=left_out)
