"""Faults in what one event holds: JSON that cannot be read, bytes that no text has, or too many of them.

The one rule: whatever an event holds, it is one event still, with its field name and the blank line behind it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from fault_injection.chat import (
    Json,
    chunk_event,
    chunk_of,
    edited,
    finish_of,
    is_native,
    text_of,
    with_chunk,
    with_text,
    without,
)
from fault_injection.families.sse_text.place import AT, AT_TEXT, MANY, text_chunk, with_raw
from fault_injection.fault import Law, Turn, param
from fault_injection.reply import Event, Reply, event
from fault_injection.stream import StreamFault, answer_place, replaced


@dataclass(frozen=True, kw_only=True)
class MalformedJson(StreamFault):
    """The JSON of one event cannot be read."""

    id: ClassVar[str] = "sse.malformed_json"
    law: ClassVar[Law] = Law.OTHER_BYTES
    at: int = param(1, AT, low=0, high=MANY)
    kind: str = param(
        "cut",
        "half of it is missing, something follows it, or it has the wrong quotes",
        choices=("cut", "extra", "quotes"),
    )

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        place = answer_place(reply.events, self.at)
        if place is None:
            return reply
        item = reply.events[place]
        match self.kind:
            case "cut":
                data = item.data[: len(item.data) // 2]
            case "extra":
                data = item.data + b"}"
            case _:
                data = item.data.replace(b'"', b"'")
        return replace(reply, body=replaced(reply.events, place, event(data, item.wait_s)))


@dataclass(frozen=True, kw_only=True)
class InvalidUtf8(StreamFault):
    """The text of one event holds bytes that are not UTF-8."""

    id: ClassVar[str] = "sse.invalid_utf8"
    law: ClassVar[Law] = Law.OTHER_BYTES
    at: int = param(1, AT_TEXT, low=0, high=MANY)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        return with_raw(reply, self.at, b"\xc3\x28\xff")


@dataclass(frozen=True, kw_only=True)
class LoneSurrogate(StreamFault):
    """The text of one event escapes half a surrogate pair, which JSON allows and UTF-8 cannot encode."""

    id: ClassVar[str] = "sse.lone_surrogate"
    law: ClassVar[Law] = Law.OTHER_BYTES
    at: int = param(1, AT_TEXT, low=0, high=MANY)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        return with_raw(reply, self.at, b"\\ud83d")


@dataclass(frozen=True, kw_only=True)
class NulByte(StreamFault):
    """The text of one event holds a raw NUL byte, which JSON forbids."""

    id: ClassVar[str] = "sse.nul_byte"
    law: ClassVar[Law] = Law.OTHER_BYTES
    at: int = param(1, AT_TEXT, low=0, high=MANY)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        return with_raw(reply, self.at, b"\x00")


@dataclass(frozen=True, kw_only=True)
class HugeEvent(StreamFault):
    """One event is very long, and valid: its text is padded with `x`."""

    id: ClassVar[str] = "sse.huge_event"
    law: ClassVar[Law] = Law.OTHER_BYTES
    at: int = param(1, AT_TEXT, low=0, high=MANY)
    size_bytes: int = param(65_537, "length of the whole event", unit="bytes", low=1, high=12 * 1024 * 1024)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        found = text_chunk(reply.events, self.at)
        if found is None:
            return reply
        place, chunk = found
        item = reply.events[place]
        missing = self.size_bytes - len(with_chunk(item, chunk).raw)
        if missing <= 0:
            return reply
        # Padded as bytes: a writer of JSON looks at every character, which takes its time on megabytes.
        return with_raw(reply, self.at, b"x" * missing)


@dataclass(frozen=True, kw_only=True)
class ManyTinyEvents(StreamFault):
    """Every text is spread over events of one character each."""

    id: ClassVar[str] = "sse.many_tiny_events"
    law: ClassVar[Law] = Law.SAME_MEANING

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        out: list[Event] = []
        for item in reply.events:
            chunk = chunk_of(item)
            text = text_of(chunk) if chunk else ""
            if chunk is None or len(text) < 2 or finish_of(chunk) or _counts(chunk):
                out.append(item)
                continue
            out.append(with_chunk(item, with_text(chunk, text[0])))
            out += (chunk_event(with_text(_tail_of(chunk), character)) for character in text[1:])
        return replace(reply, body=tuple(out))


@dataclass(frozen=True, kw_only=True)
class NumericText(StreamFault):
    """Texts that are numbers arrive as JSON numbers, and one other text as the number 7."""

    id: ClassVar[str] = "sse.numeric_text"
    law: ClassVar[Law] = Law.OTHER_BYTES
    at: int = param(1, AT_TEXT, low=0, high=MANY)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        found = text_chunk(reply.events, self.at)
        if found is None:
            return reply
        place, chunk = found
        one = replaced(reply.events, place, with_chunk(reply.events[place], with_text(chunk, 7)))
        return replace(reply, body=edited(one, _numeric))


def _tail_of(chunk: Json) -> Json:
    """The chunk without what may be said once only: a role, tool calls."""
    if is_native(chunk):
        return without(chunk, "tool_calls")
    choice = chunk["choices"][0]
    return {**chunk, "choices": [{**choice, "delta": {"content": ""}}, *chunk["choices"][1:]]}


def _counts(chunk: Json) -> bool:
    """Whether a chunk tells what the answer cost. Workers AI says nought in each chunk before the one that does."""
    usage = chunk.get("usage")
    return any(usage.values()) if isinstance(usage, dict) else bool(usage)


def _numeric(chunk: Json) -> Json:
    text = text_of(chunk)
    number = text.isascii() and text.isdecimal() and (text == "0" or not text.startswith("0"))
    return with_text(chunk, int(text)) if number and len(text) < 16 else chunk
