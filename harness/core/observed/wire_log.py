"""The wire log of a case: both sides of the target as rows on one time axis.

The one rule: rows show what the history holds, in its order and by its clock; long runs are shortened in the middle
and say so, and nothing is shown that the redactor has not seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from harness.core.observed.history import ClientExchange, History, Piece, UpstreamExchange
from reports.record import WireRow

_PREVIEW_BYTES = 240
_MOST_PIECES = 24
"""Pieces shown of one exchange: the first and last half of these."""

Redact = Callable[[str], str]


def rows(history: History, redact: Redact) -> tuple[WireRow, ...]:
    """Return the rows of a history, oldest first; times count from the first request of the case."""
    clients = [*history.clients, *(visit.exchange for visit in history.visits)]
    starts = [item.started_s for item in clients] + [item.arrived_s for item in history.upstreams]
    zero_s = min(starts, default=0.0)
    found: list[WireRow] = []
    for number, client in enumerate(clients, 1):
        found += _client_rows(number, client, zero_s, redact)
    for number, upstream in enumerate(history.upstreams, 1):
        found += _upstream_rows(number, upstream, zero_s, redact)
    return tuple(sorted(found, key=lambda row: row.at_s))


def _client_rows(number: int, exchange: ClientExchange, zero_s: float, redact: Redact) -> Iterator[WireRow]:
    def row(kind: _Kind, at_s: float, label: str, data: bytes = b"", size: int | None = None) -> WireRow:
        return _row("client", number, kind, at_s - zero_s, label, data, size, redact)

    asked = f"{exchange.label or 'request'}: {exchange.method} {exchange.path}"
    yield row("request", exchange.started_s, asked, exchange.moves.body)
    if exchange.head_s is not None:
        head = f"{exchange.status}\n" + "\n".join(f"{name}: {value}" for name, value in exchange.headers)
        yield row("received", exchange.head_s, f"status {exchange.status}", head.encode())
    for piece, label in _shortened(exchange.pieces):
        yield row("received", piece.at_s, label, piece.data)
    problem = f": {exchange.problem}" if exchange.problem else ""
    yield row("end", exchange.end_s, f"{exchange.end}{problem}")


def _upstream_rows(number: int, exchange: UpstreamExchange, zero_s: float, redact: Redact) -> Iterator[WireRow]:
    def row(kind: _Kind, at_s: float, label: str, data: bytes = b"", size: int | None = None) -> WireRow:
        return _row("upstream", number, kind, at_s - zero_s, label, data, size, redact)

    asked = f"{exchange.surface}: {exchange.method} {exchange.path}"
    yield row("request", exchange.arrived_s, asked, exchange.body, exchange.body_bytes)
    for fault in exchange.faults:
        yield row("fault", exchange.arrived_s, fault)
    for piece, label in _shortened(exchange.pieces):
        yield row("sent", piece.at_s, label, piece.data)
    end_s = exchange.end_s
    if end_s is not None:
        yield row("end", end_s, str(exchange.end) + ("" if exchange.whole else ", before the script was over"))


_Kind = Literal["request", "sent", "received", "wait", "fault", "end"]


def _row(
    lane: Literal["client", "upstream"],
    number: int,
    kind: _Kind,
    at_s: float,
    label: str,
    data: bytes,
    size: int | None,
    redact: Redact,
) -> WireRow:
    return WireRow(
        at_s=round(at_s, 6),
        lane=lane,
        exchange=number,
        kind=kind,
        label=redact(label),
        size_bytes=len(data) if size is None else size,
        preview=redact(data[: 2 * _PREVIEW_BYTES].decode(errors="replace"))[:_PREVIEW_BYTES],  # no secret cut in two
    )


def _shortened(pieces: tuple[Piece, ...]) -> Iterator[tuple[Piece, str]]:
    half = _MOST_PIECES // 2
    if len(pieces) <= _MOST_PIECES:
        yield from ((piece, f"piece {index}") for index, piece in enumerate(pieces, 1))
        return
    yield from ((piece, f"piece {index}") for index, piece in enumerate(pieces[:half], 1))
    left_out = pieces[half:-half]
    size = sum(len(piece.data) for piece in left_out)
    yield Piece(left_out[0].at_s, b""), f"{len(left_out)} more pieces, {size} bytes, not shown"
    first = len(pieces) - half + 1
    yield from ((piece, f"piece {index}") for index, piece in enumerate(pieces[-half:], first))
