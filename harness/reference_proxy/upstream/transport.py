"""The pool of connections to the upstream, beneath httpx: taking one, asking on it, giving it back.

The one rule: a connection is either idle in the pool or belongs to one request, which gives it back or drops it in
whatever way it is left. What goes wrong is told in httpx's words.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator

import httpx

from harness.reference_proxy.upstream.connection import Connection

_Origin = tuple[str, str, int]


class PooledTransport(httpx.AsyncBaseTransport):
    """Asks over connections that are kept and used again, within `limits`."""

    def __init__(self, *, secure: bool, limits: httpx.Limits, socket_options: list[tuple[int, int, int]]) -> None:
        # Reading the system's certificates takes longer than all else at the start; without TLS nobody looks at them.
        self._tls: ssl.SSLContext | None = httpx.create_ssl_context(trust_env=False) if secure else None
        self._limits = limits
        self._socket_options = socket_options
        self._places = asyncio.Semaphore(limits.max_connections or 1_000_000)
        self._idle: dict[Connection, asyncio.TimerHandle] = {}
        self._origins: dict[Connection, _Origin] = {}

    @property
    def open(self) -> int:
        """How many connections there are."""
        return len(self._origins)

    @property
    def idle(self) -> int:
        """How many of them no request has."""
        return len(self._idle)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The response to a request; its body is not read yet, and closes by itself in whatever way it is left."""
        head = _head(request)
        connection = await self._connection(request)
        try:
            connection.ask(head + request.content)
            await connection.head()
        except BaseException:
            connection.abort()
            raise
        return httpx.Response(connection.status, headers=connection.headers, stream=_Body(connection, self))

    async def aclose(self) -> None:
        """Close every connection."""
        for connection in list(self._origins):
            connection.abort()
        while self._origins:  # noqa: ASYNC110 - each ends in the loop's next turn
            await asyncio.sleep(0)

    def give_back(self, connection: Connection) -> None:
        """Keep a connection for another request, where it may be and there is room; drop it otherwise."""
        most = self._limits.max_keepalive_connections
        if connection.is_free and (most is None or len(self._idle) < most):
            loop, expiry_s = asyncio.get_running_loop(), self._limits.keepalive_expiry
            self._idle[connection] = loop.call_later(3600.0 if expiry_s is None else expiry_s, connection.abort)
        else:
            connection.abort()

    async def _connection(self, request: httpx.Request) -> Connection:
        origin = _origin(request.url)
        for connection in reversed(self._idle):
            if self._origins[connection] == origin:
                self._idle.pop(connection).cancel()
                if not connection.is_stale:
                    return connection
                connection.abort()
                return await self._connection(request)
        return await self._connected(origin, request.extensions.get("timeout", {}))

    async def _connected(self, origin: _Origin, bounds_s: dict[str, float | None]) -> Connection:
        try:
            async with asyncio.timeout(bounds_s.get("pool")):
                await self._places.acquire()
        except TimeoutError:
            raise httpx.PoolTimeout("every connection is taken") from None
        made = False
        scheme, host, port = origin
        try:
            async with asyncio.timeout(bounds_s.get("connect")):
                _, connection = await asyncio.get_running_loop().create_connection(
                    lambda: Connection(self._lost, self._socket_options),
                    host,
                    port,
                    ssl=self._tls if scheme == "https" else None,
                )
            if connection.is_gone:
                raise ConnectionResetError("the upstream took the connection and dropped it")
            self._origins[connection] = origin
            made = True
        except TimeoutError:
            raise httpx.ConnectTimeout("the upstream did not take the connection in time") from None
        except OSError as error:
            raise httpx.ConnectError(str(error)) from error
        finally:
            if not made:
                self._places.release()
        return connection

    def _lost(self, connection: Connection) -> None:
        timer = self._idle.pop(connection, None)
        if timer is not None:
            timer.cancel()
        if self._origins.pop(connection, None) is not None:
            self._places.release()


class _Body(httpx.AsyncByteStream):
    def __init__(self, connection: Connection, pool: PooledTransport) -> None:
        self._connection: Connection | None = connection
        self._pool = pool

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        piece = None if self._connection is None else await self._connection.piece()
        if piece is None:
            self._give_back()
            raise StopAsyncIteration
        return piece

    async def aclose(self) -> None:
        self._give_back()

    def _give_back(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._pool.give_back(connection)


def _origin(url: httpx.URL) -> _Origin:
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)


def _head(request: httpx.Request) -> bytes:
    lines = [
        request.method.encode("ascii") + b" " + request.url.raw_path + b" HTTP/1.1",
        *(b"%b: %b" % field for field in request.headers.raw),
    ]
    head = b"\r\n".join(lines)
    if head.count(b"\n") != len(lines) - 1 or head.count(b"\r") != len(lines) - 1 or b"\0" in head:
        raise httpx.LocalProtocolError("a field of the request holds what no field may hold")
    return head + b"\r\n\r\n"
