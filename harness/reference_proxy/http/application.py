"""The application: every route of the proxy, on one service, with one log and one limit for each client."""

import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from aiohttp import web

from harness.reference_proxy.answers.failures import wall_clock
from harness.reference_proxy.assembly import assemble
from harness.reference_proxy.faces.doors import DOORS
from harness.reference_proxy.http import logs
from harness.reference_proxy.http.app import Front, Handler
from harness.reference_proxy.http.clearing import Clearing
from harness.reference_proxy.http.faces import FaceFront
from harness.reference_proxy.http.late import late
from harness.reference_proxy.http.limits import RateLimiter
from harness.reference_proxy.http.metrics import Metrics
from harness.reference_proxy.http.parts import PARTS, Parts
from harness.reference_proxy.http.shared_limits import SharedRateLimiter
from harness.reference_proxy.settings import Settings

COPILOTKIT = "/copilotkit"


def build(
    settings: Settings,
    *,
    log: Any = None,  # noqa: ANN401 - structlog's type
    clock: Callable[[], float] = time.monotonic,
    wall: Callable[[], float] = wall_clock,
) -> web.Application:
    """The whole application; its upstream connections live from its start-up to its clean-up.

    What it keeps (answers, open breakers, tokens) ages by `clock` and `wall`; what it waits for is timed by the loop.
    """
    metrics = Metrics()
    parts = assemble(
        settings, clock=clock, wall=wall, on_attempt=lambda outcome: metrics.attempts.labels(outcome).inc()
    )
    service, kv = parts.service, parts.kv
    metrics.watch("flights", "Answers under way.", lambda: service.flights)
    metrics.watch("breakers_open", "Open circuit breakers.", parts.breakers.open_count)
    metrics.watch("cache_entries", "Answers in memory.", lambda: parts.memory.entries)
    metrics.watch("cache_bytes", "Size of the answers in memory.", lambda: parts.memory.size_bytes)
    metrics.watch("kv_errors", "Workers KV operations that failed.", lambda: kv.errors if kv else 0)
    metrics.watch("r2_errors", "R2 operations that failed.", lambda: parts.r2.errors if parts.r2 else 0)
    limiter = RateLimiter(per_minute=settings.rate_limit_per_minute, clock=clock)
    if settings.rate_limit_database:
        limiter = SharedRateLimiter(settings.rate_limit_database, per_minute=settings.rate_limit_per_minute, wall=wall)
    log = log or logs.logger()
    shared = (settings, service, metrics, log)
    front = Front(*shared, limiter=limiter)
    app = web.Application(middlewares=[front.observe])
    app[PARTS] = Parts(
        front=front,
        service=service,
        limiter=limiter,
        upstream=parts.upstream,
        attempts=parts.attempts,
        metrics=metrics,
        log=log,
        clock=clock,
        wall=wall,
        body=front.body,
        admit=front.admit,
        limit=front.limit,
    )
    app.router.add_post("/v1/chat/completions", front.chat, expect_handler=front.expect_continue)
    for door in DOORS:
        worded = FaceFront(door, *shared, limiter=limiter)
        app.router.add_post(door.path, worded.chat, expect_handler=worded.expect_continue)

    def copilotkit() -> Handler:
        from harness.reference_proxy.faces.copilotkit.operation import schema
        from harness.reference_proxy.http.copilotkit import CopilotKitFront

        schema()
        return CopilotKitFront(*shared, limiter=limiter).chat

    app.router.add_post(COPILOTKIT, late(copilotkit), expect_handler=front.expect_continue)
    app.router.add_get("/v1/models", front.models)
    app.router.add_delete("/v1/cache", Clearing(*shared, limiter=limiter).clear)
    if settings.allowed_origins:
        for path in ("/v1/{any:.*}", COPILOTKIT, *(door.path for door in DOORS)):
            app.router.add_options(path, front.preflight)
    app.router.add_get("/healthz", front.health)
    app.router.add_get("/metrics", front.metrics)

    async def lifetime(_: web.Application) -> AsyncIterator[None]:
        yield
        await parts.aclose()

    app.cleanup_ctx.append(lifetime)
    app.on_response_prepare.append(front.finish_head)
    return app
