"""An incremental, bounded parser of Server-Sent Events (WHATWG HTML §9.2.6).

The one rule: work is linear in the bytes fed, however they are split, and memory is bounded by one event.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

_BOM = b"\xef\xbb\xbf"
_PLAIN = b"data: "
_LINE_END = re.compile(rb"\r\n|\r|\n")  # nothing else ends a line: not U+2028, not form feed


class SseError(Exception):
    """The bytes are no event stream that we are willing to read."""


class SseTooLargeError(SseError):
    """One event is larger than the bound."""


class SseEncodingError(SseError):
    """An event is not valid UTF-8.

    A browser would show U+FFFD; a proxy would be altering the answer, so it refuses.
    """


class SseEvent(NamedTuple):
    """One dispatched event: its type (`message` unless named) and its data, lines joined by LF."""

    event: str
    data: str


class SseParser:
    """Turns bytes, split anywhere, into events; an event without its blank line is never dispatched."""

    def __init__(self, *, max_event_bytes: int) -> None:
        self._max_bytes = max_event_bytes
        self._head: bytes | None = b""  # bytes that may yet be a byte order mark; None once that is decided
        self._line: list[bytes] = []  # the unfinished line, in pieces: joining early would be quadratic
        self._line_bytes = 0
        self._after_cr = False
        self._type = b""
        self._data: list[bytes] = []
        self._data_bytes = 0

    def feed(self, block: bytes) -> Iterator[SseEvent]:
        """Yield the events that `block` completes; raises SseError at the first one that cannot be read."""
        block = self._without_bom(block)
        if self._after_cr and block:
            self._after_cr = False
            if block.startswith(b"\n"):
                block = block[1:]
        start = 0
        if not (self._line or self._data or self._type or b"\r" in block):
            while (line_end := self._end_of_plain(block, start)) > 0:
                data = block[start + len(_PLAIN) : line_end]
                start = line_end + len(b"\n\n")
                yield _event(b"", data)
            block, start = block[start:], 0
        for end in _LINE_END.finditer(block):
            line = self._whole(block[start : end.start()])
            start = end.end()
            # Set before yielding: a consumer may stop at the event it waits for and feed on later.
            self._after_cr = start == len(block) and end.group() == b"\r"
            event = self._take(line)
            if event is not None:
                yield event
        self._hold(block[start:])

    def _end_of_plain(self, block: bytes, start: int) -> int:
        """Where the line ends that is an event by itself, as nearly all are; -1 where no such event begins."""
        if not block.startswith(_PLAIN, start):
            return -1
        end = block.find(b"\n", start)
        return end if block.startswith(b"\n", end + 1) and end - start <= self._max_bytes else -1

    @property
    def unfinished(self) -> bool:
        """Whether part of an event was read whose end has not come.

        A lone unfinished `data: [DONE]` is excused: the end mark lacks only its blank line.
        """
        line = b"".join(self._line)
        pending = [*self._data, *([_value(line[5:])] if line.startswith(b"data:") else [])]
        if pending == [b"[DONE]"] and (self._data == [] or not line):
            return False
        return bool(self._data or (line and not line.startswith(b":")))

    def _without_bom(self, block: bytes) -> bytes:
        if self._head is None:
            return block
        block = self._head + block
        if len(block) < len(_BOM) and _BOM.startswith(block):
            self._head = block
            return b""
        self._head = None
        return block.removeprefix(_BOM)

    def _whole(self, piece: bytes) -> bytes:
        """Return the line that ends with this piece."""
        if not self._line and len(piece) + self._data_bytes <= self._max_bytes:
            return piece
        self._hold(piece)
        line = b"".join(self._line)
        self._line.clear()
        self._line_bytes = 0
        return line

    def _hold(self, piece: bytes) -> None:
        if not piece:
            return
        self._line.append(piece)
        self._line_bytes += len(piece)
        if self._line_bytes + self._data_bytes > self._max_bytes:
            raise SseTooLargeError(f"an event exceeds {self._max_bytes} bytes")

    def _take(self, line: bytes) -> SseEvent | None:
        if not line:
            return self._dispatch()
        name, colon, value = line.partition(b":")
        if not name and colon:
            return None
        value = _value(value)
        if name == b"data":
            self._data.append(value)
            self._data_bytes += len(value) + 1
        elif name == b"event":
            self._type = value
        return None

    def _dispatch(self) -> SseEvent | None:
        data, kind = self._data, self._type
        self._data, self._data_bytes, self._type = [], 0, b""
        return _event(kind, b"\n".join(data)) if data else None


def _event(kind: bytes, data: bytes) -> SseEvent:
    try:
        return SseEvent(kind.decode("utf-8", "replace") or "message", data.decode("utf-8"))
    except UnicodeDecodeError:
        raise SseEncodingError("an event is not valid UTF-8") from None


def _value(raw: bytes) -> bytes:
    return raw[1:] if raw.startswith(b" ") else raw
