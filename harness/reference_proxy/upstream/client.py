"""The client that asks upstream, beneath everything that speaks HTTP to it: httpx in front, our own pool behind.

The one rule: what upstream says to one caller is not for the next, and nothing is read from the environment.
"""

import socket
from typing import Any

import httpx

from harness.reference_proxy.settings import Settings
from harness.reference_proxy.upstream.transport import PooledTransport

_RECEIVE_BUFFER_BYTES = 256 * 1024  # lets a slow client be felt upstream instead of in kernel buffers


def http_client(settings: Settings) -> httpx.AsyncClient:
    """The connection pool for the upstream; reads no proxies and no credentials from the environment."""
    limits = httpx.Limits(max_connections=1000, max_keepalive_connections=16, keepalive_expiry=30)
    return _Client(
        transport=PooledTransport(
            secure=settings.speaks_tls,
            limits=limits,
            socket_options=[(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)],
        ),
        base_url=settings.upstream,
        # Reading is timed by us, piece by piece: headers, body and live streams have bounds of their own. Writing waits
        # for nothing; whoever asks bounds the time until the answer begins.
        timeout=httpx.Timeout(None, connect=settings.connect_timeout_s, pool=settings.connect_timeout_s),
        follow_redirects=False,
        trust_env=False,
    )


class _Client(httpx.AsyncClient):
    """A client that keeps no cookies.

    It asks its transport straight away. What `httpx` looks for on the way, at every request, is not there: no hooks, no
    redirects to follow, no credentials but those of the request.
    """

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - passed on as they come
        super().__init__(**settings)
        self._cookies = _NoCookies()

    async def send(
        self,
        request: httpx.Request,
        *,
        stream: bool = False,
        **options: Any,  # noqa: ANN401 - httpx's own
    ) -> httpx.Response:
        """The response to a request, read to its end unless it is a `stream`; raises httpx.HTTPError."""
        if options or request.url.userinfo or self.is_closed:
            return await super().send(request, stream=stream, **options)
        request.extensions.setdefault("timeout", self.timeout.as_dict())
        response = await self._transport_for_url(request.url).handle_async_request(request)
        response.request = request
        if not stream:
            try:
                await response.aread()
            except BaseException:
                await response.aclose()
                raise
        return response


class _NoCookies(httpx.Cookies):
    def extract_cookies(self, response: httpx.Response) -> None:
        pass
