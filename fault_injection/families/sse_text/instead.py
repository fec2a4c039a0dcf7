"""Faults that answer with something else than the stream that was asked for: one JSON body, or a page.

The one rule: it is a whole answer of its kind, with the content type and the framing of that kind.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from fault_injection.chat import (
    Json,
    arguments_of,
    call_index_of,
    choice_of,
    chunk_of,
    delta_of,
    dump,
    index_of,
    is_native,
    text_of,
    tool_calls_of,
)
from fault_injection.cloudflare.pages import challenge_page, ray_id
from fault_injection.dialects.known import spoken
from fault_injection.fault import Law, Turn
from fault_injection.reply import Length, Reply
from fault_injection.stream import StreamFault


@dataclass(frozen=True, kw_only=True)
class JsonInstead(StreamFault):
    """A stream was asked for, but the whole answer comes as one JSON body."""

    id: ClassVar[str] = "sse.json_instead"
    law: ClassVar[Law] = Law.OTHER_BYTES
    tell: ClassVar[str] = "another kind of answer has its own content type and framing"
    looks_ahead: ClassVar[bool] = True

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        chunks = [chunk for chunk in map(chunk_of, reply.events) if chunk]
        api = spoken(reply.events)
        if api is not None:
            told = api.answer(chunks)
            return reply if told is None else _instead(reply, "application/json", dump(told))
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
    calls: dict[int, dict[int, Json]] = {}
    for chunk in chunks:
        item = choice_of(chunk)
        if item is None:
            continue
        index = index_of(chunk)
        message: Json = {"role": "assistant", "content": None}
        whole = found.setdefault(index, {"index": index, "message": message, "finish_reason": "stop"})
        whole["finish_reason"] = item.get("finish_reason") or whole["finish_reason"]
        for name, value in delta_of(chunk).items():
            if name == "tool_calls" and isinstance(value, list):
                whole["message"][name] = _joined(calls.setdefault(index, {}), tool_calls_of(chunk))
            else:
                _join(whole["message"], name, value)
    return [found[index] for index in sorted(found)]


def _joined(calls: dict[int, Json], pieces: list[Json]) -> list[Json]:
    """Add pieces to the calls that they are of, and return these in their order."""
    for piece in pieces:
        call = calls.setdefault(call_index_of(piece), {"type": "function", "function": {"arguments": ""}})
        function = piece.get("function")
        name = function.get("name") if isinstance(function, dict) else None
        call.update({key: piece[key] for key in ("id", "type") if piece.get(key)})
        call["function"] |= {"name": name} if name else {}
        call["function"]["arguments"] += arguments_of(piece)
    return [calls[at] for at in sorted(calls)]


def _join(message: Json, name: str, value: object) -> None:
    before = message.get(name)
    if isinstance(before, str) and isinstance(value, str) and name != "role":
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


def _instead(reply: Reply, content_type: str, body: bytes) -> Reply:
    return replace(reply.with_header("content-type", content_type), body=body, framing=Length())
