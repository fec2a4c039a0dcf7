"""Faults of Workers KV: wrong answers, slow answers, and writes that never happen.

The one rule: a fault strikes the operations it is about; another operation's answer is left as it is. Error bodies
have the shape of Cloudflare's v4 API.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

from fault_injection.chat import answer_of, dump, with_answer
from fault_injection.cloudflare_errors import KEY_NOT_FOUND, THROTTLED, VALUE_TOO_LARGE, ApiError, envelope_error
from fault_injection.fault import Fault, KvFault, Law, Need, Turn, param
from fault_injection.kv_answer import KvAnswer
from fault_injection.reply import Length, Reply

_WRONG_TYPES = {"number": b"42", "list": b"[1,2,3]", "null": b"null", "text": b'"plain text"'}
_OTHER_SCHEMA = b'{"schema":0,"kind":"legacy","payload":[]}'
_WRITES = ("put", "delete", "bulk")
_ANOTHERS = {"owner": "another-key", "version": 0}
_METADATA_HEADER = "cf-kv-metadata"
"""Where a Worker's binding gets a key's metadata, beside the value."""


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
class Miss(KvFault):
    """A key that exists is reported missing."""

    id: ClassVar[str] = "kv.miss"
    law: ClassVar[Law] = Law.OTHER_BYTES
    tell: ClassVar[str] = "the status is the fault"

    def apply(self, answer: KvAnswer, turn: Turn) -> KvAnswer:
        if answer.operation not in ("get", "metadata") or answer.reply.status != 200:
            return answer
        return replace(answer, reply=_error(answer.reply, KEY_NOT_FOUND))


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


@dataclass(frozen=True, kw_only=True)
class Slow(KvFault):
    """The answer of any operation comes late."""

    id: ClassVar[str] = "kv.slow"
    law: ClassVar[Law] = Law.SAME_BYTES
    tell: ClassVar[str] = "the head is late too"
    delay_s: float = param(1.0, "how late", unit="s", low=0, high=600)

    def apply(self, answer: KvAnswer, turn: Turn) -> KvAnswer:
        return replace(answer, reply=replace(answer.reply, wait_s=answer.reply.wait_s + self.delay_s))


@dataclass(frozen=True, kw_only=True)
class Hang(KvFault):
    """No answer comes to any operation; the connection closes when the silence is over."""

    id: ClassVar[str] = "kv.hang"
    law: ClassVar[Law] = Law.PREFIX
    for_s: float = param(30.0, "length of the silence", unit="s", low=0, high=600)

    def apply(self, answer: KvAnswer, turn: Turn) -> KvAnswer:
        return replace(answer, reply=replace(answer.reply, body=b"", wait_s=self.for_s, mute=True))


@dataclass(frozen=True, kw_only=True)
class Error(KvFault):
    """Any operation is answered with an error status, and a write is not carried out."""

    id: ClassVar[str] = "kv.error"
    law: ClassVar[Law] = Law.OTHER_BYTES
    tell: ClassVar[str] = "the status is the fault"
    code: int = param(500, "HTTP status", low=400, high=599)
    api_code: int = param(10_001, "Cloudflare's code in the body", low=1_000, high=99_999)
    message: str = param("internal error", "the error's text")

    def apply(self, answer: KvAnswer, turn: Turn) -> KvAnswer:
        return _refused(answer, ApiError(self.code, self.api_code, self.message))


@dataclass(frozen=True, kw_only=True)
class RateLimited(KvFault):
    """Any operation is answered with 429, and a write is not carried out."""

    id: ClassVar[str] = "kv.rate_limited"
    law: ClassVar[Law] = Law.OTHER_BYTES
    tell: ClassVar[str] = "the status is the fault"
    retry_after: str = param("", "Retry-After header; empty leaves it out, as Cloudflare mostly does")

    def apply(self, answer: KvAnswer, turn: Turn) -> KvAnswer:
        refused = _refused(answer, THROTTLED)
        if not self.retry_after:
            return refused
        return replace(refused, reply=refused.reply.with_header("retry-after", self.retry_after))


@dataclass(frozen=True, kw_only=True)
class TooLarge(KvFault):
    """A write is refused as too large, and not carried out."""

    id: ClassVar[str] = "kv.too_large"
    law: ClassVar[Law] = Law.OTHER_BYTES
    tell: ClassVar[str] = "the status is the fault"

    def apply(self, answer: KvAnswer, turn: Turn) -> KvAnswer:
        if answer.operation != "put":
            return answer
        return _refused(answer, VALUE_TOO_LARGE)


@dataclass(frozen=True, kw_only=True)
class LostWrite(KvFault):
    """A write is acknowledged but never happens."""

    id: ClassVar[str] = "kv.lost_write"
    law: ClassVar[Law] = Law.SAME_BYTES

    def apply(self, answer: KvAnswer, turn: Turn) -> KvAnswer:
        return replace(answer, commit=False) if answer.operation in _WRITES else answer


@dataclass(frozen=True, kw_only=True)
class DeleteIgnored(KvFault):
    """A delete is acknowledged but the key stays."""

    id: ClassVar[str] = "kv.delete_ignored"
    law: ClassVar[Law] = Law.SAME_BYTES

    def apply(self, answer: KvAnswer, turn: Turn) -> KvAnswer:
        return replace(answer, commit=False) if answer.operation == "delete" else answer


@dataclass(frozen=True, kw_only=True)
class ListIncomplete(KvFault):
    """A list leaves keys out, although its count and its cursor say that it is complete."""

    id: ClassVar[str] = "kv.list_incomplete"
    law: ClassVar[Law] = Law.OTHER_BYTES
    keep_fraction: float = param(0.5, "part of the keys that arrives; at least one is lost", low=0, high=1)

    def apply(self, answer: KvAnswer, turn: Turn) -> KvAnswer:
        def dropped(result: object) -> object:
            if not isinstance(result, list):
                return result
            return result[: max(0, min(int(len(result) * self.keep_fraction), len(result) - 1))]

        found = answer_of(answer.reply) if answer.operation == "list" else None
        if found is not None and isinstance(found.get("keys"), list):  # a Worker's binding gets no envelope
            whole = {**found, "keys": dropped(found["keys"]), "list_complete": True}
            whole.pop("cursor", None)
            return replace(answer, reply=with_answer(answer.reply, whole))
        return _on_result(answer, "list", dropped)


@dataclass(frozen=True, kw_only=True)
class MetadataMismatch(KvFault):
    """The metadata of a key is another key's."""

    id: ClassVar[str] = "kv.metadata_mismatch"
    law: ClassVar[Law] = Law.OTHER_BYTES

    def apply(self, answer: KvAnswer, turn: Turn) -> KvAnswer:
        if answer.operation == "get" and answer.reply.header(_METADATA_HEADER) is not None:
            return replace(answer, reply=answer.reply.with_header(_METADATA_HEADER, dump(_ANOTHERS).decode()))
        return _on_result(answer, "metadata", lambda _: _ANOTHERS)


