"""A body read in one of these dialects: by its content type as events, lines, parts or JSON.

The one rule: server-sent events come from the one decoder that there is, and what they mean from the dialect's reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from harness.core.observed import json_text
from harness.core.observed.dialects.ag_ui import AgUiReader
from harness.core.observed.dialects.ai_sdk import DataReader, UiReader
from harness.core.observed.dialects.copilotkit import CopilotReader
from harness.core.observed.dialects.messages import MessagesReader
from harness.core.observed.dialects.multipart import Parts
from harness.core.observed.dialects.responses import ResponsesReader
from harness.core.observed.dialects.stream import EventReader
from harness.core.observed.history import Piece
from harness.core.observed.reading import Reading
from harness.core.observed.sse import Decoder, SseEvent
from scenarios import dialects as names

_READERS: Final[Mapping[str, type[EventReader]]] = MappingProxyType(
    {
        names.RESPONSES: ResponsesReader,
        names.MESSAGES: MessagesReader,
        names.COPILOTKIT: CopilotReader,
        names.AG_UI: AgUiReader,
        names.AI_SDK: UiReader,
    }
)
_EVENTS: Final = "text/event-stream"
_SHOWN: Final = 200


def read_other(pieces: Iterable[Piece], content_type: str, *, dialect: str) -> Reading:
    """Read a body from its plain pieces in a dialect other than that of chat completions."""
    known = list(pieces)
    start = b"".join(piece.data for piece in known[:64])[:64].lstrip()
    kind = content_type.lower()
    if dialect == names.COPILOTKIT and "multipart/" in kind:
        return _parts(known, content_type)
    if _EVENTS in kind or start.startswith((b"data:", b"event:", b":")):
        return _events(known, dialect)
    if dialect == names.AI_SDK and start[1:2] == b":":
        return _lines(known)
    return _whole(known, kind, dialect)


def _begun(dialect: str, media: str, *, reader: type[EventReader] | None = None) -> EventReader:
    reading = Reading(form="stream", dialect=dialect, media=media)
    return (reader or _READERS[dialect])(reading)


def _events(pieces: Iterable[Piece], dialect: str) -> Reading:
    words, decoder = _begun(dialect, _EVENTS), Decoder()
    for piece in pieces:
        for event in decoder.feed(piece.data):
            words.event(event, piece.at_s)
    decoder.finish()
    reading = words.reading
    reading.malformed_utf8, reading.unterminated = decoder.malformed_utf8, decoder.unterminated
    reading.bare_json, reading.rest = decoder.bare_json, decoder.rest
    return reading


def _parts(pieces: Iterable[Piece], content_type: str) -> Reading:
    words, parts = _begun(names.COPILOTKIT, CopilotReader.media), Parts(content_type)
    for piece in pieces:
        for content in parts.feed(piece.data):
            words.reading.malformed_utf8 |= _is_malformed(content)
            words.event(SseEvent(content.decode(errors="replace")), piece.at_s)
    parts.finish(whole=words.reading.done)
    for problem in parts.problems:
        words.stray(problem)
    return words.reading


def _lines(pieces: Iterable[Piece]) -> Reading:
    words = DataReader(Reading(form="stream", dialect=names.AI_SDK, media=DataReader.media))
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece.data).split(b"\n")
        for line in lines:
            words.reading.malformed_utf8 |= _is_malformed(line)
            words.line(line.decode(errors="replace"), piece.at_s)
    words.reading.rest, words.reading.unterminated = rest, bool(rest)
    return words.reading


def _whole(pieces: Iterable[Piece], kind: str, dialect: str) -> Reading:
    body = b"".join(piece.data for piece in pieces)
    reading = Reading(dialect=dialect)
    if not body:
        return reading
    try:
        value = json_text.loads(body)
    except ValueError:
        value = None
    reading.form = "json" if value is not None or "json" in kind else "other"
    if isinstance(value, dict):
        _READERS[dialect](reading).whole(value)
    else:
        reading.malformed.append(body[:_SHOWN].decode(errors="replace"))
    return reading


def _is_malformed(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return True
    return False
