"""Requests per client and minute, by a token bucket.

The one rule: clients are named by a hash, and a flood of new names cannot grow memory.
"""

import math
from collections.abc import Callable

from cachetools import LRUCache

_MAX_CLIENTS = 10_000


class RateLimiter:
    """A bucket per client holding `per_minute` tokens, refilled evenly; 0 lets everything through."""

    def __init__(self, *, per_minute: int, clock: Callable[[], float]) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._buckets: LRUCache[str, tuple[float, float]] = LRUCache(maxsize=_MAX_CLIENTS)

    def take(self, client: str) -> int:
        """Take one token; 0 when there was one, else whole seconds until there will be."""
        if not self._per_minute:
            return 0
        now = self._clock()
        tokens, seen = self._buckets.get(client, (float(self._per_minute), now))
        left, wait_s = drawn(tokens, now - seen, per_minute=self._per_minute)
        self._buckets[client] = (left, now)
        return wait_s


def drawn(tokens: float, passed_s: float, *, per_minute: int) -> tuple[float, int]:
    """Take a token from a bucket that held so many so long ago: what is left, and how many seconds to wait for one."""
    tokens = min(float(per_minute), tokens + passed_s * per_minute / 60)
    if tokens >= 1:
        return tokens - 1, 0
    return tokens, max(1, math.ceil((1 - tokens) * 60 / per_minute))
