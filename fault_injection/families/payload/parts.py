"""Faults in one part of an answer: missing, null, of another type, or saying something else.

The one rule: all other parts stay what they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fault_injection.chat import Json, answer_of, edit_core, with_answer, without
from fault_injection.families.payload.body import BodyFault, on_choice, on_core, on_message, on_text
from fault_injection.fault import Law, Turn, param
from fault_injection.reply import Reply


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
                return on_text(reply, {"text": "not a string"})
            case "choices":
                return on_core(reply, lambda core: {**core, "choices": "none"} if "choices" in core else core)
            case "usage":
                return on_core(reply, lambda core: {**core, "usage": "many"} if "usage" in core else core)
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
                return with_answer(reply, without(answer, "result")) if answer and "result" in answer else reply
            case "content" | "role":
                return on_message(reply, lambda message, text: without(message, self._named(text)))
            case "message" | "finish_reason":
                return on_choice(reply, lambda choice: without(choice, self.path))
            case _:
                return on_core(reply, lambda core: without(core, self.path))

    def _named(self, text: str) -> str:
        return text if self.path == "content" else self.path


@dataclass(frozen=True, kw_only=True)
class NullContent(BodyFault):
    """The answer's text is null."""

    id: ClassVar[str] = "payload.null_content"
    law: ClassVar[Law] = Law.OTHER_BYTES

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        return on_text(reply, None)


@dataclass(frozen=True, kw_only=True)
class NumericContent(BodyFault):
    """The answer's text is a JSON number, as Workers AI sends numeric answers."""

    id: ClassVar[str] = "payload.numeric_content"
    law: ClassVar[Law] = Law.OTHER_BYTES
    number: int = param(42, "which", low=-(10**15), high=10**15)

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        return on_text(reply, self.number)


@dataclass(frozen=True, kw_only=True)
class WrongContent(BodyFault):
    """The answer is correct in every way, but says something else."""

    id: ClassVar[str] = "payload.wrong_content"
    law: ClassVar[Law] = Law.OTHER_BYTES
    text: str = param("This is another answer.", "what it says")

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        return on_text(reply, self.text)


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
class EmptyChoices(BodyFault):
    """The list of choices is empty."""

    id: ClassVar[str] = "payload.empty_choices"
    law: ClassVar[Law] = Law.OTHER_BYTES

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        return on_core(reply, lambda core: {**core, "choices": []} if "choices" in core else core)


@dataclass(frozen=True, kw_only=True)
class FinishUnknown(BodyFault):
    """The finish reason is an unknown word."""

    id: ClassVar[str] = "payload.finish_unknown"
    law: ClassVar[Law] = Law.OTHER_BYTES
    reason: str = param("model_length", "the word")

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        return on_choice(reply, lambda choice: {**choice, "finish_reason": self.reason})


@dataclass(frozen=True, kw_only=True)
class WrongRole(BodyFault):
    """The answer's message has a role other than the assistant's."""

    id: ClassVar[str] = "payload.wrong_role"
    law: ClassVar[Law] = Law.OTHER_BYTES
    role: str = param("user", "who")

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        return on_message(reply, lambda message, text: {**message, "role": self.role} if "role" in message else message)
