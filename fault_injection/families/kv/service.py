"""Faults of the store's service: an operation that is slow, silent, or declined.

The one rule: what is declined is not carried out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from fault_injection.cloudflare_errors import KEY_NOT_FOUND, THROTTLED, VALUE_TOO_LARGE, ApiError, envelope_error
from fault_injection.fault import KvFault, Law, Turn, param
from fault_injection.kv_answer import KvAnswer
from fault_injection.reply import Length, Reply


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
