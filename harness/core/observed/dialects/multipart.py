"""The parts of a `multipart/mixed` body from bytes, incrementally (RFC 2046 §5.1).

The one rule: however the bytes were split, the same parts come out. A part that tells its length is there with its
last byte, any other with the boundary behind it.
"""

from __future__ import annotations

import re
from typing import Final

_BOUNDARY: Final = re.compile(r'boundary="?([^";\s]+)"?', re.IGNORECASE)
_LENGTH: Final = re.compile(rb"content-length:[ \t]*(\d{1,12})", re.IGNORECASE)
_END: Final = b"--"


class Parts:
    """Turns a body into its parts; `feed` as the bytes come."""

    def __init__(self, content_type: str) -> None:
        found = _BOUNDARY.search(content_type)
        self._mark = b"\r\n--" + (found[1] if found else "-").encode()
        self._rest = b"\r\n"  # a first boundary needs no line end before it
        self._in_part = False
        self.closed = False
        """Whether the last boundary has come."""
        self.problems: list[str] = []
        """Where the framing is not what the standard says."""

    def feed(self, data: bytes) -> list[bytes]:
        """Take more bytes; return the contents of the parts that they complete."""
        self._rest += data
        found: list[bytes] = []
        while not self.closed and self._step(found):
            pass
        return found

    def _step(self, found: list[bytes]) -> bool:
        return self._part(found) if self._in_part else self._boundary()

    def _boundary(self) -> bool:
        at = self._rest.find(self._mark)
        behind = at + len(self._mark)
        if at < 0 or len(self._rest) < behind + len(_END):
            return False
        if self._rest[:at].strip() and not self.problems:
            self.problems.append("bytes stand between a part and the boundary behind it")
        self.closed = self._rest.startswith(_END, behind)
        self._rest = self._rest[behind:]
        self._in_part = not self.closed
        return True

    def _part(self, found: list[bytes]) -> bool:
        head, blank, body = self._rest.partition(b"\r\n\r\n")
        if not blank:
            return False
        told = _LENGTH.search(head)
        length = int(told[1]) if told else body.find(self._mark)
        if length < 0 or len(body) < length:
            return False
        found.append(body[:length])
        self._rest = body[length:]
        self._in_part = False
        return True

    def finish(self, *, whole: bool) -> None:
        """Say that the body has ended; `whole` says that the last part told so."""
        if whole and not self.closed:
            self.problems.append("the closing boundary is missing")
