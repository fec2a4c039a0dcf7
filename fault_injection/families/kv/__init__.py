"""Faults of Workers KV: wrong answers, slow answers, and writes that never happen.

The one rule: a fault strikes the operations it is about; another operation's answer is left as it is. Error bodies
have the shape of Cloudflare's v4 API.
"""

from __future__ import annotations

from fault_injection.families.kv.keys import DeleteIgnored, ListIncomplete, LostWrite, MetadataMismatch
from fault_injection.families.kv.service import Error, Hang, Miss, RateLimited, Slow, TooLarge
from fault_injection.families.kv.values import (
    CorruptBits,
    EmptyValue,
    ExpiredServed,
    Stale,
    Truncated,
    WrongSchema,
    WrongType,
)
from fault_injection.fault import Fault

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
