"""A stream of NDJSON: one chunk of an answer a line, and no mark of its end but the reasons that its choices give.

The one rule: a line without its line feed is not read. Where a stream stops inside one, it was cut.
Source: NDJSON 1.0.0, §3.1.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from harness.core.observed.chunks import take_event
from harness.core.observed.history import Piece
from harness.core.observed.reading import Reading
from harness.core.observed.sse import SseEvent

TYPES: Final = ("application/x-ndjson", "application/ndjson", "application/jsonl")


def is_lines(content_type: str) -> bool:
    """Whether a body of that type, or a client that accepts no more than it, means NDJSON."""
    return content_type.lower().startswith(TYPES)


def read_lines(pieces: Iterable[Piece]) -> Reading:
    """Read a stream from its pieces. It is done where every choice has said why it ended and no line is left over."""
    reading = Reading(form="stream")
    line: list[bytes] = []
    for piece in pieces:
        *ended, rest = piece.data.split(b"\n")
        for end in ended:
            _take(reading, b"".join([*line, end]).strip(), piece.at_s)
            line.clear()
        line.append(rest)
    reading.rest = b"".join(line)
    reading.unterminated = bool(reading.rest.strip())
    if reading.has_finish and not reading.tail and not reading.unterminated:
        reading.done = True
        reading.tail.append("done")
    return reading


def _take(reading: Reading, line: bytes, at_s: float) -> None:
    if not line:
        return
    try:
        text = line.decode()
    except UnicodeDecodeError:
        reading.malformed_utf8 = True
        text = line.decode(errors="replace")
    take_event(reading, SseEvent(text), at_s, lenient=False)
