"""Server-sent events from bytes, by the letter of WHATWG HTML §9.2.6, incrementally.

The one rule: this decoder is the oracle's own. It shares no code with any target, holds no opinion on payloads, and
gives the same events however the bytes were split.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Final

_BOM = b"\xef\xbb\xbf"
_MOST_RETRY_DIGITS = 15
"""Longer than any wait; also, Python refuses to read numbers of thousands of digits."""

UNNAMED: Final = "message"
"""The type of an event that has no name (WHATWG HTML §9.2.6)."""
_MOST_BARE = 4
_BARE_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class SseEvent:
    """One dispatched event: its data, its type and the last event id in force."""

    data: str
    type: str = UNNAMED
    last_event_id: str = ""


class Decoder:
    """Turns a stream of bytes into events; `feed` as they come, `finish` at the end of the stream."""

    def __init__(self) -> None:
        self.malformed_utf8 = False
        """Whether a line was not UTF-8; its bad bytes are read as U+FFFD, as the standard says."""
        self.retry_ms: int | None = None
        """The last valid reconnection time, in milliseconds."""
        self.unterminated = False
        """After `finish`: whether an event was left without its blank line, and so discarded."""
        self.rest = b""
        """After `finish`: the last line as far as it came, when no line end came behind it."""
        self.bare_json: list[str] = []
        """Lines that begin as a JSON object does. By the standard each is a field that nobody knows, and is ignored."""
        self._line: list[bytes] = []
        self._after_cr = False
        self._at_start = True
        self._data: list[str] = []
        self._has_data = False
        self._type = ""
        self._id = ""

    def feed(self, chunk: bytes) -> list[SseEvent]:
        """Take more bytes; return the events they complete."""
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]  # the second half of a CRLF that was split
            self._after_cr = False
        if chunk:
            self._after_cr = chunk.endswith(b"\r")
        events: list[SseEvent] = []
        *ended, rest = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        for piece in ended:
            self._line.append(piece)
            line = b"".join(self._line)
            self._line.clear()
            event = self._take_line(line)
            if event:
                events.append(event)
        if rest:
            self._line.append(rest)
        return events

    def finish(self) -> None:
        """Say that the stream has ended: an event without its blank line is not dispatched."""
        line = b"".join(self._line)
        if self._at_start:
            line = line.removeprefix(_BOM)
        try:
            codecs.getincrementaldecoder("utf-8")().decode(line)  # half a character at the very end was only cut off
        except UnicodeDecodeError:
            self.malformed_utf8 = True
        self.unterminated = self._has_data or line.startswith(b"data")
        self._note_bare(line.decode(errors="replace"))
        self.rest = line

    def _take_line(self, raw: bytes) -> SseEvent | None:
        if self._at_start:
            self._at_start = False
            raw = raw.removeprefix(_BOM)
        if not raw:
            return self._dispatch()
        name, colon, value = self._decode(raw).partition(":")
        if colon and not name:
            return None  # a comment
        value = value.removeprefix(" ")
        match name:
            case "data":
                self._data.append(value)
                self._has_data = True
            case "event":
                self._type = value
            case "id":
                if "\0" not in value:
                    self._id = value
            case "retry":
                if value.isascii() and value.isdigit() and len(value) <= _MOST_RETRY_DIGITS:
                    self.retry_ms = int(value)
            case _:  # unknown fields are ignored
                self._note_bare(f"{name}{colon}{value}")
        return None

    def _note_bare(self, line: str) -> None:
        if line.startswith("{") and len(self.bare_json) < _MOST_BARE:
            self.bare_json.append(line[:_BARE_CHARACTERS])

    def _dispatch(self) -> SseEvent | None:
        event = SseEvent("\n".join(self._data), self._type or UNNAMED, self._id) if self._has_data else None
        self._data.clear()
        self._has_data = False
        self._type = ""
        return event

    def _decode(self, raw: bytes) -> str:
        try:
            return raw.decode()
        except UnicodeDecodeError:
            self.malformed_utf8 = True
            return raw.decode(errors="replace")


def decode(body: bytes) -> tuple[list[SseEvent], Decoder]:
    """Decode a whole stream; return its events and the decoder with what it noticed."""
    decoder = Decoder()
    events = decoder.feed(body)
    decoder.finish()
    return events, decoder
