"""The pool of connections to the upstream, in which no connection is lost to a request that is given up.

The one rule: the pool is never interrupted while it takes a connection or gives one back. httpcore (1.0.9) shields
these moments from anyio's cancellation and not from asyncio's: what it was about to note is lost, and so is the
connection, which is never used again and never expires. Whoever gives up does not wait for any of it.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine

import httpx

_HAS_CONNECTION = "http11.send_request_headers.started"


class PooledTransport(httpx.AsyncHTTPTransport):
    """The transport of httpx, but for what happens to requests that are given up."""

    def __init__(self, *, secure: bool, limits: httpx.Limits, socket_options: list[tuple[int, int, int]]) -> None:
        # Reading the system's certificates takes longer than all else at the start; without TLS nobody looks at them.
        super().__init__(verify=secure, trust_env=False, http2=False, limits=limits, socket_options=socket_options)
        self._endings: set[asyncio.Task[None]] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The response to a request; its body is not read yet, and closes by itself in whatever way it is left."""
        connected = asyncio.Event()

        async def note(event: str, _: object) -> None:
            if event == _HAS_CONNECTION:
                connected.set()

        request.extensions = {**request.extensions, "trace": note}
        call = asyncio.create_task(super().handle_async_request(request))
        call.add_done_callback(lambda _: connected.set())
        try:
            response = await asyncio.shield(call)
        except asyncio.CancelledError:
            self._start(_give_up(call, connected))
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream)  # noqa: S101 - what an asynchronous transport gives
        response.stream = _Body(response.stream, self)
        return response

    async def finish(self, ending: Coroutine[None, None, None]) -> None:
        """Wait for something that goes on to its end even if nobody waits for it any more."""
        await asyncio.shield(self._start(ending))

    async def aclose(self) -> None:
        """Close every connection, after all that was begun is over."""
        await asyncio.gather(*self._endings, return_exceptions=True)
        await super().aclose()

    def _start(self, ending: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(ending)
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)
        return task


class _Body(httpx.AsyncByteStream):
    def __init__(self, body: httpx.AsyncByteStream, transport: PooledTransport) -> None:
        self._body = body
        self._transport = transport

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._body:
            yield piece

    async def aclose(self) -> None:
        await self._transport.finish(_close(self._body))


async def _close(body: httpx.AsyncByteStream) -> None:
    await body.aclose()


async def _give_up(call: asyncio.Task[httpx.Response], connected: asyncio.Event) -> None:
    await connected.wait()  # connecting has a time limit of its own
    call.cancel()
    with contextlib.suppress(asyncio.CancelledError, httpx.HTTPError, OSError):
        response = await call
        await response.aclose()
