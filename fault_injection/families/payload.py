"""Faults in the body of an answer that is no stream: unreadable, incomplete, or of other types than agreed.

The one rule: both forms are struck alike, the v4 envelope around `response` and OpenAI's `choices`; a stream, and
anything else that is not recognised, is left as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from fault_injection.chat import (
    Json,
    answer_of,
    choice_of,
    chunk_event,
    dump,
    edit_core,
    edit_message,
    with_answer,
    with_choice,
)
from fault_injection.cloudflare_errors import AI_ERRORS, D1_TEXTS, ai_error, d1_error
from fault_injection.fault import Fault, Law, Need, ReplyFault, Turn, param
from fault_injection.reply import Chunked, Reply, event

_MARK = "\ue000"
"""Stands where padding is to be put; a character of private use, which no answer has."""


class BodyFault(ReplyFault):
    """A fault in a body that comes whole: its length is right, whatever it holds."""

    needs: ClassVar[tuple[Need, ...]] = (Need.BODY,)


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
class WrongType(BodyFault):
    """One part of the answer has another JSON type than agreed."""

    id: ClassVar[str] = "payload.wrong_type"
    law: ClassVar[Law] = Law.OTHER_BYTES
    where: str = param("content", "which part", choices=("content", "choices", "usage", "root"))

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        answer = answer_of(reply)
        if answer is None:
            return reply
        match self.where:
            case "content":
                return _on_text(reply, {"text": "not a string"})
            case "choices":
                return _on_core(reply, lambda core: {**core, "choices": "none"} if "choices" in core else core)
            case "usage":
                return _on_core(reply, lambda core: {**core, "usage": "many"} if "usage" in core else core)
            case _:
                return with_answer(reply, [answer])


@dataclass(frozen=True, kw_only=True)
class MissingField(BodyFault):
    """One field of the answer is missing."""

    id: ClassVar[str] = "payload.missing_field"
    law: ClassVar[Law] = Law.OTHER_BYTES
    path: str = param(
        "content",
        "which field",
        choices=("choices", "message", "content", "finish_reason", "usage", "result", "response", "role"),
    )

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        match self.path:
            case "result":
                answer = answer_of(reply)
                return with_answer(reply, _without(answer, "result")) if answer and "result" in answer else reply
            case "content" | "role":
                return _on_message(reply, lambda message, text: _without(message, self._named(text)))
            case "message" | "finish_reason":
                return _on_choice(reply, lambda choice: _without(choice, self.path))
            case _:
                return _on_core(reply, lambda core: _without(core, self.path))

    def _named(self, text: str) -> str:
        return text if self.path == "content" else self.path


@dataclass(frozen=True, kw_only=True)
class NullContent(BodyFault):
    """The answer's text is null."""

    id: ClassVar[str] = "payload.null_content"
    law: ClassVar[Law] = Law.OTHER_BYTES

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        return _on_text(reply, None)


@dataclass(frozen=True, kw_only=True)
class NumericContent(BodyFault):
    """The answer's text is a JSON number, as Workers AI sends numeric answers."""

    id: ClassVar[str] = "payload.numeric_content"
    law: ClassVar[Law] = Law.OTHER_BYTES
    number: int = param(42, "which", low=-(10**15), high=10**15)

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        return _on_text(reply, self.number)


@dataclass(frozen=True, kw_only=True)
class WrongContent(BodyFault):
    """The answer is correct in every way, but says something else."""

    id: ClassVar[str] = "payload.wrong_content"
    law: ClassVar[Law] = Law.OTHER_BYTES
    text: str = param("This is another answer.", "what it says")

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        return _on_text(reply, self.text)


@dataclass(frozen=True, kw_only=True)
class ExtraField(BodyFault):
    """The answer has unknown fields, which a reader must ignore."""

    id: ClassVar[str] = "payload.extra_field"
    law: ClassVar[Law] = Law.OTHER_BYTES
    name: str = param("x_extra", "their name")

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        answer = answer_of(reply)
        if answer is None:
            return reply
        extra: Json = {self.name: {"since": "2027"}}
        # Behind what was there, and never in the place of it.
        return with_answer(reply, {**extra, **edit_core(answer, lambda core: {**extra, **core})})


