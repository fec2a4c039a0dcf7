"""Puts the streaming cache on the proxy's application, with stores of its own beside those of chats."""

from collections.abc import AsyncIterator

from aiohttp import web

from harness.reference_proxy.cache.durable import DurableStore
from harness.reference_proxy.cache.kv import KvTier
from harness.reference_proxy.http.parts import PARTS
from harness.reference_proxy.origin.forwarding import MOUNT
from harness.reference_proxy.origin.keeper import Keeper
from harness.reference_proxy.origin.passing import Passing
from harness.reference_proxy.settings import Settings
from harness.reference_proxy.upstream.client import http_client

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_HEAD_BYTES = 64 * 1024  # of an entry's fields
_KV_MAX_BYTES = 25 * 1024 * 1024  # Cloudflare docs, Workers KV limits


def mount(app: web.Application, settings: Settings) -> None:
    """Add what answers below `/origin` to an application that is not yet running."""
    parts = app[PARTS]
    client = http_client(settings)
    bound = settings.origin_capture_max_bytes + _HEAD_BYTES
    stores: list[DurableStore] = []
    if settings.kv_on:
        stores.append(KvTier(settings, client, prefix="origin-", max_bytes=min(bound, _KV_MAX_BYTES)))
    if settings.r2_on:
        from harness.reference_proxy.cache.r2 import R2Tier

        stores.append(R2Tier(settings, client, wall=parts.wall, prefix="origin/", max_bytes=bound))
    keeper = Keeper(settings, stores, clock=parts.clock, wall=parts.wall)
    parts.service.clears_too(keeper.clear)
    passing = Passing(settings, parts, client, keeper)
    for method in _METHODS:
        app.router.add_route(method, MOUNT + "/{below:.*}", passing.answer)
    parts.metrics.watch("origin_captured_bytes", "Size of the captures under way.", lambda: passing.budget.taken_bytes)

    async def lifetime(_: web.Application) -> AsyncIterator[None]:
        yield
        await keeper.aclose()
        await client.aclose()

    app.cleanup_ctx.append(lifetime)
