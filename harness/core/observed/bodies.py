"""A body read from the pieces in which it came: a stream of events, JSON, or neither.

The one rule: a body whose coding or form breaks is read as far as it goes, and the reading says where it broke.
Source: RFC 9110 §8.4 (Content-Encoding); WHATWG HTML §9.2 (event streams).
"""

from __future__ import annotations

from collections.abc import Iterable

from harness.core.observed import json_text
from harness.core.observed.chunks import json_or_none, take_event, take_json
from harness.core.observed.codings import UndecodableError, decoding
from harness.core.observed.dialects.names import CHATS
from harness.core.observed.dialects.reading import read_other
from harness.core.observed.history import ClientExchange, Piece
from harness.core.observed.lines import is_lines, read_lines
from harness.core.observed.reading import Reading
from harness.core.observed.sse import Decoder, SseEvent

_SNIFFED_BYTES = 64


def read_answer(exchange: ClientExchange) -> Reading:
    """Read what a client got, in the dialect in which it had asked."""
    content_type, coding = exchange.header("content-type") or "", exchange.header("content-encoding") or ""
    return read_body(exchange.pieces, content_type, coding, dialect=exchange.dialect)


def read_body(
    pieces: Iterable[Piece],
    content_type: str,
    content_encoding: str = "",
    *,
    by_line: bool = False,
    dialect: str = "",
) -> Reading:
    """Read a body from its pieces, by its content type; a body whose encoding breaks is read as far as it goes.

    `by_line` reads an event that makes no sense line by line, as simple clients read every event, and a line that has
    something behind its JSON or a control character inside as far as that makes sense.
    """
    stamped, undecodable = _decoded(pieces, content_encoding)
    if dialect in CHATS:
        reading = _read(stamped, content_type, by_line=by_line)
    else:
        reading = read_other(stamped, content_type, dialect=dialect)
    reading.undecodable = undecodable
    return reading


def _read(stamped: list[Piece], content_type: str, *, by_line: bool) -> Reading:
    if is_lines(content_type):
        return read_lines(stamped)
    if "event-stream" in content_type.lower() or _start(stamped).startswith((b"data:", b"event:", b":")):
        return _read_stream(stamped, by_line=by_line)
    body = b"".join(piece.data for piece in stamped)
    reading = Reading()
    if not body:
        return reading
    try:
        value, reading.malformed_utf8 = json_text.generously(body)
    except ValueError:
        reading.form = "json" if "json" in content_type.lower() else "other"
        reading.malformed.append(body[:200].decode(errors="replace"))
        return reading
    reading.form = "json"
    take_json(reading, value)
    return reading


def plain_body(pieces: Iterable[Piece], content_encoding: str) -> bytes:
    """Return a body freed of its coding, as far as that goes."""
    return b"".join(piece.data for piece in _decoded(pieces, content_encoding)[0])


def _start(pieces: list[Piece]) -> bytes:
    """How a body begins, however it was split."""
    start = b""
    for piece in pieces:
        start += piece.data[:_SNIFFED_BYTES]
        if len(start) >= _SNIFFED_BYTES:
            break
    return start.lstrip()


def _decoded(pieces: Iterable[Piece], encoding: str) -> tuple[list[Piece], bool]:
    """Return the body without its coding as far as that goes, and whether it went wrong."""
    coding = decoding(encoding)
    plain: list[Piece] = []
    for piece in pieces:
        try:
            plain.append(Piece(piece.at_s, coding.feed(piece.data)))
        except UndecodableError:
            return plain, True
    return plain, False


def _read_stream(pieces: Iterable[Piece], *, by_line: bool) -> Reading:
    reading = Reading(form="stream")
    decoder = Decoder()
    for piece in pieces:
        for event in decoder.feed(piece.data):
            for item in _lines(event) if by_line else (event,):
                take_event(reading, item, piece.at_s, lenient=by_line)
    decoder.finish()
    reading.malformed_utf8 = decoder.malformed_utf8
    reading.unterminated = decoder.unterminated
    reading.bare_json = decoder.bare_json
    reading.rest = decoder.rest
    return reading


def _lines(event: SseEvent) -> Iterable[SseEvent]:
    """An event's lines as events of their own, where together they make no sense."""
    if "\n" not in event.data or json_or_none(event.data) is not None:
        return (event,)
    return tuple(SseEvent(line, event.type, event.last_event_id) for line in event.data.split("\n") if line.strip())
