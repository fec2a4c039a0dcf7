"""The wire log of a case: both sides of the target as rows on one time axis.

The one rule: rows show what the history holds, in its order and by its clock; long runs are shortened in the middle
and say so, and nothing is shown that the redactor has not seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.core.observed.hidden.credentials import MARK
from harness.core.observed.hidden.pieces import SEEN_BYTES, hidden_in
from harness.core.observed.hidden.spans import Span, marked, shown_at
from harness.core.observed.history import ClientExchange, History, Piece, UpstreamExchange
from harness.core.observed.redact import Redactor, shown_headers
from reports.record import WireRow

_PREVIEW_BYTES = 240
_MARK = MARK.encode()
_MOST_PIECES = 24
"""Pieces shown of one exchange: the first and last half of these."""


def rows(history: History, redactor: Redactor) -> tuple[WireRow, ...]:
    """Return the rows of a history, oldest first; times count from the first request of the case."""
    clients = [*history.clients, *(visit.exchange for visit in history.visits)]
    starts = [item.started_s for item in clients] + [item.arrived_s for item in history.upstreams]
    zero_s = min(starts, default=0.0)
    found: list[WireRow] = []
    for number, client in enumerate(clients, 1):
        found += _client_rows(number, client, zero_s, redactor)
    for number, upstream in enumerate(history.upstreams, 1):
        found += _upstream_rows(number, upstream, zero_s, redactor)
    return tuple(sorted(found, key=lambda row: row.at_s))


def _client_rows(number: int, exchange: ClientExchange, zero_s: float, redactor: Redactor) -> Iterator[WireRow]:
    def row(kind: _Kind, at_s: float, label: str, data: bytes = b"", gone: Sequence[Span] = ()) -> WireRow:
        return _row("client", number, kind, at_s - zero_s, label, data, redactor, gone)

    asked = f"{exchange.label or 'request'}: {exchange.method} {exchange.path}"
    yield row("request", exchange.started_s, asked, exchange.moves.body)
    if exchange.head_s is not None:
        told = (f"{name}: {value}" for name, value in shown_headers(exchange.headers, redactor.text))
        head = "\n".join([str(exchange.status), *told])
        yield row("received", exchange.head_s, f"status {exchange.status}", head.encode())
    for shown in _shortened(exchange.pieces, redactor):
        yield row("received", shown.piece.at_s, shown.label, shown.piece.data, shown.gone)
    problem = f": {exchange.problem}" if exchange.problem else ""
    yield row("end", exchange.end_s, f"{exchange.end}{problem}")


def _upstream_rows(number: int, exchange: UpstreamExchange, zero_s: float, redactor: Redactor) -> Iterator[WireRow]:
    def row(
        kind: _Kind,
        at_s: float,
        label: str,
        data: bytes = b"",
        gone: Sequence[Span] = (),
        *,
        size: int | None = None,
        struck: int | None = None,
    ) -> WireRow:
        return _row("upstream", number, kind, at_s - zero_s, label, data, redactor, gone, size=size, struck=struck)

    def faults(at_s: float) -> Iterator[WireRow]:
        for index, fault in enumerate(exchange.faults):
            yield row("fault", at_s, fault, struck=exchange.struck_byte if index == 0 else None)

    asked = f"{exchange.surface}: {exchange.method} {exchange.path}"
    yield row("request", exchange.arrived_s, asked, exchange.body, size=exchange.body_bytes)
    struck, told, at_s = exchange.struck_byte, False, exchange.arrived_s
    for shown in _shortened(exchange.pieces, redactor):
        inside = struck is not None and shown.start <= struck < shown.start + shown.size
        if not told and (struck is None or inside):
            yield from faults(shown.piece.at_s if inside else exchange.arrived_s)
            told = True
        at_s = shown.piece.at_s
        within = struck - shown.start if struck is not None and inside and shown.piece.data else None
        within = within if within is None else shown_at(within, shown.gone, len(_MARK))
        yield row("sent", at_s, shown.label, shown.piece.data, shown.gone, struck=within)
    if not told:
        yield from faults(at_s)
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
    redactor: Redactor,
    gone: Sequence[Span],
    *,
    size: int | None = None,
    struck: int | None = None,
) -> WireRow:
    beginning = marked(data, gone, _MARK)[:SEEN_BYTES].decode("utf-8", "surrogateescape")
    raw = redactor.text(beginning).encode("utf-8", "surrogateescape")
    preview = raw.decode(errors="replace")[:_PREVIEW_BYTES]
    return WireRow(
        at_s=round(at_s, 6),
        lane=lane,
        exchange=number,
        kind=kind,
        label=redactor.text(label),
        size_bytes=len(data) if size is None else size,
        preview=preview,
        hex=raw[:_PREVIEW_BYTES].hex() if "\ufffd" in preview else "",
        struck_byte=struck,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """A piece as the log shows it: one of those that are kept, or all that are left out as one without bytes."""

    piece: Piece
    label: str
    start: int
    size: int
    gone: Sequence[Span] = ()
    """Where in its bytes a secret stands, or the part of one that goes on in the next."""


def _shortened(pieces: tuple[Piece, ...], redactor: Redactor) -> Iterator[_Shown]:
    half = _MOST_PIECES // 2
    cut = len(pieces) > _MOST_PIECES
    first, last = (half, len(pieces) - half) if cut else (len(pieces), len(pieces))
    kept = [number for number in range(len(pieces)) if not first <= number < last]
    gone = hidden_in([piece.data for piece in pieces], kept, redactor.spans)
    start = 0
    for index, piece in enumerate(pieces, 1):
        size = len(piece.data)
        if index == first + 1 and cut:
            left_out = pieces[first:last]
            total = sum(len(each.data) for each in left_out)
            label = f"{len(left_out)} more pieces, {total} bytes, not shown"
            yield _Shown(piece=Piece(piece.at_s, b""), label=label, start=start, size=total)
        if index <= first or index > last:
            yield _Shown(piece=piece, label=f"piece {index}", start=start, size=size, gone=gone.get(index - 1, ()))
        start += size
