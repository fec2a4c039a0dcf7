"""A mutant as data: one realistic defect of a proxy, and the rule that has to notice it.

The one rule: a mutant holds no code. It names a seam of the reference proxy; what is put there is elsewhere, so that
this can be listed, checked for gaps and shown without starting anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Area: TypeAlias = Literal[
    "parser",
    "content",
    "pace",
    "endings",
    "errors",
    "cancellation",
    "leaks",
    "requests",
    "clients",
    "limits",
    "retry",
    "breaker",
    "fallback",
    "cache",
    "cache key",
    "expiry",
    "isolation",
    "Workers KV",
    "R2",
    "chat service",
    "conversations",
    "analytics",
]
Base: TypeAlias = Literal["reference", "reference-chat", "streaming-cache"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One defect behind one seam. `invariant` must catch it, and the `cases` (globs) are enough to do so.

    `seam` is what is replaced, as `module:path` below the reference proxy's package.
    """

    id: str
    defect: str
    area: Area
    invariant: str
    cases: tuple[str, ...]
    seam: str
    target: Base = "reference"
    """The target that comes with edgeproof and has the seam."""
