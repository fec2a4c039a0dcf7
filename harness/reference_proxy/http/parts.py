"""What the proxy is made of, for whatever else is mounted on its application.

The one rule: who is mounted shares these, so that there is one breaker for a model and one place for metrics.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from harness.reference_proxy.http.app import Front
from harness.reference_proxy.http.limits import RateLimiter
from harness.reference_proxy.http.metrics import Metrics
from harness.reference_proxy.service import ChatService
from harness.reference_proxy.upstream.retry import Attempts
from harness.reference_proxy.upstream.upstream import Upstream


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts; `clock` is monotonic and `wall` since the epoch, both in seconds; `body` reads within the limits.

    `admit` lets a client in, or raises ProxyError, and gives the hash by which it is known. `limit` counts a request
    for a client of that name; it raises ProxyError (429) for one too many.
    """

    front: Front
    service: ChatService
    limiter: RateLimiter
    upstream: Upstream
    attempts: Attempts
    metrics: Metrics
    log: Any
    clock: Callable[[], float]
    wall: Callable[[], float]
    body: Callable[[web.Request], Awaitable[bytes]]
    admit: Callable[[web.Request], str]
    limit: Callable[[str], None]


PARTS = web.AppKey("parts", Parts)
