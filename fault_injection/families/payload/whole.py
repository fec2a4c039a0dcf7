"""Faults of the body as a whole: none, half of it, no JSON, an error, or a stream instead.

The one rule: what comes is of the right length for what it claims to be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from fault_injection.chat import Json, answer_of, chunk_event
from fault_injection.cloudflare_errors import AI_ERRORS, D1_TEXTS, ai_error, d1_error
from fault_injection.families.payload.body import BodyFault
from fault_injection.fault import Law, Turn, param
from fault_injection.reply import Chunked, Reply, event


@dataclass(frozen=True, kw_only=True)
class EmptyBody(BodyFault):
    """The status is correct, but the body is empty."""

    id: ClassVar[str] = "payload.empty_body"
    law: ClassVar[Law] = Law.PREFIX

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        return reply if reply.is_stream else replace(reply, body=b"")


@dataclass(frozen=True, kw_only=True)
class TruncatedJson(BodyFault):
    """The JSON stops halfway in a body of the right length."""

    id: ClassVar[str] = "payload.truncated_json"
    law: ClassVar[Law] = Law.PREFIX
    keep_fraction: float = param(0.5, "part of the body that arrives; at least one byte is lost", low=0, high=1)

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        if reply.is_stream:
            return reply
        size = len(reply.body_bytes)
        keep = max(0, min(int(size * self.keep_fraction), size - 1))
        return replace(reply, body=reply.body_bytes[:keep])


@dataclass(frozen=True, kw_only=True)
class InvalidJson(BodyFault):
    """The body claims to be JSON but is not: Python's quotes, bare words, or a second value behind the first."""

    id: ClassVar[str] = "payload.invalid_json"
    law: ClassVar[Law] = Law.OTHER_BYTES
    kind: str = param("quotes", "what is wrong with it", choices=("quotes", "words", "extra"))

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        if reply.is_stream:
            return reply
        body = reply.body_bytes
        match self.kind:
            case "quotes":
                return replace(reply, body=body.replace(b'"', b"'"))
            case "words":
                return replace(reply, body=b"upstream connect error")
            case _:
                return replace(reply, body=body + b"}{")


@dataclass(frozen=True, kw_only=True)
class SuccessFalse(BodyFault):
    """The status is 200, but the body says `"success": false` with an error in it."""

    id: ClassVar[str] = "payload.success_false"
    law: ClassVar[Law] = Law.OTHER_BYTES
    ai_code: int = param(3040, "Cloudflare's internal code", low=1_000, high=99_999)

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        if reply.is_stream:
            return reply
        row = AI_ERRORS.get(self.ai_code)
        told = ai_error(self.ai_code, f"AiError: {row.message if row else 'Unknown error'}")
        body = d1_error(D1_TEXTS[500]) if reply.binding == "d1" else told
        return replace(reply.with_header("content-type", "application/json"), status=200, body=body)


@dataclass(frozen=True, kw_only=True)
class EventsInstead(BodyFault):
    """One JSON body was asked for, but the answer comes as an event stream."""

    id: ClassVar[str] = "payload.events_instead"
    law: ClassVar[Law] = Law.OTHER_BYTES
    tell: ClassVar[str] = "another kind of answer has its own content type and framing"
    label: str = param("events", "whether the content type says so or still JSON", choices=("events", "json"))

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        answer = answer_of(reply)
        chunks = list(_chunks(answer)) if answer else []
        if not chunks:
            return reply
        kind = "text/event-stream" if self.label == "events" else "application/json"
        events = (*map(chunk_event, chunks), event("[DONE]"))
        return replace(reply.with_header("content-type", kind), body=events, framing=Chunked())


def _chunks(answer: Json) -> Iterator[Json]:
    """Yield an answer as the chunks of a stream; none for anything that is no answer."""
    result = answer.get("result")
    core = result if isinstance(result, dict) else answer
    if isinstance(core.get("response"), str):
        yield from ({**half, "p": "abdefgh"} for half in _halved({"response": core["response"]}))
        yield {"response": "", **({"usage": core["usage"]} if core.get("usage") else {})}
    choices = core.get("choices")
    messages = [choice for choice in choices if isinstance(choice, dict)] if isinstance(choices, list) else []
    head = {name: core[name] for name in ("id", "created", "model") if name in core}
    for choice in messages:
        message = choice.get("message")
        said = {key: value for key, value in message.items() if value} if isinstance(message, dict) else {}
        calls = said.pop("tool_calls", [])
        if calls:
            said["tool_calls"] = [{"index": at, **call} for at, call in enumerate(calls)]
        place = {"index": choice.get("index", 0)}
        first, rest = _halved(said)
        for delta, finish in ((first, None), (rest, None), ({}, choice.get("finish_reason"))):
            told = {**place, "delta": delta, "finish_reason": finish}
            yield {**head, "object": "chat.completion.chunk", "choices": [told]}
    if messages and core.get("usage"):
        yield {**head, "object": "chat.completion.chunk", "choices": [], "usage": core["usage"]}


def _halved(said: Json) -> tuple[Json, Json]:
    """Return what is said in two parts, the second with the second half of the text."""
    name = next((name for name in ("content", "response") if isinstance(said.get(name), str)), None)
    if name is None:
        return said, {}
    text = said[name]
    return {**said, name: text[: len(text) // 2]}, {name: text[len(text) // 2 :]}