@dataclass(frozen=True, kw_only=True)
class Huge(BodyFault):
    """The answer is valid and very large: its text is padded with `x`."""

    id: ClassVar[str] = "payload.huge"
    law: ClassVar[Law] = Law.OTHER_BYTES
    size_bytes: int = param(1_500_000, "length of the whole body", unit="bytes", low=1, high=60_000_000)

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        answer = answer_of(reply)
        if answer is None:
            return reply
        missing = self.size_bytes - len(dump(answer))
        if missing <= 0:
            return reply
        marked = _on_message(reply, _marked)
        # Padded as bytes: a writer of JSON looks at every character, which takes its time on megabytes.
        return replace(marked, body=marked.body_bytes.replace(_MARK.encode(), b"x" * missing, 1))


@dataclass(frozen=True, kw_only=True)
class DeepNesting(BodyFault):
    """The answer holds lists nested so deep that a careless parser runs out of stack."""

    id: ClassVar[str] = "payload.deep_nesting"
    law: ClassVar[Law] = Law.OTHER_BYTES
    depth: int = param(10_000, "how deep", low=1, high=1_000_000)

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        answer = answer_of(reply)
        if answer is None:
            return reply
        # Written by hand: the library's own writer would run out of stack first.
        deep = b'"deep":' + b"[" * self.depth + b"]" * self.depth
        body = dump(answer)
        return replace(reply, body=body[:-1] + (b"," if answer else b"") + deep + b"}")


@dataclass(frozen=True, kw_only=True)
class EmptyChoices(BodyFault):
    """The list of choices is empty."""

    id: ClassVar[str] = "payload.empty_choices"
    law: ClassVar[Law] = Law.OTHER_BYTES

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        return _on_core(reply, lambda core: {**core, "choices": []} if "choices" in core else core)


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


@dataclass(frozen=True, kw_only=True)
class FinishUnknown(BodyFault):
    """The finish reason is an unknown word."""

    id: ClassVar[str] = "payload.finish_unknown"
    law: ClassVar[Law] = Law.OTHER_BYTES
    reason: str = param("model_length", "the word")

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        return _on_choice(reply, lambda choice: {**choice, "finish_reason": self.reason})


@dataclass(frozen=True, kw_only=True)
class WrongRole(BodyFault):
    """The answer's message has a role other than the assistant's."""

    id: ClassVar[str] = "payload.wrong_role"
    law: ClassVar[Law] = Law.OTHER_BYTES
    role: str = param("user", "who")

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        return _on_message(
            reply, lambda message, text: {**message, "role": self.role} if "role" in message else message
        )


def _on_core(reply: Reply, edit: Callable[[Json], Json]) -> Reply:
    """Edit what holds the choices or the response; a reply that is not changed keeps its very bytes."""
    answer = answer_of(reply)
    if answer is None:
        return reply
    new = edit_core(answer, edit)
    return reply if new == answer else with_answer(reply, new)


def _on_choice(reply: Reply, edit: Callable[[Json], Json]) -> Reply:
    def on_core(core: Json) -> Json:
        choice = choice_of(core)
        return with_choice(core, edit(choice)) if choice else core

    return _on_core(reply, on_core)


def _on_message(reply: Reply, edit: Callable[[Json, str], Json]) -> Reply:
    return _on_core(reply, lambda core: edit_message(core, edit))


def _on_text(reply: Reply, value: object) -> Reply:
    return _on_message(reply, lambda message, text: {**message, text: value} if text in message else message)


def _marked(message: Json, text: str) -> Json:
    return {**message, text: message[text] + _MARK} if isinstance(message.get(text), str) else message


def _without(value: Json, key: str) -> Json:
    return {name: item for name, item in value.items() if name != key}


FAULTS: tuple[type[Fault], ...] = (
    EmptyBody,
    TruncatedJson,
    InvalidJson,
    WrongType,
    MissingField,
    NullContent,
    NumericContent,
    WrongContent,
    ExtraField,
    Huge,
    DeepNesting,
    EmptyChoices,
    SuccessFalse,
    EventsInstead,
    FinishUnknown,
    WrongRole,
)
