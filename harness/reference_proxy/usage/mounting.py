"""Puts usage on the proxy's application: who takes the points of its answers, and who reports them.

The one rule: points are taken behind the answer, where its log line is written.
"""

from collections.abc import AsyncIterator

import httpx
from aiohttp import web

from harness.reference_proxy.http.parts import PARTS
from harness.reference_proxy.settings import Settings
from harness.reference_proxy.upstream.client import http_client
from harness.reference_proxy.upstream.transport import PooledTransport
from harness.reference_proxy.usage.reports import Reports
from harness.reference_proxy.usage.writer import PointWriter

PATH = "/v1/usage"


def mount(app: web.Application, settings: Settings) -> None:
    """Add usage to an application that is not yet running."""
    parts = app[PARTS]
    client = http_client(settings)
    one_connection = PooledTransport(
        secure=settings.usage_url.startswith("https:"), limits=httpx.Limits(max_connections=1), socket_options=[]
    )
    writing = httpx.AsyncClient(transport=one_connection, timeout=None, trust_env=False)  # noqa: S113 - the writer has its own
    writer = PointWriter(
        writing,
        url=settings.usage_url,
        header=settings.usage_header,
        dataset=settings.usage_dataset,
        account=settings.account_id,
        most_waiting=settings.usage_max_waiting,
        timeout_s=settings.usage_timeout_s,
        token_price=settings.token_price,
        wall=parts.wall,
    )
    parts.front.on_answer = writer.tell
    reports = Reports(writer, client, settings, parts.service, parts.metrics, parts.log, limiter=parts.limiter)
    parts.metrics.watch("usage_points_waiting", "Points that are still to be written.", lambda: writer.waiting)
    parts.metrics.watch("usage_points_written", "Points that were written.", lambda: writer.written)
    parts.metrics.watch("usage_points_dropped", "Points that were lost.", lambda: writer.dropped)
    app.router.add_get(PATH, reports.usage)

    async def lifetime(_: web.Application) -> AsyncIterator[None]:
        writer.start()
        yield
        await writer.aclose()
        await writing.aclose()
        await client.aclose()

    app.cleanup_ctx.append(lifetime)
