"""The servers that are measured, each alone in a process: edgeproof's mock, and plain aiohttp sending the same bytes.

The one rule: both run on the same event loop and send the same head, body and pieces; what is left between them is how
they do it.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Literal, TypeAlias

from aiohttp import web

from fault_injection.reply import Reply
from harness.mock_cloudflare.request import Request
from harness.mock_cloudflare.service import MockCloudflare
from harness.mock_cloudflare.settings import MockSettings
from harness.shell.loop import run
from harness.shell.upstream.wire_server import WireServer
from scenarios.prompt import Prompt

Kind: TypeAlias = Literal["ours", "aiohttp"]

_SETTINGS = MockSettings()
_READY_WITHIN_S = 20.0
_END_WITHIN_S = 5.0


def chat_request(*, stream: bool, tokens: int = 12) -> Request:
    """Return a request for a chat completion of so many tokens, as an OpenAI client would send it."""
    content = str(Prompt(nonce="ep-00000000beac", tokens=tokens))
    body = json.dumps(
        {
            "model": "@cf/meta/llama-3.3-70b-instruct-fp8-fast",
            "messages": [{"role": "user", "content": content}],
            "stream": stream,
        }
    ).encode()
    headers = (
        ("Host", "127.0.0.1"),
        ("Authorization", f"Bearer {_SETTINGS.api_token}"),
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
    )
    return Request(method="POST", path="/v1/chat/completions", headers=headers, body=body)


def reply_to(request: Request) -> Reply:
    """Return what the mock answers, at a fixed time."""
    return MockCloudflare(_SETTINGS).answer(request, now_s=1_760_000_000.0).reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that runs in a process of its own, on `port` of 127.0.0.1."""

    port: int
    pipe: Connection

    def cpu_s(self) -> float:
        """Ask the process how much processor time it has used so far, in seconds."""
        self.pipe.send("cpu")
        used: float = self.pipe.recv()
        return used


@contextmanager
def serving(kind: Kind) -> Iterator[Server]:
    """Start a server and end it afterwards.

    Raises:
        RuntimeError: it was not ready in time, or did not end well; what it printed says why.
    """
    spawning = multiprocessing.get_context("spawn")
    pipe, far_end = spawning.Pipe()
    process = spawning.Process(target=_serve, args=(kind, far_end), daemon=True)
    process.start()
    far_end.close()
    try:
        yield Server(port=_port(kind, pipe), pipe=pipe)
    finally:
        pipe.close()
        process.join(_END_WITHIN_S)
        if process.is_alive():
            process.kill()
            process.join()
    if process.exitcode:
        message = f"the {kind} server ended with exit code {process.exitcode}; its own output says why"
        raise RuntimeError(message)


def _port(kind: Kind, pipe: Connection) -> int:
    try:
        if pipe.poll(_READY_WITHIN_S):
            port: int = pipe.recv()
            return port
    except EOFError:
        pass  # it died on the way
    message = f"the {kind} server was not ready within {_READY_WITHIN_S:g} s; its own output says why"
    raise RuntimeError(message)


def _serve(kind: Kind, pipe: Connection) -> None:
    run(_serve_until_closed(_ours() if kind == "ours" else _aiohttp(), pipe))


async def _serve_until_closed(listening: AbstractAsyncContextManager[int], pipe: Connection) -> None:
    async with listening as port:
        pipe.send(port)
        await asyncio.to_thread(_tell_cpu, pipe)


def _tell_cpu(pipe: Connection) -> None:
    try:
        while pipe.recv():
            pipe.send(time.process_time())
    except EOFError:
        return  # the parent has closed its end, or is gone


@asynccontextmanager
async def _ours() -> AsyncIterator[int]:
    async with WireServer(mock=MockCloudflare(_SETTINGS)) as server:
        yield server.port
        if server.problems:
            raise RuntimeError(server.problems[0])


@asynccontextmanager
async def _aiohttp() -> AsyncIterator[int]:
    stream, whole = (reply_to(chat_request(stream=streams)) for streams in (True, False))

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        if b'"stream": true' not in body:
            return web.Response(body=whole.body_bytes, headers=dict(whole.headers))
        response = web.StreamResponse(headers=dict(stream.headers))
        await response.prepare(request)
        for event in stream.events:
            await response.write(event.raw)
        await response.write_eof()
        return response

    runner = web.ServerRunner(web.Server(answer))
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()
