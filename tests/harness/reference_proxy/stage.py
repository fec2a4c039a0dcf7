"""A scripted upstream on a real socket, the proxy in front of it, and a client that sees raw bytes.

The one rule: nothing here waits by the clock; every step is caused by the other side.
"""

import asyncio
import contextlib
import io
import itertools
import json
import socket
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from aiohttp import web

from harness.reference_proxy.answers.failures import wall_clock
from harness.reference_proxy.http import logs
from harness.reference_proxy.serving import application
from harness.reference_proxy.settings import Settings

OPENAI_MODEL = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"
NATIVE_MODEL = "@cf/qwen/qwen1.5-14b-chat-awq"
UNSAID: dict[str, Any] = {"refusal": None, "annotations": []}
"""What every message holds, because OpenAI's schema requires the one, and always sends the other."""
USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


class Connection:
    """One request as the upstream sees it, and the means to answer it byte by byte."""

    def __init__(
        self,
        head: str,
        body: bytes,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        told: asyncio.Event,
    ) -> None:
        self.told = told
        self.line, _, rest = head.partition("\r\n")
        self.headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in rest.split("\r\n") if line)
        }
        self.body = body
        self.peer = writer.get_extra_info("peername")
        self._reader = reader
        self._writer = writer

    @property
    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document

    async def raw(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def reply(
        self, status: int, body: bytes, *, kind: str = "application/json", headers: dict[str, str] | None = None
    ) -> None:
        lines = {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        await self.raw(f"HTTP/1.1 {status} X\r\n{head}\r\n".encode() + body)

    async def json_reply(self, document: object, status: int = 200, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        await self.reply(status, json.dumps(document).encode(), headers=named)

    async def start_stream(self) -> None:
        await self.raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")

    async def event(self, data: object) -> None:
        text = data if isinstance(data, bytes) else json.dumps(data).encode()
        await self.block(b"data: " + text + b"\n\n")

    async def block(self, data: bytes) -> None:
        await self.raw(b"%x\r\n%s\r\n" % (len(data), data))

    async def end(self) -> None:
        await self.raw(b"0\r\n\r\n")

    async def stream(self, *events: object) -> None:
        await self.start_stream()
        for item in events:
            await self.event(item)
        await self.end()

    async def gone(self) -> None:
        """Wait until the proxy has dropped this connection."""
        with contextlib.suppress(ConnectionError):
            while await self._reader.read(1024):
                pass

    def close(self) -> None:
        self._writer.close()

    def reset(self) -> None:
        connection = self._writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


Answer = Callable[[Connection], Awaitable[None]]


class Upstream:
    """Answers the nth request with the nth script; the last script answers all that follow."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.seen: list[Connection] = []
        self.called = asyncio.Event()
        self.told = asyncio.Event()
        """Set by a test, for a script that waits until it is told to go on."""
        self.url = ""
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def then(self, *answers: Answer) -> None:
        self._answers = list(answers)

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")[:-4]
                size = next(
                    (int(line[15:]) for line in head.split("\r\n") if line.lower().startswith("content-length:")), 0
                )
                connection = Connection(head, await reader.readexactly(size), reader, writer, self.told)
                self.seen.append(connection)
                self.called.set()
                answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
                await answer(connection)
                if writer.is_closing():
                    return
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # cancelled only by `stop`, after which nobody looks
        finally:
            self._tasks.discard(task)
            writer.close()


class Answered:
    """What a client got: the head, every byte of the body, and whether the framing was finished."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes, *, whole: bool) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.whole = whole

    @property
    def json(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.body)
        return document

    @property
    def events(self) -> list[Any]:
        blocks = [block[6:] for block in self.body.decode().split("\n\n") if block.startswith("data: ")]
        return [block if block == "[DONE]" else json.loads(block) for block in blocks]

    @property
    def text(self) -> str:
        return "".join(
            choice["delta"].get("content") or ""
            for item in self.events
            if item != "[DONE]"
            for choice in item.get("choices", [])
        )

    @property
    def finishes(self) -> list[str]:
        return [
            choice["finish_reason"]
            for item in self.events
            if item != "[DONE]"
            for choice in item.get("choices", [])
            if choice["finish_reason"]
        ]


class Call:
    """One client request under way, read chunk by chunk."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self.writer = writer
        self.status = 0
        self.headers: dict[str, str] = {}

    async def head(self) -> None:
        text = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, _, rest = text.partition("\r\n")
        self.status = int(line.split()[1])
        pairs = (item.partition(":") for item in rest.split("\r\n") if item)
        self.headers = {name.lower(): value.strip() for name, _, value in pairs}

    async def chunk(self) -> bytes:
        size = int(await self._reader.readuntil(b"\r\n"), 16)
        return (await self._reader.readexactly(size + 2))[:-2]

    async def rest(self) -> Answered:
        if not self.status:
            await self.head()
        body = b""
        try:
            if "content-length" in self.headers:
                body = await self._reader.readexactly(int(self.headers["content-length"]))
            else:
                while piece := await self.chunk():
                    body += piece
        except (asyncio.IncompleteReadError, ConnectionError):
            return Answered(self.status, self.headers, body, whole=False)
        finally:
            self.writer.close()
        return Answered(self.status, self.headers, body, whole=True)

    def leave(self) -> None:
        self.writer.close()


class Log(io.StringIO):
    """What the proxy logged, and a way to wait for it."""

    def __init__(self) -> None:
        super().__init__()
        self._news = asyncio.Event()

    def write(self, text: str) -> int:
        self._news.set()
        return super().write(text)

    async def says(self, text: str) -> None:
        while text not in self.getvalue():
            self._news.clear()
            await self._news.wait()


class Clock:
    """The time by which what the proxy keeps grows old, moved on by hand.

    The wall clock, in which ages are told, moves a microsecond on each time it is read and no more: an age is the same
    on a busy machine, and of two things the later one is the younger. Limits are kept by real time.
    """

    def __init__(self) -> None:
        self._began_s = wall_clock()
        self._readings = itertools.count()
        self._ahead_s = 0.0

    def advance(self, seconds: float) -> None:
        self._ahead_s += seconds

    def monotonic(self) -> float:
        return time.monotonic() + self._ahead_s

    def wall(self) -> float:
        return self._began_s + self._ahead_s + next(self._readings) / 1e6


class Stage:
    """The proxy and its upstream, started together."""

    def __init__(
        self, upstream: Upstream, port: int, log: Log, clock: Clock, stop: Callable[[], Awaitable[None]]
    ) -> None:
        self.upstream = upstream
        self.stop = stop
        self.port = port
        self.log = log
        self.clock = clock

    async def call(
        self, document: object, *, method: str = "POST", path: str = "/v1/chat/completions", **headers: str
    ) -> Call:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        named = {"Content-Length": str(len(body))} | {k.replace("_", "-"): v for k, v in headers.items()}
        head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(f"{method} {path} HTTP/1.1\r\nHost: x\r\n{head}\r\n".encode() + body)
        await writer.drain()
        return Call(reader, writer)

    async def ask(self, document: object, **options: str) -> Answered:
        return await (await self.call(document, **options)).rest()

    async def get(self, path: str, method: str = "GET") -> Answered:
        return await self.ask(b"", method=method, path=path)

    async def turns(self, count: int) -> None:
        """Let the proxy do whatever it can do now: it answers this many requests beside it."""
        for _ in range(count):
            await self.get("/healthz")


@contextlib.asynccontextmanager
async def stage(*answers: Answer, **settings: object) -> AsyncIterator[Stage]:
    """A running proxy whose upstream answers by these scripts; backoff is short unless set.

    With `passing=True` the upstream is also the origin whose answers pass below `/origin`.
    """
    passing = settings.pop("passing", False)
    upstream = Upstream(*answers)
    await upstream.start()
    log, clock = Log(), Clock()
    defaults: dict[str, Any] = {
        "port": 0, "retry_base_s": 0.001, "retry_max_s": 0.002, "api_token": "up-secret", "account_id": "acc-secret",
    }  # fmt: skip
    defaults |= {"upstream": upstream.url, "origin": upstream.url if passing else ""}
    chosen = Settings(**{**defaults, **settings})
    app = application(chosen, log=logs.logger(log), clock=clock.monotonic, wall=clock.wall)
    runner = web.AppRunner(app, handler_cancellation=True, access_log=None, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield Stage(upstream, runner.addresses[0][1], log, clock, runner.cleanup)
    finally:
        await runner.cleanup()
        await upstream.stop()


def chat(text: str = "hello", **parameters: object) -> dict[str, object]:
    """A request of one user message."""
    return {"model": OPENAI_MODEL, "messages": [{"role": "user", "content": text}], **parameters}


def piece(text: str, index: int = 0, finish: str | None = None, **delta: object) -> dict[str, object]:
    """An OpenAI chunk as upstream sends it."""
    content = {"content": text} if text else {}
    choice = {"index": index, "delta": {**content, **delta}, "finish_reason": finish}
    return {"id": "up", "object": "chat.completion.chunk", "created": 7, "model": OPENAI_MODEL, "choices": [choice]}


def whole(text: str = "hi", finish: str = "stop", **message: object) -> dict[str, object]:
    """An OpenAI completion as upstream sends it."""
    return {
        "id": "up",
        "object": "chat.completion",
        "created": 7,
        "model": OPENAI_MODEL,
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": text, **message}, "finish_reason": finish}
        ],
        "usage": USAGE,
    }


DONE = b"[DONE]"


def streams(*events: object) -> Answer:
    """A script that sends these events and ends cleanly."""
    return lambda connection: connection.stream(*events)


def says(document: object, status: int = 200, **headers: str) -> Answer:
    """A script that answers with this JSON."""
    return lambda connection: connection.json_reply(document, status, **headers)


GOOD = streams(piece("Hel"), piece("lo"), piece("", finish="stop"), DONE)
