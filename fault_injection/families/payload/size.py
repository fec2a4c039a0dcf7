"""Faults of size: an answer that is valid, and too long or too deep for a careless reader.

The one rule: the answer is written as bytes, for a library that writes JSON is as careless.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from fault_injection.chat import Json, answer_of, dump
from fault_injection.families.payload.body import BodyFault, on_message
from fault_injection.fault import Law, Turn, param
from fault_injection.reply import Reply

_MARK = "\ue000"
"""Stands where padding is to be put; a character of private use, which no answer has."""


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
        marked = on_message(reply, _marked)
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


def _marked(message: Json, text: str) -> Json:
    return {**message, text: message[text] + _MARK} if isinstance(message.get(text), str) else message
