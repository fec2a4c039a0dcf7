"""Faults in the events of a stream: malformed, oversized, lost, repeated, or not events at all.

The one rule: exactly the event that was asked for is struck; all others stay as they were.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from fault_injection.chat import (
    Json,
    choice_of,
    chunk_event,
    chunk_of,
    delta_of,
    dump,
    edited,
    finish_of,
    index_of,
    is_native,
    text_of,
    with_chunk,
    with_text,
)
from fault_injection.cloudflare_errors import challenge_page, ray_id
from fault_injection.fault import Fault, Law, Turn, param
from fault_injection.reply import Event, Length, Reply, event
from fault_injection.stream import Events, StreamFault, answer_place, data_places, replaced

_MANY = 1_000_000
_AT = "which data event, from 0; clamped to the last before [DONE]"
_AT_TEXT = "which data event, from 0; the next one with text is struck, or else the last with text"
_MARK = "\ue000"
"""Stands where raw bytes are to be put; a character of private use, which no answer has."""


@dataclass(frozen=True, kw_only=True)
class MalformedJson(StreamFault):
    """The JSON of one event cannot be read."""

    id: ClassVar[str] = "sse.malformed_json"
    law: ClassVar[Law] = Law.OTHER_BYTES
    at: int = param(1, _AT, low=0, high=_MANY)
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
    at: int = param(1, _AT_TEXT, low=0, high=_MANY)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        return _with_raw(reply, self.at, b"\xc3\x28\xff")


@dataclass(frozen=True, kw_only=True)
class LoneSurrogate(StreamFault):
    """The text of one event escapes half a surrogate pair, which JSON allows and UTF-8 cannot encode."""

    id: ClassVar[str] = "sse.lone_surrogate"
    law: ClassVar[Law] = Law.OTHER_BYTES
    at: int = param(1, _AT_TEXT, low=0, high=_MANY)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        return _with_raw(reply, self.at, b"\\ud83d")


@dataclass(frozen=True, kw_only=True)
class NulByte(StreamFault):
    """The text of one event holds a raw NUL byte, which JSON forbids."""

    id: ClassVar[str] = "sse.nul_byte"
    law: ClassVar[Law] = Law.OTHER_BYTES
    at: int = param(1, _AT_TEXT, low=0, high=_MANY)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        return _with_raw(reply, self.at, b"\x00")


@dataclass(frozen=True, kw_only=True)
class HugeEvent(StreamFault):
    """One event is very long, and valid: its text is padded with `x`."""

    id: ClassVar[str] = "sse.huge_event"
    law: ClassVar[Law] = Law.OTHER_BYTES
    at: int = param(1, _AT_TEXT, low=0, high=_MANY)
    size_bytes: int = param(65_537, "length of the whole event", unit="bytes", low=1, high=12 * 1024 * 1024)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        found = _text_chunk(reply.events, self.at)
        if found is None:
            return reply
        place, chunk = found
        item = reply.events[place]
        missing = self.size_bytes - len(with_chunk(item, chunk).raw)
        if missing <= 0:
            return reply
        # Padded as bytes: a writer of JSON looks at every character, which takes its time on megabytes.
        return _with_raw(reply, self.at, b"x" * missing)


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
    at: int = param(1, _AT_TEXT, low=0, high=_MANY)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        found = _text_chunk(reply.events, self.at)
        if found is None:
            return reply
        place, chunk = found
        one = replaced(reply.events, place, with_chunk(reply.events[place], with_text(chunk, 7)))
        return replace(reply, body=edited(one, _numeric))


@dataclass(frozen=True, kw_only=True)
class DuplicateEvent(StreamFault):
    """One event arrives twice."""

    id: ClassVar[str] = "sse.duplicate_event"
    law: ClassVar[Law] = Law.OTHER_BYTES
    at: int = param(1, _AT, low=0, high=_MANY)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        place = answer_place(reply.events, self.at)
        if place is None:
            return reply
        item = reply.events[place]
        return replace(reply, body=replaced(reply.events, place, item, replace(item, wait_s=0.0)))


@dataclass(frozen=True, kw_only=True)
class DropEvent(StreamFault):
    """One event never arrives."""

    id: ClassVar[str] = "sse.drop_event"
    law: ClassVar[Law] = Law.OTHER_BYTES
    at: int = param(1, _AT, low=0, high=_MANY)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        place = answer_place(reply.events, self.at)
        return reply if place is None else replace(reply, body=replaced(reply.events, place))


@dataclass(frozen=True, kw_only=True)
class ReorderEvents(StreamFault):
    """One event changes places with the next."""

    id: ClassVar[str] = "sse.reorder_events"
    law: ClassVar[Law] = Law.OTHER_BYTES
    at: int = param(1, "which data event, from 0; clamped so that another one before [DONE] follows", low=0, high=_MANY)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        events = list(reply.events)
        places = [place for place in data_places(reply.events) if not events[place].is_done]
        if len(places) < 2:
            return reply
        at = min(self.at, len(places) - 2)
        one, other = places[at], places[at + 1]
        # The silences stay where they were: it is the contents that change places.
        events[one], events[other] = (
            replace(events[other], wait_s=events[one].wait_s),
            replace(events[one], wait_s=events[other].wait_s),
        )
        return replace(reply, body=tuple(events))


@dataclass(frozen=True, kw_only=True)
class JsonInstead(StreamFault):
    """A stream was asked for, but the whole answer comes as one JSON body."""

    id: ClassVar[str] = "sse.json_instead"
    law: ClassVar[Law] = Law.OTHER_BYTES
    tell: ClassVar[str] = "another kind of answer has its own content type and framing"
    looks_ahead: ClassVar[bool] = True

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        chunks = [chunk for chunk in map(chunk_of, reply.events) if chunk]
        usage = next((chunk["usage"] for chunk in reversed(chunks) if chunk.get("usage")), None)
        if all(map(is_native, chunks)):
            result: Json = {"response": "".join(map(text_of, chunks)), "tool_calls": [], "usage": usage}
            answer: Json = {"result": result, "success": True, "errors": [], "messages": []}
        else:
            answer = {
                "id": chunks[0].get("id", "chatcmpl-1"),
                "object": "chat.completion",
                "created": chunks[0].get("created", 1),
                "model": chunks[0].get("model", ""),
                "choices": _choices(chunks),
                "usage": usage,
            }
        return _instead(reply, "application/json", dump(answer))


def _choices(chunks: list[Json]) -> list[Json]:
    """Put chunks together into the choices of a whole answer: texts are joined, calls by their index."""
    found: dict[int, Json] = {}
    for chunk in chunks:
        item = choice_of(chunk)
        if item is None:
            continue
        index = index_of(chunk)
        message: Json = {"role": "assistant", "content": None}
        whole = found.setdefault(index, {"index": index, "message": message, "finish_reason": "stop"})
        whole["finish_reason"] = item.get("finish_reason") or whole["finish_reason"]
        for name, value in delta_of(chunk).items():
            _join(whole["message"], name, value)
    return [found[index] for index in sorted(found)]


def _join(message: Json, name: str, value: object) -> None:
    before = message.get(name)
    if name == "tool_calls" and isinstance(value, list):
        calls: dict[int, Json] = dict(enumerate(before or []))
        for piece in value:
            call = calls.setdefault(piece.get("index", 0), {"type": "function", "function": {"arguments": ""}})
            said = piece.get("function") or {}
            call.update({key: piece[key] for key in ("id", "type") if piece.get(key)})
            call["function"] |= {"name": said["name"]} if said.get("name") else {}
            call["function"]["arguments"] += said.get("arguments") or ""
        message[name] = [calls[at] for at in sorted(calls)]
    elif isinstance(before, str) and isinstance(value, str) and name != "role":
        message[name] = before + value
    elif value is not None:
        message[name] = value


@dataclass(frozen=True, kw_only=True)
class HtmlInstead(StreamFault):
    """A stream was asked for, but an HTML page comes with status 200."""

    id: ClassVar[str] = "sse.html_instead"
    law: ClassVar[Law] = Law.OTHER_BYTES
    tell: ClassVar[str] = "another kind of answer has its own content type and framing"

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        return _instead(reply, "text/html; charset=UTF-8", challenge_page(ray_id(turn.rng)))


def _text_chunk(events: Events, at: int) -> tuple[int, Json] | None:
    """Find the event with text at data event `at` or behind it, or else the last one that has any."""
    first = answer_place(events, at)
    found = None
    for place in data_places(events):
        chunk = chunk_of(events[place])
        if chunk and text_of(chunk):
            found = place, chunk
            if first is not None and place >= first:
                break
    return found


def _with_raw(reply: Reply, at: int, raw: bytes) -> Reply:
    found = _text_chunk(reply.events, at)
    if found is None:
        return reply
    place, chunk = found
    marked = with_chunk(reply.events[place], with_text(chunk, text_of(chunk) + _MARK))
    spoiled = replace(marked, raw=marked.raw.replace(_MARK.encode(), raw, 1))
    return replace(reply, body=replaced(reply.events, place, spoiled))


def _tail_of(chunk: Json) -> Json:
    """The chunk without what may be said once only: a role, tool calls."""
    if is_native(chunk):
        return {key: value for key, value in chunk.items() if key != "tool_calls"}
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


def _instead(reply: Reply, content_type: str, body: bytes) -> Reply:
    return replace(reply.with_header("content-type", content_type), body=body, framing=Length())


FAULTS: tuple[type[Fault], ...] = (
    MalformedJson,
    InvalidUtf8,
    LoneSurrogate,
    NulByte,
    HugeEvent,
    ManyTinyEvents,
    NumericText,
    DuplicateEvent,
    DropEvent,
    ReorderEvents,
    JsonInstead,
    HtmlInstead,
)
