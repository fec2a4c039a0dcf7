"""An upstream's answer while it comes, as the reply that a fault can rewrite.

The one rule: times are part of it. The silence before the head and before each event is what was measured, so that a
script made of the reply keeps upstream's own pace, and a fault in the pace is one on top of it.
"""

from __future__ import annotations

import re

from fault_injection.reply import Chunked, Event, Framing, Length, Reply, UntilClose
from fault_injection.wire import Close, Reset
from harness.core.observed.history import UpstreamEnd
from harness.core.observed.http_reader import ResponseReader

MOST_BYTES = 16 * 1024 * 1024
"""The longest answer that is kept to be rewritten."""
_BLANK_LINE = re.compile(rb"(?:\r\n|\n|\r(?=[^\n]))(?:\r\n|\n|\r(?=[^\n]))")


class LiveAnswer:
    """One answer: `feed` what comes, then `so_far` or `whole`. It was asked for at `asked_s`."""

    def __init__(self, method: str, *, version: str, asked_s: float) -> None:
        self._reader = ResponseReader(method, version=version)
        self._asked_s = asked_s
        self._head_s = asked_s
        self._last_s = asked_s
        self._events: list[Event] = []
        self._buffer = bytearray()
        self._size = 0

    def feed(self, data: bytes, at_s: float) -> None:
        """Take what came at a moment."""
        reader = self._reader
        had_head = reader.head_done
        reader.feed(data)
        if reader.head_done and not had_head:
            self._head_s = self._last_s = at_s
        body = reader.take()
        self._size += len(body)
        self._buffer += body
        if self.is_stream:
            self._cut(at_s)
        elif body:
            self._last_s = at_s

    @property
    def has_head(self) -> bool:
        """Whether status and headers are there."""
        return self._reader.head_done

    @property
    def is_complete(self) -> bool:
        """Whether its framing says that all of it is there."""
        return self._reader.complete

    @property
    def is_unreadable(self) -> bool:
        """Whether it is no HTTP/1.1 as RFC 9112 has it, from some place on."""
        return self._reader.stopped

    @property
    def is_too_long(self) -> bool:
        """Whether more has come than is kept."""
        return self._size > MOST_BYTES

    @property
    def is_stream(self) -> bool:
        """Whether it is a stream of events that can be read as they come."""
        reader = self._reader
        return "event-stream" in (reader.header("content-type") or "") and not reader.header("content-encoding")

    @property
    def coding(self) -> str:
        """The coding of its body, such as gzip; empty when there is none."""
        return self._reader.header("content-encoding") or ""

    @property
    def keeps(self) -> bool:
        """Whether upstream's connection takes another request behind it."""
        return self._reader.keeps

    def so_far(self) -> Reply:
        """Return the reply as far as it came: the whole events of a stream, or the part of a body that is there."""
        body: bytes | tuple[Event, ...] = tuple(self._events) if self.is_stream else bytes(self._buffer)
        return self._reply(body, self._framing(body))

    def whole(self, end: UpstreamEnd = UpstreamEnd.KEPT) -> Reply:
        """Return the reply that it turned out to be, broken off where it was; `end` is how its connection ended."""
        self._reader.eof()
        body: bytes | tuple[Event, ...] = bytes(self._buffer)
        if self.is_stream:
            rest = (Event(bytes(self._buffer)),) if self._buffer else ()
            body = (*self._events, *rest)
        framing = self._framing(body)
        if self._reader.complete:
            if isinstance(framing, Chunked):
                framing = Chunked(trailers=self._reader.trailers)
            reply = self._reply(body, framing)
            return reply if self._reader.keeps else _ended(reply, Close())
        if isinstance(framing, Chunked):
            framing = Chunked(terminated=False)
        return _ended(self._reply(body, framing), Reset() if end is UpstreamEnd.RESET else Close())

    def _reply(self, body: bytes | tuple[Event, ...], framing: Framing) -> Reply:
        reader = self._reader
        dropped = {"transfer-encoding"} if reader.framing == "none" else {"transfer-encoding", "content-length"}
        came_s = self._head_s if self.is_stream else self._last_s
        return Reply(
            status=reader.status or 502,
            headers=tuple(pair for pair in reader.headers if pair[0].lower() not in dropped),
            body=body,
            framing=framing,
            wait_s=max(0.0, came_s - self._asked_s),
        )

    def _framing(self, body: bytes | tuple[Event, ...]) -> Framing:
        match self._reader.framing:
            case "chunked":
                return Chunked()
            case "until-close":
                return UntilClose()
            case "length":
                here = len(body) if isinstance(body, bytes) else sum(len(item.raw) for item in body)
                told = (self._reader.header("content-length") or "").partition(",")[0].strip()  # it may come as a list
                return Length(off_by_bytes=int(told) - here)
            case _:
                return Length()

    def _cut(self, at_s: float) -> None:
        """Take the events that are whole off the buffer."""
        start = 0
        while found := _BLANK_LINE.search(self._buffer, start):
            self._events.append(Event(bytes(self._buffer[start : found.end()]), max(0.0, at_s - self._last_s)))
            self._last_s = at_s
            start = found.end()
        del self._buffer[:start]


def _ended(reply: Reply, ending: Close | Reset) -> Reply:
    return Reply(
        status=reply.status,
        headers=reply.headers,
        body=reply.body,
        framing=reply.framing,
        wait_s=reply.wait_s,
        ending=ending,
        sudden=True,
    )