def _saying(answer: KvAnswer, value: bytes) -> KvAnswer:
    return replace(answer, reply=replace(answer.reply, body=value))


def _reviving(answer: KvAnswer, value: bytes | None) -> KvAnswer:
    """Answer a value that the store no longer holds, whether it now has another or none."""
    if answer.operation != "get" or value is None:
        return answer
    reply = answer.reply.without_header("content-length").with_header("content-type", "application/octet-stream")
    return replace(answer, reply=replace(reply, status=200, body=value, framing=Length()))


def _refused(answer: KvAnswer, error: ApiError) -> KvAnswer:
    return replace(answer, reply=_error(answer.reply, error), commit=False)


def _error(reply: Reply, error: ApiError) -> Reply:
    plain = reply.without_header("content-length").without_header("expiration")
    return replace(
        plain.with_header("content-type", "application/json"),
        status=error.status,
        body=envelope_error(error.code, error.message),
        framing=Length(),
    )


def _on_result(answer: KvAnswer, operation: str, edit: Callable[[object], object]) -> KvAnswer:
    found = answer_of(answer.reply) if answer.operation == operation else None
    if found is None or not found.get("success"):
        return answer
    return replace(answer, reply=with_answer(answer.reply, {**found, "result": edit(found.get("result"))}))


FAULTS: tuple[type[Fault], ...] = (
    Miss,
    Stale,
    ExpiredServed,
    CorruptBits,
    Truncated,
    EmptyValue,
    WrongType,
    WrongSchema,
    Slow,
    Hang,
    Error,
    RateLimited,
    TooLarge,
    LostWrite,
    DeleteIgnored,
    ListIncomplete,
    MetadataMismatch,
)
