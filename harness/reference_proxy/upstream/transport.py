"""The connections to the upstream: httpx in front, aiohttp's client beneath, which takes a third of httpcore's time.

The one rule: what goes wrong on a connection is told in httpx's words, for whoever asks through httpx knows no others.
"""

import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

import aiohttp
import httpx
from yarl import URL

_LONGEST_FIELD_BYTES = 64 * 1024
_OWN_HEADERS = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
"""What aiohttp would add; httpx has said what there is to say."""


class PooledTransport(httpx.AsyncBaseTransport):
    """Asks over connections that are kept and used again, of which no more than `limits` says lie idle."""

    def __init__(self, *, secure: bool, limits: httpx.Limits, socket_options: list[tuple[int, int, int]]) -> None:
        self._secure = secure
        self._limits = limits
        self._socket_options = socket_options
        self._session: aiohttp.ClientSession | None = None  # it belongs to a loop, and so begins with the first request

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The response to a request; its body is not read yet, and closes by itself in whatever way it is left."""
        bounds_s = request.extensions.get("timeout", {})
        with _told_as_httpx_would():
            response = await self._opened().request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw],
                data=request.content or None,
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(
                    connect=bounds_s.get("pool"), sock_connect=bounds_s.get("connect"), sock_read=bounds_s.get("read")
                ),
            )
        return httpx.Response(response.status, headers=response.raw_headers, stream=_Body(response, self._is_full))

    async def aclose(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._limits.max_connections or 0,
                    keepalive_timeout=self._limits.keepalive_expiry,
                    # Reading the system's certificates takes longer than all else at the start.
                    ssl=self._secure,
                    socket_factory=self._socket,
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=_OWN_HEADERS,
                auto_decompress=False,
                trust_env=False,
                max_line_size=_LONGEST_FIELD_BYTES,
                max_field_size=_LONGEST_FIELD_BYTES,
            )
        return self._session

    def _socket(self, address: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, _ = address
        made = socket.socket(family, kind, protocol)
        for option in self._socket_options:
            made.setsockopt(*option)
        return made

    def _is_full(self) -> bool:
        """Whether as many connections lie idle as may."""
        most = self._limits.max_keepalive_connections
        assert self._session is not None  # noqa: S101 - an answer came through it
        kept = self._session.connector._conns  # type: ignore[union-attr]  # noqa: SLF001 - there is no other way to know
        return most is not None and sum(map(len, kept.values())) >= most


class _Body(httpx.AsyncByteStream):
    def __init__(self, response: aiohttp.ClientResponse, is_full: Callable[[], bool]) -> None:
        self._response = response
        self._is_full = is_full

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _told_as_httpx_would():
            async for piece in self._response.content.iter_any():
                yield piece

    async def aclose(self) -> None:
        if self._is_full():
            self._response.close()
        else:
            self._response.release()


@contextmanager
def _told_as_httpx_would() -> Iterator[None]:
    try:
        yield
    except aiohttp.ConnectionTimeoutError as error:
        raise httpx.ConnectTimeout(str(error)) from error
    except TimeoutError as error:
        raise httpx.ReadTimeout(str(error)) from error
    except aiohttp.ClientConnectorError as error:
        raise httpx.ConnectError(str(error)) from error
    except aiohttp.ClientOSError as error:
        raise httpx.ReadError(str(error)) from error
    except aiohttp.ClientError as error:
        raise httpx.RemoteProtocolError(str(error)) from error
