"""Who may ask a server on loopback: a page that was opened by its address, and no page of elsewhere.

Only names of this machine, with the right port, are answered (`core/serving/names.py`). No other origin is allowed
(CORS).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final, TypeAlias

from aiohttp import web
from aiohttp.typedefs import Middleware

from harness.core.serving.names import Names

HOST: Final = "127.0.0.1"
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guarded() -> Middleware:
    """Return what stands before every route."""

    @web.middleware
    async def guard(request: web.Request, handler: _Handler) -> web.StreamResponse:
        if not _is_ours(request):
            return web.Response(
                status=HTTPStatus.MISDIRECTED_REQUEST,
                text=f"this page answers to http://{HOST} alone\n",
                headers=_HEADERS,
            )
        return await handler(request)

    return guard


async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
    """Add to every answer what keeps it to itself."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)


def _is_ours(request: web.Request) -> bool:
    """Whether the request was meant for us, and was not made by a page of elsewhere."""
    socket_name = request.get_extra_info("sockname")
    port = socket_name[1] if socket_name else 0
    names, origin = Names(port=port), request.headers.get("Origin")
    return names.include(request.host) and (origin is None or names.include_page(origin))
