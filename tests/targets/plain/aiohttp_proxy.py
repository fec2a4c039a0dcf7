"""A small proxy as many are written with aiohttp, with its loose ends tied: `aiohttp_proxy.py PORT UPSTREAM`.

The one rule: it is right. An error it tells in its own words, as soon as it knows the status, and reads no more of it.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web

HEADERS = {"Authorization": f"Bearer {os.environ['CLOUDFLARE_API_TOKEN']}", "Content-Type": "application/json"}
PATH = f"/client/v4/accounts/{os.environ['CLOUDFLARE_ACCOUNT_ID']}/ai/v1/chat/completions"
KEPT = ("Content-Type", "Content-Encoding", "Content-Length")
STALL_S = 4
IDLE_S = 2
"""For every piece, as aiohttp's own limit is forgotten when a chunk has no valid size."""
SESSION = web.AppKey("session", aiohttp.ClientSession)
UPSTREAM = web.AppKey("upstream", str)


async def chat(request: web.Request) -> web.StreamResponse:
    """Ask upstream, and pass its answer on as it comes."""
    body = await request.read()
    try:
        async with request.app[SESSION].post(
            request.app[UPSTREAM] + PATH, data=body, headers=HEADERS, allow_redirects=False
        ) as answer:
            if answer.status != web.HTTPOk.status_code:
                return failed(answer)
            return await passed_on(request, answer)
    except TimeoutError:
        return error(504, "The model did not answer in time.")
    except aiohttp.ClientError:
        return error(502, "The model could not be reached.")


async def passed_on(request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    """Pass on an answer; where it breaks off, so does the client's."""
    kept = {name: answer.headers[name] for name in KEPT if name in answer.headers}
    response = web.StreamResponse(headers=kept)
    await response.prepare(request)
    try:
        while piece := await asyncio.wait_for(answer.content.readany(), IDLE_S):
            await written(request, response, piece)
    except (aiohttp.ClientError, TimeoutError):
        if request.transport is not None:
            request.transport.close()
    return response


async def written(request: web.Request, response: web.StreamResponse, piece: bytes) -> None:
    """Pass on a piece; a client that takes nothing any more is given up."""
    try:
        await asyncio.wait_for(response.write(piece), STALL_S)
    except TimeoutError:
        if request.transport is not None:
            request.transport.abort()
        raise


def failed(answer: aiohttp.ClientResponse) -> web.Response:
    """Tell that upstream has refused, with its status if that is one of an error."""
    wait = {"Retry-After": answer.headers["Retry-After"]} if "Retry-After" in answer.headers else {}
    status = answer.status if answer.status >= web.HTTPBadRequest.status_code else 502
    return error(status, f"The model answered with status {answer.status}.", wait)


def error(status: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
    """Tell an error as OpenAI does."""
    return web.json_response({"error": {"message": message, "type": "upstream"}}, status=status, headers=headers)


async def healthy(_: web.Request) -> web.Response:
    """Say that all is well."""
    return web.Response(text="ok")


async def session(app: web.Application) -> AsyncIterator[None]:
    """Keep one session, and its connections, for all requests."""
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=2, sock_read=IDLE_S)
    async with aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as app[SESSION]:
        yield


def main(port: str, upstream: str) -> None:
    """Serve until told to end."""
    app = web.Application(client_max_size=16 << 20)
    app[UPSTREAM] = upstream
    app.cleanup_ctx.append(session)
    app.router.add_get("/healthz", healthy)
    app.router.add_post("/v1/chat/completions", chat)
    web.run_app(app, host="127.0.0.1", port=int(port), handler_cancellation=True, print=None, access_log=None)


if __name__ == "__main__":
    main(*sys.argv[1:])
