"""What a key-value store is about to answer, with what a fault needs to lie about it.

The one rule: the store fills in `previous` and `lapsed` from what it holds and carries out `commit` as it is told; a
fault only says so, which is why it can be tested without a store.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from fault_injection.reply import Reply

KvOperation: TypeAlias = Literal["get", "put", "delete", "list", "metadata", "bulk"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KvAnswer:
    """One operation on a store and its answer.

    `previous` is the value the key had before its last write or delete, `lapsed` the value of a key that has expired;
    both None where there was none. `commit=False` acknowledges a write or a delete without carrying it out.
    """

    operation: KvOperation
    reply: Reply
    commit: bool = True
    previous: bytes | None = None
    lapsed: bytes | None = None
