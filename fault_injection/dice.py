"""Seeds and dice derived from what they are for, so that one draw never depends on another.

The one rule: every number here is a function of its parts alone, the same on every machine and in every Python.
"""

from __future__ import annotations

import hashlib
from random import Random
from typing import TypeAlias

Part: TypeAlias = int | str | bytes


def seed_of(*parts: Part) -> int:
    """Derive a seed of 64 bits from parts; other parts, or the same in another order, give another."""
    digest = hashlib.sha256()
    for part in parts:
        raw = part if isinstance(part, bytes) else str(part).encode("utf-8", "surrogatepass")
        # The length keeps ("ab", "c") and ("a", "bc") apart.
        digest.update(b"%s %d:" % (type(part).__name__.encode(), len(raw)) + raw)
    return int.from_bytes(digest.digest()[:8], "big")


def dice(*parts: Part) -> Random:
    """Derive dice from parts."""
    return Random(seed_of(*parts))


def chance(*parts: Part) -> float:
    """Draw a number from 0 up to 1, which is not reached."""
    return dice(*parts).random()


def identity_of(*, nonce: str, method: str, path: str, body: bytes) -> str:
    """Say which request this is, in whatever order requests arrive: its nonce, or else a digest of all it asks."""
    return nonce or f"{seed_of(method, path, body):016x}"
