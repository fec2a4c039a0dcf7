"""A small parser of server-sent events, for proxies that put events together anew.

The one rule: bytes are split into lines before they are decoded, so that no read can tear a character apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LINE_END = re.compile(rb"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its type and its data."""

    type: str
    data: str


class Parser:
    """Bytes in, events out, however the bytes come."""

    def __init__(self) -> None:
        self._rest = b""
        self._after_cr = False
        self._begun = False
        self._type = ""
        self._data: list[str] = []

    def feed(self, piece: bytes) -> list[Event]:
        """Take more bytes and return the events they complete; UnicodeDecodeError when they are no UTF-8."""
        text = piece.removeprefix(b"\n") if self._after_cr else piece  # the other half of a CRLF
        self._after_cr = piece.endswith(b"\r")
        *lines, self._rest = _LINE_END.split(self._rest + text)
        return [event for line in lines if (event := self._line(line))]

    def _line(self, raw: bytes) -> Event | None:
        if not self._begun:
            raw, self._begun = raw.removeprefix(b"\xef\xbb\xbf"), True
        line = self.decode(raw)
        if not line:
            event = Event(self._type or "message", "\n".join(self._data)) if self._data else None
            self._type, self._data = "", []
            return event
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._type = value
        return None

    def decode(self, raw: bytes) -> str:
        """Return a line's text."""
        return raw.decode()
