"""Which known mistakes a target can make at all: a proxy without a cache keeps no wrong answers in one.

The one rule: what a target does not claim it does not have, unless a finding shows that it has it. Of a record that
does not say what its target claims, everything is possible.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from reports.causes.cover import Library
from reports.causes.mistakes import Mistake
from reports.causes.seen import Pair
from reports.record import Target

SHOWN_BY: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "analytics": frozenset({"analytics-aside", "analytics-true", "drops-told"}),
        "cache": frozenset(
            {
                "cache-bounded",
                "cache-expires",
                "cache-hit-equal",
                "cache-isolated",
                "cache-key-complete",
                "cache-never-bad",
                "cache-stream-form",
            }
        ),
        "circuit_breaker": frozenset({"breaker-recovers"}),
        "cost_header": frozenset({"cost-true"}),
        "fallback_model": frozenset({"fallback-not-sticky"}),
        "kv": frozenset({"kv-corrupt-ignored", "kv-slow-bounded", "kv-stale-bounded", "kv-writes-spaced"}),
        "retry": frozenset(
            {
                "backoff",
                "honours-retry-after",
                "no-retry-after-first-byte",
                "no-retry-of-client-errors",
                "retry-bounded",
            }
        ),
        "sessions": frozenset({"conversation-kept", "websocket-true"}),
    }
)
"""The invariants that only a target with the capability can break, by doing it wrongly and not by leaving it out."""


def fitting(library: Library, target: Target, found: Iterable[Pair]) -> Library:
    """Return the library without the mistakes that a target cannot make, by what it claims and what was found."""
    if not target.capabilities and not target.file:  # an old record, or one that somebody else wrote
        return library
    broken = {each.invariant for each in found}
    shown = {name for name, invariants in SHOWN_BY.items() if broken & invariants}
    return library.of(lambda mistake: _can_make(mistake, shown | {*target.capabilities}))


def _can_make(mistake: Mistake, has: Iterable[str]) -> bool:
    return not mistake.presupposes or not {*mistake.presupposes}.isdisjoint(has)
