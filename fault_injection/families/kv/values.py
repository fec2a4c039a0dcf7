"""Faults in the value that a get answers: an old one, a spoiled one, or one of another type.

The one rule: a miss stays a miss, unless the fault is that something else is served in its place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from fault_injection.fault import KvFault, Law, Need, Turn, param
from fault_injection.kv_answer import KvAnswer
from fault_injection.reply import Length

_WRONG_TYPES = {"number": b"42", "list": b"[1,2,3]", "null": b"null", "text": b'"plain text"'}
_OTHER_SCHEMA = b'{"schema":0,"kind":"legacy","payload":[]}'


class ValueFault(KvFault):
    """A fault in the value that a get answers. Any other operation, and a miss, is left as it is."""

    needs: ClassVar[tuple[Need, ...]] = (Need.BODY,)

    def apply(self, answer: KvAnswer, turn: Turn) -> KvAnswer:
        """Return the answer with the deviation in it."""
        if answer.operation != "get" or answer.reply.status != 200:
            return answer
        return _saying(answer, self.on_value(answer.reply.body_bytes, turn))

    def on_value(self, value: bytes, turn: Turn) -> bytes:
        """Return the value with the deviation in it."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class Stale(KvFault):
    """A get answers what the key held before its last write or delete, as a distant data centre does for a minute."""

    id: ClassVar[str] = "kv.stale"
    law: ClassVar[Law] = Law.OTHER_BYTES
    tell: ClassVar[str] = "a deleted key's value has another status than its miss"

    def apply(self, answer: KvAnswer, turn: Turn) -> KvAnswer:
        return _reviving(answer, answer.previous)


@dataclass(frozen=True, kw_only=True)
class ExpiredServed(KvFault):
    """A get answers a value that has expired."""

    id: ClassVar[str] = "kv.expired_served"
    law: ClassVar[Law] = Law.OTHER_BYTES
    tell: ClassVar[str] = "the status tells a value from a miss"

    def apply(self, answer: KvAnswer, turn: Turn) -> KvAnswer:
        return _reviving(answer, answer.lapsed)


@dataclass(frozen=True, kw_only=True)
class CorruptBits(ValueFault):
    """Some bits of the value are flipped."""

    id: ClassVar[str] = "kv.corrupt_bits"
    law: ClassVar[Law] = Law.OTHER_BYTES
    count: int = param(1, "how many; clamped to the bits there are", unit="bits", low=1, high=10_000)

    def on_value(self, value: bytes, turn: Turn) -> bytes:
        bits = len(value) * 8
        spoiled = bytearray(value)
        for bit in turn.rng.sample(range(bits), min(self.count, bits)):
            spoiled[bit // 8] ^= 1 << bit % 8
        return bytes(spoiled)


@dataclass(frozen=True, kw_only=True)
class Truncated(ValueFault):
    """The value stops halfway in an answer of the right length."""

    id: ClassVar[str] = "kv.truncated"
    law: ClassVar[Law] = Law.PREFIX
    keep_fraction: float = param(0.5, "part of the value that arrives; at least one byte is lost", low=0, high=1)

    def on_value(self, value: bytes, turn: Turn) -> bytes:
        return value[: max(0, min(int(len(value) * self.keep_fraction), len(value) - 1))]


@dataclass(frozen=True, kw_only=True)
class EmptyValue(ValueFault):
    """The value is empty."""

    id: ClassVar[str] = "kv.empty_value"
    law: ClassVar[Law] = Law.PREFIX

    def on_value(self, value: bytes, turn: Turn) -> bytes:
        return b""


@dataclass(frozen=True, kw_only=True)
class WrongType(ValueFault):
    """The value is valid JSON of another type than was written."""

    id: ClassVar[str] = "kv.wrong_type"
    law: ClassVar[Law] = Law.OTHER_BYTES
    kind: str = param("number", "what it is", choices=("number", "list", "null", "text"))

    def on_value(self, value: bytes, turn: Turn) -> bytes:
        return _WRONG_TYPES[self.kind]


@dataclass(frozen=True, kw_only=True)
class WrongSchema(ValueFault):
    """The value is a JSON object as another version of the program would have written it."""

    id: ClassVar[str] = "kv.wrong_schema"
    law: ClassVar[Law] = Law.OTHER_BYTES

    def on_value(self, value: bytes, turn: Turn) -> bytes:
        return _OTHER_SCHEMA


def _saying(answer: KvAnswer, value: bytes) -> KvAnswer:
    return replace(answer, reply=replace(answer.reply, body=value))


def _reviving(answer: KvAnswer, value: bytes | None) -> KvAnswer:
    """Answer a value that the store no longer holds, whether it now has another or none."""
    if answer.operation != "get" or value is None:
        return answer
    reply = answer.reply.without_header("content-length").with_header("content-type", "application/octet-stream")
    return replace(answer, reply=replace(reply, status=200, body=value, framing=Length()))
