"""How long a case waits because of what its target claims: a cache's life, a breaker's rest.

The one rule: what is known at the start is said at the start. A case that would wait too long is not begun.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from harness.core.target.claims import Capabilities
from scenarios.case import Case, Pause

MOST: Final = 0.6
"""The part of a life behind which an answer is still kept, though not behind another such part."""


_CLAIMS: Final = {"breaker-open": "circuit_breaker.open_s", "half-minute": "rate_limit.per_minute"}
_HALF_MINUTE_S: Final = 31.0
"""Two of these are longer than the minute that a rate limit counts."""
MOMENT_S: Final = 0.3
"""How long a target may take to note a turn whose end it has told; no harness is believed that is later than this."""
_MOST_AT_ONCE: Final = 100


def sized(case: Case, claims: Capabilities) -> Case:
    """Return a case with as many requests as the claimed rate limit makes of it."""
    most = claims.rate_limit.per_minute if claims.rate_limit else 1
    steps = (
        step if step.all_but < 0 else replace(step, all_but=-1, together=max(most - step.all_but, 1))
        for step in case.steps
    )
    return replace(case, steps=tuple(steps))


def claimed_s(pause: Pause, claims: Capabilities) -> float:
    """Return how long a pause is by the target's claims, in seconds."""
    match pause:
        case "none":
            return 0.0
        case "moment":
            return MOMENT_S
        case "cache-ttl":
            return claims.cache.ttl_s if claims.cache else 0.0
        case "half-cache-ttl":
            return claims.cache.ttl_s / 2 if claims.cache else 0.0
        case "most-of-cache-ttl":
            return claims.cache.ttl_s * MOST if claims.cache else 0.0
        case "half-minute":
            return _HALF_MINUTE_S if claims.rate_limit else 0.0
        case "breaker-open":
            return claims.circuit_breaker.open_s if claims.circuit_breaker else 0.0


def waits_s(case: Case, claims: Capabilities) -> float:
    """Return how long a case waits in all by the target's claims, in seconds."""
    return sum(claimed_s(step.pause, claims) for step in case.steps)


def too_long(case: Case, claims: Capabilities, *, most_s: float) -> str:
    """Say why a case is not begun: all it waits for together takes more than `most_s`. Empty when it does not."""
    limit = claims.rate_limit.per_minute if claims.rate_limit else 0
    if limit > _MOST_AT_ONCE and any(step.all_but >= 0 for step in case.steps):
        return (
            f"it would need {limit} requests at once, and sends at most {_MOST_AT_ONCE}; "
            "start the target with a smaller rate_limit.per_minute for the test"
        )
    total_s = waits_s(case, claims)
    if total_s <= most_s:
        return ""
    _, longest = max((claimed_s(step.pause, claims), step.pause) for step in case.steps)
    claim = _CLAIMS.get(longest, "cache.ttl_s")
    return (
        f"it would have to wait {total_s:g} s for the claimed {claim}, and waits at most {most_s:g} s; "
        "start the target with a shorter time for the test"
    )
