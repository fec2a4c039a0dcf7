"""An incremental, bounded reader of NDJSON: one JSON text a line, each ended by a line feed.

The one rule: a line without its end is no line. Where a stream stops inside one, it was cut.
Source: NDJSON 1.0.0 (§3.1: each JSON text is followed by a line feed; §3.2: empty lines may be ignored).
"""

from collections.abc import Iterator

from harness.reference_proxy.answers.sse import SseEncodingError, SseEvent, SseTooLargeError

KINDS = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl"})
"""The content types under which it comes; none of them is registered."""


class LineParser:
    """Turns bytes, split anywhere, into one event for each line, so that both kinds of stream are read alike."""

    def __init__(self, *, max_event_bytes: int) -> None:
        self._max_bytes = max_event_bytes
        self._pieces: list[bytes] = []  # the unfinished line: joining early would be quadratic
        self._size = 0

    def feed(self, block: bytes) -> Iterator[SseEvent]:
        """Yield the lines that `block` completes; raises SseError at the first one that cannot be read."""
        *lines, rest = block.split(b"\n")
        for piece in lines:
            self._hold(piece)
            line = b"".join(self._pieces).strip()
            self._pieces.clear()
            self._size = 0
            if line:
                yield SseEvent("message", _text(line))
        self._hold(rest)

    @property
    def unfinished(self) -> bool:
        """Whether part of a line was read whose end has not come."""
        return any(piece.strip() for piece in self._pieces)

    def _hold(self, piece: bytes) -> None:
        if not piece:
            return
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size > self._max_bytes:
            raise SseTooLargeError(f"a line exceeds {self._max_bytes} bytes")


def _text(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        raise SseEncodingError("a line is not valid UTF-8") from None
