"""How long a case waits because of what its target claims: a cache's life, a breaker's rest.

The one rule: what is known at the start is said at the start. A case that would wait too long is not begun.
"""

from __future__ import annotations

from harness.core.target.file import Capabilities
from scenarios.case import Case, Pause


def claimed_s(pause: Pause, claims: Capabilities) -> float:
    """Return how long a pause is by the target's claims, in seconds."""
    match pause:
        case "none":
            return 0.0
        case "cache-ttl":
            return claims.cache.ttl_s if claims.cache else 0.0
        case "half-cache-ttl":
            return claims.cache.ttl_s / 2 if claims.cache else 0.0
        case "breaker-open":
            return claims.circuit_breaker.open_s if claims.circuit_breaker else 0.0


def too_long(case: Case, claims: Capabilities, *, most_s: float) -> str:
    """Say why a case is not begun: all it waits for together takes more than `most_s`. Empty when it does not."""
    waits = [(claimed_s(step.pause, claims), step.pause) for step in case.steps]
    total_s = sum(each_s for each_s, _ in waits)
    if total_s <= most_s:
        return ""
    longest = max(waits)[1]
    claim = "circuit_breaker.open_s" if longest == "breaker-open" else "cache.ttl_s"
    return (
        f"it would have to wait {total_s:g} s for the claimed {claim}, and waits {most_s:g} s at the most; "
        "have it judged with a target that is started with a shorter time"
    )
