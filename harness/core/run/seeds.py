"""Child seeds from the run's seed: every draw and every nonce of a run follows from one integer.

The one rule: derive by name through SHA-256, never by counting draws, so that adding a case changes no other.
"""

from __future__ import annotations

from hashlib import sha256
from random import Random


def digest(seed: int, *names: str) -> str:
    """Return 64 hex digits that depend on the seed and the names, and on nothing else."""
    text = "\x1f".join((str(seed), *names))
    return sha256(text.encode()).hexdigest()


def rng(seed: int, *names: str) -> Random:
    """Return dice of their own for what the names say."""
    return Random(int(digest(seed, *names), 16))


def nonce(seed: int, *names: str) -> str:
    """Return the nonce of one question, in the form that `scenarios.prompt.NONCE` finds."""
    return f"ep-{digest(seed, *names)[:12]}"
