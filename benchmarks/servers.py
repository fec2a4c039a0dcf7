"""The servers that are measured, each alone in a process: edgeproof's mock, and two that send its bytes from memory.

The one rule: all run on the same event loop and send the same head, body and pieces; what is left between them is how
they do it. `bare` is the floor: a parser, and a write for each piece.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from multiprocessing.connection import Connection
from typing import Literal, Protocol, TypeAlias

import httptools
from aiohttp import web

from fault_injection.rendering import render
from fault_injection.reply import Reply
from fault_injection.wire import Send
from harness.mock_cloudflare.request import Request
from harness.mock_cloudflare.service import MockCloudflare
from harness.mock_cloudflare.settings import MockSettings
from harness.shell.loop import run
from harness.shell.upstream.wire_server import WireServer
from scenarios.prompt import Prompt

Kind: TypeAlias = Literal["ours", "ours gathered", "aiohttp", "bare"]

Listening: TypeAlias = tuple[int, Callable[[], list[float]]]
"""Where a server listens, and what tells the time between its events; only the mock knows."""

_SETTINGS = MockSettings()
_READY_WITHIN_S = 20.0
_END_WITHIN_S = 5.0


def chat_request(*, stream: bool, tokens: int = 12, pace_s: float = 0.0) -> Request:
    """Return a request for a chat completion of so many tokens, as an OpenAI client would send it."""
    content = str(Prompt(nonce="ep-00000000beac", tokens=tokens, pace_s=pace_s))
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
        ("Cache-Control", "no-cache"),
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
    )
    return Request(method="POST", path="/v1/chat/completions", headers=headers, body=body)


def reply_to(request: Request) -> Reply:
    """Return what the mock answers, at a fixed time."""
    return MockCloudflare(_SETTINGS).answer(request, now_s=1_760_000_000.0).reply


class Measured(Protocol):
    """A server on `port` of 127.0.0.1, of which is known how much processor time it has used."""

    @property
    def port(self) -> int:
        """Where it listens."""
        ...

    def cpu_s(self) -> float:
        """Return the processor time that it has used so far, in seconds."""
        ...


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

    def gaps_s(self) -> list[float]:
        """Ask the mock for the time between each two events that it has sent one after another, and forget them."""
        self.pipe.send("gaps")
        gaps_s: list[float] = self.pipe.recv()
        return gaps_s


@contextmanager
def serving(kind: Kind, *, tokens: int = 12) -> Iterator[Server]:
    """Start a server and end it afterwards; what sends from memory has streams of so many tokens.

    Raises:
        RuntimeError: it was not ready in time, or did not end well; what it printed says why.
    """
    spawning = multiprocessing.get_context("spawn")
    pipe, far_end = spawning.Pipe()
    process = spawning.Process(target=_serve, args=(kind, tokens, far_end), daemon=True)
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


def _serve(kind: Kind, tokens: int, pipe: Connection) -> None:
    started: dict[Kind, Callable[[], AbstractAsyncContextManager[Listening]]] = {
        "ours": partial(_ours, gathers=False),
        "ours gathered": partial(_ours, gathers=True),
        "aiohttp": partial(_aiohttp, tokens),
        "bare": partial(_bare, tokens),
    }
    run(_serve_until_closed(started[kind](), pipe))


async def _serve_until_closed(listening: AbstractAsyncContextManager[Listening], pipe: Connection) -> None:
    async with listening as (port, gaps_s):
        pipe.send(port)
        await asyncio.to_thread(_tell, pipe, gaps_s)


def _tell(pipe: Connection, gaps_s: Callable[[], list[float]]) -> None:
    try:
        while wanted := pipe.recv():
            pipe.send(time.process_time() if wanted == "cpu" else gaps_s())
    except EOFError:
        return  # the parent has closed its end, or is gone


@asynccontextmanager
async def _ours(*, gathers: bool) -> AsyncIterator[Listening]:
    async with WireServer(mock=MockCloudflare(_SETTINGS), gathers=gathers) as server:
        yield server.port, partial(_gaps_s, server)
        if server.problems:
            raise RuntimeError(server.problems[0])


def _gaps_s(server: WireServer) -> list[float]:
    exchanges = server.journal.exchanges()
    server.journal.clear()
    return [after.at_s - before.at_s for exchange in exchanges for before, after in pairwise(exchange.pieces)]


@asynccontextmanager
async def _aiohttp(tokens: int) -> AsyncIterator[Listening]:
    stream, whole = _both(tokens)

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        if not _streams(body):
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
        yield runner.addresses[0][1], list
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _bare(tokens: int) -> AsyncIterator[Listening]:
    stream, whole = ([action.data for action in render(reply) if isinstance(action, Send)] for reply in _both(tokens))
    server = await asyncio.get_running_loop().create_server(lambda: _Bare(stream, whole), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], list


class _Bare(asyncio.Protocol):
    def __init__(self, stream: list[bytes], whole: list[bytes]) -> None:
        self._stream, self._whole = stream, whole
        self._parser = httptools.HttpRequestParser(self)
        self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._socket = transport.get_extra_info("socket")
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        pieces = self._stream if _streams(self._body) else self._whole
        self._body = b""
        with suppress(ConnectionError):
            for piece in pieces:
                os.write(self._socket.fileno(), piece)  # a client that reads nothing is not meant for it


def _both(tokens: int) -> tuple[Reply, Reply]:
    return reply_to(chat_request(stream=True, tokens=tokens)), reply_to(chat_request(stream=False))


def _streams(body: bytes) -> bool:
    return b'"stream": true' in body or b'"stream":true' in body
