"""Other spellings of the same event stream, right by WHATWG HTML §9.2 or almost right.

The one rule: what a fault here calls the same meaning, a reader by the standard must read as the very same events.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

from fault_injection.dialects.known import spoken
from fault_injection.fault import Fault, Law, Turn, param
from fault_injection.reply import Event, Reply
from fault_injection.stream import StreamFault, answer_place, first_lost, inserted, replaced

_MANY = 1_000_000
_LINE = re.compile(rb"([^\r\n]*)(\r\n|\r|\n)")


@dataclass(frozen=True, kw_only=True)
class LineEnds(StreamFault):
    """Lines end in CRLF or in CR, or in all three ways in turn."""

    id: ClassVar[str] = "sse.line_ends"
    law: ClassVar[Law] = Law.SAME_MEANING
    kind: str = param("crlf", "which line ends", choices=("crlf", "cr", "mixed"))

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        last = b""

        def spelled(line: re.Match[bytes]) -> bytes:
            nonlocal last
            text = line.group(1)
            choices = {"crlf": (b"\r\n",), "cr": (b"\r",), "mixed": (b"\n", b"\r\n", b"\r")}[self.kind]
            end = turn.rng.choice(choices)
            if last == b"\r" and not text and end == b"\n":
                end = b"\r\n"  # an LF right behind a CR would not be a line end of its own
            last = end
            return text + end

        return replace(reply, body=tuple(replace(item, raw=_LINE.sub(spelled, item.raw)) for item in reply.events))


@dataclass(frozen=True, kw_only=True)
class Bom(StreamFault):
    """The stream starts with a byte order mark, which a reader must drop."""

    id: ClassVar[str] = "sse.bom"
    law: ClassVar[Law] = Law.SAME_MEANING

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        first = reply.events[0]
        return replace(reply, body=replaced(reply.events, 0, replace(first, raw=b"\xef\xbb\xbf" + first.raw)))


@dataclass(frozen=True, kw_only=True)
class NoSpace(StreamFault):
    """There is no space after the colon of a field."""

    id: ClassVar[str] = "sse.no_space"
    law: ClassVar[Law] = Law.SAME_MEANING

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        # A value that itself starts with a space keeps both: one of them is dropped by the reader.
        return _respelled(reply, lambda raw: re.sub(rb"(?m)^(data|event|id|retry): (?! )", rb"\1:", raw))


@dataclass(frozen=True, kw_only=True)
class MultiLineData(StreamFault):
    """The JSON of every event is spread over several data lines, which a reader must join."""

    id: ClassVar[str] = "sse.multi_line_data"
    law: ClassVar[Law] = Law.SAME_MEANING

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        # A line end behind the first brace and before the last is white space between JSON tokens.
        return _respelled(reply, lambda raw: re.sub(rb"(?m)^data: ?\{(.+)\}$", rb"data: {\ndata: \1\ndata: }", raw))


@dataclass(frozen=True, kw_only=True)
class Comments(StreamFault):
    """Keep-alive comments stand between the events, inside them, or before the first and after the last."""

    id: ClassVar[str] = "sse.comments"
    law: ClassVar[Law] = Law.SAME_MEANING
    place: str = param("between", "where they stand", choices=("between", "inside", "ends"))
    every: int = param(1, "events from one comment to the next", unit="events", low=1, high=_MANY)
    text: str = param("keep-alive", "the comment; its line ends become spaces")

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        comment = _comment(self.text)
        if self.place == "ends":
            return replace(reply, body=(comment, *reply.events, comment))
        out: list[Event] = []
        for index, item in enumerate(reply.events):
            if self.place == "inside":
                out.append(_commented(item, comment.raw[:-1]) if index % self.every == 0 else item)
                continue
            if index % self.every == 0:
                out.append(comment)
            out.append(item)
        return replace(reply, body=tuple(out))


@dataclass(frozen=True, kw_only=True)
class CommentFlood(StreamFault):
    """A great many comments come in a row, in the middle of the stream, at once or one by one."""

    id: ClassVar[str] = "sse.comment_flood"
    law: ClassVar[Law] = Law.SAME_MEANING
    count: int = param(1_000, "how many", low=1, high=100_000)
    after: int = param(1, "data events before them; clamped so that one follows", unit="events", low=0, high=_MANY)
    text: str = param("keep-alive", "the comment; its line ends become spaces")
    wait_s: float = param(0.0, "silence before each", unit="s", low=0, high=600)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        # In lumps of up to 64: as many chunks as comments would measure the chunks instead.
        lump = 1 if self.wait_s else 64
        lumps = [lump] * (self.count // lump) + [self.count % lump] * bool(self.count % lump)
        raw = _comment(self.text).raw
        flood = (Event(raw * lump, self.wait_s) for lump in lumps)
        return replace(reply, body=inserted(reply.events, first_lost(reply.events, self.after), *flood))


@dataclass(frozen=True, kw_only=True)
class UnknownField(StreamFault):
    """Every event carries a field that no standard knows."""

    id: ClassVar[str] = "sse.unknown_field"
    law: ClassVar[Law] = Law.SAME_MEANING
    name: str = param("trace", "its name", choices=("trace", "DATA", "dataa", "data "))

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        line = self.name.encode() + b": none\n"
        return replace(reply, body=tuple(_headed(item, line) for item in reply.events))


@dataclass(frozen=True, kw_only=True)
class EventName(StreamFault):
    """Every event carries a name, so that a browser hands it to other listeners.

    The events of the Messages and the Responses API have names of their own, so none of their streams is struck.
    """

    id: ClassVar[str] = "sse.event_name"
    law: ClassVar[Law] = Law.OTHER_BYTES
    name: str = param("chunk", "the name; its line ends become spaces")

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        if spoken(reply.events) is not None:
            return reply
        line = b"event: " + _one_line(self.name) + b"\n"
        return replace(reply, body=tuple(_headed(item, line) for item in reply.events))


@dataclass(frozen=True, kw_only=True)
class IdAndRetry(StreamFault):
    """Every event carries an id, and the first a reconnection time."""

    id: ClassVar[str] = "sse.id_and_retry"
    law: ClassVar[Law] = Law.SAME_MEANING
    retry_ms: int = param(1_000, "the reconnection time", unit="ms", low=0, high=1 << 53)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        numbered = [_headed(item, b"id: %d\n" % index) for index, item in enumerate(reply.events)]
        first = _headed(numbered[0], b"retry: %d\n" % self.retry_ms)
        return replace(reply, body=(first, *numbered[1:]))


@dataclass(frozen=True, kw_only=True)
class MissingBlankLine(StreamFault):
    """The blank line after one event is missing, so that it runs into the next."""

    id: ClassVar[str] = "sse.missing_blank_line"
    law: ClassVar[Law] = Law.OTHER_BYTES
    at: int = param(1, "which data event, from 0; clamped to the last before [DONE]", low=0, high=_MANY)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        place = answer_place(reply.events, self.at)
        if place is None:
            return reply
        item = reply.events[place]
        joined = replace(item, raw=re.sub(rb"(\r\n|\r|\n)(\r\n|\r|\n)\Z", rb"\1", item.raw))
        return replace(reply, body=replaced(reply.events, place, joined))


@dataclass(frozen=True, kw_only=True)
class ExtraBlankLines(StreamFault):
    """More than one blank line follows every event."""

    id: ClassVar[str] = "sse.extra_blank_lines"
    law: ClassVar[Law] = Law.SAME_MEANING
    count: int = param(1, "how many more", low=1, high=1_000)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        return _respelled(reply, lambda raw: raw + b"\n" * self.count)


def _respelled(reply: Reply, spell: Callable[[bytes], bytes]) -> Reply:
    return replace(reply, body=tuple(replace(item, raw=spell(item.raw)) for item in reply.events))


def _headed(item: Event, line: bytes) -> Event:
    """Put a line before an event, but not into a comment, which it would turn into an event."""
    return replace(item, raw=line + item.raw) if item.data else item


def _commented(item: Event, line: bytes) -> Event:
    """Put a comment before each line of an event whose lines end in LF, its blank line included."""
    if not item.data or not item.raw.endswith(b"\n\n"):
        return item
    return replace(item, raw=re.sub(rb"(?m)^(?!\Z)", line.replace(b"\\", rb"\\"), item.raw))


def _one_line(text: str) -> bytes:
    return text.replace("\r", " ").replace("\n", " ").encode("utf-8", "replace")


def _comment(text: str) -> Event:
    return Event(b": " + _one_line(text) + b"\n\n")


FAULTS: tuple[type[Fault], ...] = (
    LineEnds,
    Bom,
    NoSpace,
    MultiLineData,
    Comments,
    CommentFlood,
    UnknownField,
    EventName,
    IdAndRetry,
    MissingBlankLine,
    ExtraBlankLines,
)
