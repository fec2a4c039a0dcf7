"""A handler whose libraries take long to load.

The one rule: it is loaded beside the loop when it is first asked for; the proxy starts without, and others do not wait.
"""

import asyncio
from collections.abc import Callable

from aiohttp import web

from harness.reference_proxy.http.app import Handler


def late(load: Callable[[], Handler]) -> Handler:
    """Return a handler that stands for the one that `load` makes."""
    made: list[Handler] = []

    async def handle(request: web.Request) -> web.StreamResponse:
        if not made:
            made.append(await asyncio.to_thread(load))
        return await made[0](request)

    return handle
