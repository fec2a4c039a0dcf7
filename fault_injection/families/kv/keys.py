"""Faults about keys: writes and deletes that never happen, keys that a list leaves out, metadata of another key.

The one rule: the answer looks like that of an operation that went well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

from fault_injection.chat import answer_of, dump, with_answer
from fault_injection.fault import KvFault, Law, Turn, param
from fault_injection.kv_answer import KvAnswer

_WRITES = ("put", "delete", "bulk")
_ANOTHERS = {"owner": "another-key", "version": 0}
_METADATA_HEADER = "cf-kv-metadata"
"""Where a Worker's binding gets a key's metadata, beside the value."""


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


def _on_result(answer: KvAnswer, operation: str, edit: Callable[[object], object]) -> KvAnswer:
    found = answer_of(answer.reply) if answer.operation == operation else None
    if found is None or not found.get("success"):
        return answer
    return replace(answer, reply=with_answer(answer.reply, {**found, "result": edit(found.get("result"))}))
