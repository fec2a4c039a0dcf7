"""The parts of the proxy put together from its settings, whatever face stands in front of them.

The one rule: what is made here is closed here, and nothing knows which face it serves.
"""

import asyncio
import random
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from harness.reference_proxy.answers.failures import wall_clock
from harness.reference_proxy.cache.durable import DurableStore
from harness.reference_proxy.cache.kv import KvTier
from harness.reference_proxy.cache.memory import MemoryCache
from harness.reference_proxy.service import ChatService
from harness.reference_proxy.settings import Settings
from harness.reference_proxy.upstream.breaker import Breakers
from harness.reference_proxy.upstream.client import http_client
from harness.reference_proxy.upstream.retry import Attempts, RetryPolicy
from harness.reference_proxy.upstream.upstream import Upstream


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """A running service and what it is made of."""

    service: ChatService
    client: httpx.AsyncClient
    upstream: Upstream
    attempts: Attempts
    breakers: Breakers
    memory: MemoryCache
    kv: KvTier | None
    r2: DurableStore | None

    async def aclose(self) -> None:
        """End all answers under way, then the connections to upstream."""
        await self.service.aclose()
        await self.client.aclose()


def assemble(
    settings: Settings,
    *,
    clock: Callable[[], float] = time.monotonic,
    wall: Callable[[], float] = wall_clock,
    on_attempt: Callable[[str], object] = lambda _: None,
) -> Assembly:
    """Put the proxy together. What it keeps (answers, open breakers) ages by `clock` and `wall`."""
    client = http_client(settings)
    breakers = Breakers(failures=settings.breaker_failures, open_s=settings.breaker_open_s, clock=clock)
    policy = RetryPolicy(
        max_attempts=settings.retry_max_attempts,
        base_s=settings.retry_base_s,
        max_s=settings.retry_max_s,
        rng=random.Random(secrets.randbits(64)),
        sleep=asyncio.sleep,
        clock=clock,
    )
    memory = MemoryCache(
        ttl_s=max(settings.cache_ttl_s, 0.001),
        max_entries=max(settings.cache_max_entries, 1),
        max_bytes=settings.cache_max_bytes,
        clock=clock,
    )
    kv = KvTier(settings, client) if settings.kv_on else None
    r2 = _r2(settings, client, wall) if settings.r2_on else None
    upstream = Upstream(settings, client, wall=wall, clock=clock)
    attempts = Attempts(policy=policy, breakers=breakers, fallback_model=settings.fallback_model)
    service = ChatService(
        settings,
        upstream=upstream,
        attempts=attempts,
        memory=memory,
        kv=kv,
        r2=r2,
        clock=clock,
        wall=wall,
        on_attempt=on_attempt,
    )
    return Assembly(
        service=service,
        client=client,
        upstream=upstream,
        attempts=attempts,
        breakers=breakers,
        memory=memory,
        kv=kv,
        r2=r2,
    )


def _r2(settings: Settings, client: httpx.AsyncClient, wall: Callable[[], float]) -> DurableStore:
    # Loaded here and not above: few starts need it.
    from harness.reference_proxy.cache.r2 import R2Tier

    return R2Tier(settings, client, wall=wall)
