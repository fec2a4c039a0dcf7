"""Proxies that are wrong about how clients speak: connections, forms of requests, compression, pages."""

from __future__ import annotations

import asyncio
import json
from typing import ClassVar
from urllib.parse import urlsplit

import aiohttp
from aiohttp import HttpVersion11, web

from tests.targets.parser import ParsingProxy
from tests.targets.pipe import Pipe
from tests.targets.serving import Failure, Settings, Target

_MOST_BYTES = 1 << 20


class LeavesBodies(Target):
    """Speaks HTTP by hand, and declines what is too large by its length, with the body still to come."""

    async def serve(self) -> None:
        async with aiohttp.ClientSession() as self.session:
            server = await asyncio.start_server(self._connected, "127.0.0.1", self.settings.port)
            async with server:
                await server.serve_forever()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        status = 200
        while status != 400:
            try:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError):
                status, body = 400, b'{"error": {"message": "Bad request syntax"}}'
            else:
                status, body = await self._answered(head, reader)
            answer = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(answer.encode() + body)
        writer.close()

    async def _answered(self, head: str, reader: asyncio.StreamReader) -> tuple[int, bytes]:
        line, *fields = head.rstrip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        if line.startswith("GET /healthz "):
            return 200, b"{}"
        if line != "POST /v1/chat/completions HTTP/1.1":
            return 400, json.dumps({"error": {"message": f"Bad request syntax ({line[:80]!r})"}}).encode()
        size = int(headers.get("content-length", 0))
        if size > _MOST_BYTES:
            return 413, b'{"error": {"message": "The request is too large."}}'
        answer = await self.open(await reader.readexactly(size))
        return answer.status, await answer.read()


class KnowsCurl(ParsingProxy):
    """Was tried with curl, which sends a length."""

    async def chat(self, request: web.Request) -> web.StreamResponse:
        if int(request.headers["Content-Length"]) > _MOST_BYTES:
            raise Failure(413, "The request is too large.")
        return await super().chat(request)


class PassesOnFraming(Pipe):
    """Copies the client's headers, those that are for one hop among them."""

    async def chat(self, request: web.Request) -> web.StreamResponse:
        if "Transfer-Encoding" in request.headers:
            await request.read()
            await asyncio.sleep(self.first_byte_s)  # upstream waits for a chunk, and this for upstream
            raise Failure(504, "Upstream did not answer in time.")
        return await super().chat(request)


class Compresses(Pipe):
    """Compresses whatever it sends for whoever takes it, and flushes at the end."""

    async def relay(self, request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
        response = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.headers["Content-Type"]})
        response.enable_compression()
        await response.prepare(request)
        try:
            async for piece in self.pieces(answer):
                await self.put(response, piece)
        except Failure:
            self.broken(request)
        return response


class ChunksAlways(Pipe):
    """Answers in chunks, whoever asks."""

    async def relay(self, request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
        request._version = HttpVersion11
        return await super().relay(request, answer)


class NeverContinues(Pipe):
    """Has never heard of Expect."""

    async def expected(self, request: web.Request) -> web.StreamResponse | None:
        return None


class ErrorsWithoutCors(ParsingProxy):
    """Sets the headers for pages where it answers, and not where it fails."""

    async def grant(self, request: web.Request, response: web.StreamResponse) -> None:
        if response.status < 400:
            await super().grant(request, response)


class WaitsForReaders(Pipe):
    """Has time limits on whatever it reads, and none on what it writes."""

    stall_s: ClassVar[float] = 3600.0


class GivesUpDeadConnections(ParsingProxy):
    """Retries what upstream answers, and not what gets lost on a kept connection that upstream is just closing."""

    async def open(self, body: bytes) -> aiohttp.ClientResponse:
        try:
            return await super().open(body)
        except Failure as failure:
            if isinstance(failure.__context__, aiohttp.ServerDisconnectedError):
                failure.retryable = False
            raise


class QueuesAnswers(Pipe):
    """Asks upstream on one connection by hand, and takes whatever comes next there for the answer."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._turn = asyncio.Lock()
        self._line: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        try:
            async with self._turn, asyncio.timeout(self.first_byte_s):
                return await self._asked(body)
        except (TimeoutError, OSError, EOFError):
            self._line = None
            raise Failure(502, "Upstream could not be reached.") from None

    async def _asked(self, body: bytes) -> web.Response:
        url = urlsplit(self.settings.account_url)
        reader, writer = self._line = self._line or await asyncio.open_connection(url.hostname, url.port)
        head = f"POST {url.path}/ai/v1/chat/completions HTTP/1.1\r\nHost: {url.netloc}\r\nContent-Length: {len(body)}"
        bearer = f"Authorization: Bearer {self.settings.token}\r\nContent-Type: application/json"
        writer.write(f"{head}\r\n{bearer}\r\n\r\n".encode() + body)
        status, *fields = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").rstrip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        size = int(headers.get("content-length", -1))
        answer = await reader.readexactly(size) if size >= 0 else await self._chunks(reader)
        return web.Response(
            status=int(status.split()[1]), body=answer, headers={"Content-Type": headers["content-type"]}
        )

    async def _chunks(self, reader: asyncio.StreamReader) -> bytes:
        pieces = []
        while size := int(await reader.readline(), 16):
            pieces.append((await reader.readexactly(size + 2))[:-2])
        await reader.readline()
        return b"".join(pieces)
