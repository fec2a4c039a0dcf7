"""The door: what a request and its client have to keep within, whatever is asked for.

The one rule: a body that is too large is refused as soon as that is known, and never read to its end.
"""

import asyncio

from aiohttp import web

from harness.reference_proxy.errors import ProxyError, invalid_request
from harness.reference_proxy.http import codings, cors
from harness.reference_proxy.http.limits import RateLimiter
from harness.reference_proxy.settings import Settings


class Door:
    """Lets requests in within the limits of the settings, and pages within the origins that may ask."""

    def __init__(self, settings: Settings, limiter: RateLimiter) -> None:
        self._settings = settings
        self._limiter = limiter

    async def body(self, request: web.Request) -> bytes:
        """A request's body, within the limits of size and time."""
        return await self._body(request)

    async def preflight(self, request: web.Request) -> web.Response:
        """OPTIONS of a page that asks whether it may ask; it brings no credentials."""
        origin = request.headers.get("Origin")
        return web.Response(status=204, headers=cors.preflight(origin, self._settings.allowed_origins))

    async def finish_head(self, request: web.Request, response: web.StreamResponse) -> None:
        """What every answer says, whatever it is."""
        response.headers["Server"] = "reference-proxy"
        granted = dict(cors.granted(request.headers.get("Origin"), self._settings.allowed_origins))
        if by := granted.pop("Vary", ""):
            codings.varies_by(response, by)
        response.headers.update(granted)

    async def expect_continue(self, request: web.Request) -> web.StreamResponse | None:
        """Refuse a body that is announced as too large before the client sends it."""
        if (request.content_length or 0) > self._settings.max_request_bytes:
            return None  # the handler refuses it by the same header, without 100 Continue
        if request.headers.get("Expect", "").lower() == "100-continue" and request.transport is not None:
            request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return None

    def limit(self, client: str) -> None:
        """Count a request of a client; raises ProxyError (429) for one too many."""
        wait_s = self._limiter.take(client)
        if wait_s:
            raise ProxyError(
                429,
                "Too many requests from this client.",
                kind="rate_limit_error",
                code="rate_limit_exceeded",
                retry_after=str(wait_s),
            )

    async def _body(self, request: web.Request) -> bytes:
        limit = self._settings.max_request_bytes
        too_large = invalid_request(f"The request is larger than {limit} bytes.", code="request_too_large", status=413)
        if (request.content_length or 0) > limit:
            raise too_large
        if request.content.is_eof() and request.content.exception() is None:  # it came with the head, as most do
            whole = request.content.read_nowait()
            if len(whole) > limit:
                raise too_large
            return whole
        pieces, size = [], 0
        try:
            async with asyncio.timeout(self._settings.request_read_timeout_s):
                async for piece in request.content.iter_any():
                    pieces.append(piece)
                    size += len(piece)
                    if size > limit:
                        raise too_large
        except TimeoutError:
            raise invalid_request("The request took too long to arrive.", code="request_timeout", status=408) from None
        except (web.RequestPayloadError, ValueError):
            raise invalid_request("The request body cannot be read.", code="invalid_body") from None
        return b"".join(pieces)
