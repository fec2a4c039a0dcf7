"""What every small proxy here has: its settings, a way to ask upstream, a way to say that something failed.

The one rule: nothing of the product is imported. These programs are judged by it, so they share no code with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

import aiohttp
from aiohttp import web

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where a proxy listens and whom it asks."""

    port: int
    upstream: str
    account_id: str = field(default_factory=lambda: os.environ["CLOUDFLARE_ACCOUNT_ID"])
    token: str = field(default_factory=lambda: os.environ["CLOUDFLARE_API_TOKEN"], repr=False)
    namespace: str = field(default_factory=lambda: os.environ.get("CLOUDFLARE_KV_NAMESPACE", ""))

    @property
    def account_url(self) -> str:
        """The account's part of the API."""
        return f"{self.upstream}/client/v4/accounts/{self.account_id}"


class Failure(Exception):  # noqa: N818 - what failed is upstream, not the code
    """Something that the client is told: a status, a message, and how long to wait if upstream said so."""

    def __init__(self, status: int, message: str, *, retry_after: str | None = None, retryable: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.retry_after = retry_after
        self.retryable = retryable


class GivenUpError(ConnectionError):
    """A client takes nothing, and is given up."""


class Target:
    """A proxy without a way of answering; subclasses bring `chat`."""

    idle_s: ClassVar[float] = 1.0
    first_byte_s: ClassVar[float] = 1.0
    stall_s: ClassVar[float] = 3.5
    """How long a client may take nothing of its answer."""
    cors: ClassVar[bool] = False
    decompress: ClassVar[bool] = True
    session: aiohttp.ClientSession

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """Answer one chat request."""
        raise NotImplementedError

    async def open(self, body: bytes) -> aiohttp.ClientResponse:
        """Ask upstream; whoever asked closes the answer.

        Raises:
            Failure: when no head comes in time.
        """
        headers = {
            "Authorization": f"Bearer {self.settings.token}",
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
        }
        try:
            async with asyncio.timeout(self.first_byte_s):
                return await self.session.post(
                    f"{self.settings.account_url}/ai/v1/chat/completions",
                    data=body,
                    headers=headers,
                    allow_redirects=False,
                )
        except TimeoutError:
            raise Failure(504, "Upstream did not answer in time.", retryable=True) from None
        except (aiohttp.ClientError, OSError, ValueError):
            raise Failure(502, "Upstream could not be reached.", retryable=True) from None

    async def pieces(self, answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        """Yield the body of an answer as it comes.

        Raises:
            Failure: when it breaks off or falls silent.
        """
        while True:
            try:
                async with asyncio.timeout(self.idle_s):
                    piece = await answer.content.readany()
            except TimeoutError:
                raise Failure(504, "Upstream fell silent.") from None
            except (aiohttp.ClientError, OSError):
                raise Failure(502, "Upstream broke off.") from None
            if not piece:
                return
            yield piece

    async def put(self, response: web.StreamResponse, data: bytes) -> None:
        """Write to a client.

        Raises:
            GivenUpError: it takes nothing any more.
        """
        try:
            async with asyncio.timeout(self.stall_s):
                await response.write(data)
        except TimeoutError:
            raise GivenUpError from None

    async def expected(self, request: web.Request) -> web.StreamResponse | None:
        """Tell a client that waits for it to send its body."""
        if request.headers.get("Expect", "").lower() == "100-continue" and request.transport is not None:
            request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return None

    async def grant(self, request: web.Request, response: web.StreamResponse) -> None:
        """Let pages of any origin read an answer."""
        if self.cors and "Origin" in request.headers:
            response.headers["Access-Control-Allow-Origin"] = "*"

    def failed(self, failure: Failure) -> web.Response:
        """Tell a failure as a JSON error."""
        headers = {"Retry-After": failure.retry_after} if failure.retry_after else {}
        error = {"error": {"message": failure.message, "type": "proxy_error", "code": failure.status}}
        return web.json_response(error, status=failure.status, headers=headers)

    def cut(self, request: web.Request) -> None:
        """End an answer so that the client sees that something is missing: flushed, but without its last chunk."""
        if request.transport is not None:
            request.transport.close()

    async def serve(self) -> None:
        """Listen until the process is ended."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=self.first_byte_s)
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(
            timeout=timeout, connector=connector, auto_decompress=self.decompress, trust_env=False
        ) as self.session:
            app = web.Application(client_max_size=1 << 30)
            app.router.add_get("/healthz", _healthy)
            app.router.add_post("/v1/chat/completions", self._chat, expect_handler=self.expected)
            app.on_response_prepare.append(self.grant)
            if self.cors:
                app.router.add_options("/v1/chat/completions", _preflight)
            runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=0.5)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", self.settings.port).start()
            await asyncio.Event().wait()

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        try:
            return await self.chat(request)
        except Failure as failure:
            return self.failed(failure)
        except GivenUpError:
            if request.transport is not None:
                request.transport.abort()
            raise


def serve(target: Target) -> None:
    """Serve until told to end."""
    asyncio.run(_until_told(target))


async def _until_told(target: Target) -> None:
    task = asyncio.ensure_future(target.serve())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def _preflight(_: web.Request) -> web.Response:
    return web.Response(status=204, headers={"Access-Control-Allow-Headers": "authorization, content-type"})


async def _healthy(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


def dump(value: object) -> bytes:
    """Return a value as JSON, in ASCII: half a surrogate pair can be said in no other way."""
    return json.dumps(value).encode()
