"""Proxies that are wrong about what answers say, how they are written, and at what pace."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from aiohttp import web

from tests.targets import door
from tests.targets.door import Ask
from tests.targets.parser import ParsingProxy, Stream
from tests.targets.pipe import Pipe
from tests.targets.resilience import Live
from tests.targets.serving import Failure, Json, dump
from tests.targets.sse import Event, Parser


class _FirstEventOnly(Parser):
    def feed(self, piece: bytes) -> list[Event]:
        events = super().feed(piece)
        return [*events[:1], *(event for event in events[1:] if '"finish_reason":null' not in event.data)]


class _FirstEventOnlyStream(Stream):
    parser = _FirstEventOnly


class FirstEventOnly(ParsingProxy):
    """Takes one read for one event: of several in a read, the first with text is kept."""

    stream = _FirstEventOnlyStream


class _NeverTrimmed(Parser):
    def __init__(self) -> None:
        super().__init__()
        self._all: list[Event] = []

    def feed(self, piece: bytes) -> list[Event]:
        events = super().feed(piece)
        again = self._all[-1:] if events else []
        self._all += events
        return [*again, *events]


class _NeverTrimmedStream(Stream):
    parser = _NeverTrimmed


class NeverTrimmed(ParsingProxy):
    """Leaves the last event in its buffer, so that it is found again with the next read."""

    stream = _NeverTrimmedStream


class _DecodesReads(Parser):
    def feed(self, piece: bytes) -> list[Event]:
        return super().feed(piece.decode(errors="replace").encode())


class _DecodesReadsStream(Stream):
    parser = _DecodesReads


class DecodesReads(ParsingProxy):
    """`chunk.decode("utf-8", errors="replace")` on each read, which tears characters apart."""

    stream = _DecodesReadsStream


class _SplitLines(Parser):
    def feed(self, piece: bytes) -> list[Event]:
        self._text = getattr(self, "_text", "") + piece.decode(errors="ignore")
        whole, separator, self._text = self._text.rpartition("\n\n")
        lines = (whole + separator).splitlines()
        return [Event("message", line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]


class _SplitLinesStream(Stream):
    parser = _SplitLines


class SplitsLines(ParsingProxy):
    """`text.splitlines()`, which also splits at U+2028; what cannot be read then is an error of upstream's to it."""

    stream = _SplitLinesStream


class _Reordering(Stream):
    async def chunks(self) -> AsyncIterator[Json]:
        held: Json | None = None
        position = 0
        async for chunk in super().chunks():
            position += 1
            if position % 4 == 3 and held is None:
                held = chunk
                continue
            yield chunk
            if held is not None:
                yield held
                held = None
        if held is not None:
            yield held


class Reorders(ParsingProxy):
    """Filters pieces two at a time and sends each when it is ready."""

    stream = _Reordering


class SharedAnswer(ParsingProxy):
    """Keeps the current answer on the proxy instead of in the request."""

    current: Live

    async def answer(self, request: web.Request, ask: Ask) -> web.StreamResponse:
        self.current = mine = await self.obtain(ask)
        await asyncio.sleep(0.05)  # looks something up
        try:
            live = self.current
            return await (self.relay(request, ask, live) if ask.stream else self.whole(request, ask, live))
        finally:
            self.let_go(mine)


class AlwaysStop(ParsingProxy):
    """Writes `finish_reason: "stop"` whatever upstream said."""

    async def write(self, response: web.StreamResponse, chunk: Json) -> None:
        for choice in chunk.get("choices", []):
            if choice.get("finish_reason"):
                choice["finish_reason"] = "stop"
        await super().write(response, chunk)


class OneChoice(ParsingProxy):
    """Writes every choice as the first."""

    async def write(self, response: web.StreamResponse, chunk: Json) -> None:
        for choice in chunk.get("choices", []):
            choice["index"] = 0
        await super().write(response, chunk)


class TextOnly(ParsingProxy):
    """Passes on `delta.content` and knows no tool calls."""

    async def write(self, response: web.StreamResponse, chunk: Json) -> None:
        for choice in chunk.get("choices", []):
            choice.get("delta", {}).pop("tool_calls", None)
        await super().write(response, chunk)


class OneToolCall(ParsingProxy):
    """Puts all tool calls at index 0."""

    async def write(self, response: web.StreamResponse, chunk: Json) -> None:
        for choice in chunk.get("choices", []):
            for call in choice.get("delta", {}).get("tool_calls", []):
                call["index"] = 0
        await super().write(response, chunk)


class CountsItself(ParsingProxy):
    """Takes the number of characters divided by four for the number of tokens."""

    async def write(self, response: web.StreamResponse, chunk: Json) -> None:
        if chunk.get("usage"):
            chunk["usage"] = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
        await super().write(response, chunk)

    def told(self, completion: Json) -> Json:
        return {**completion, "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}


class OneId(ParsingProxy):
    """Makes an id when it is loaded instead of when it answers."""

    async def write(self, response: web.StreamResponse, chunk: Json, answer_id: str = f"chatcmpl-{id(dump):x}") -> None:
        await super().write(response, {**chunk, "id": answer_id} if "choices" in chunk else chunk)


class NoContentType(ParsingProxy):
    """Forgets the content type of its streams."""

    def stream_headers(self) -> dict[str, str]:
        return {"Cache-Control": "no-cache"}


class SingleQuotes(ParsingProxy):
    """Writes a dictionary's `str()` where JSON belongs."""

    async def write(self, response: web.StreamResponse, chunk: Json) -> None:
        await response.write(f"data: {chunk}\n\n".encode())


class PlainErrors(ParsingProxy):
    """Tells errors in plain text."""

    def failed(self, failure: Failure) -> web.Response:
        told = super().failed(failure)
        told.text, told.content_type = f"Error: {failure.message}", "text/plain"
        return told


class ForgetsRetryAfter(Pipe):
    """Copies the headers it has thought of."""

    async def relay(self, request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
        if answer.status == 200:
            return await super().relay(request, answer)
        return web.Response(status=answer.status, body=await answer.read(), content_type="application/json")


class TellsItsToken(ParsingProxy):
    """Tells the whole request that failed, for easier debugging."""

    def refusal(self, answer: aiohttp.ClientResponse, body: bytes) -> Failure:
        failure = super().refusal(answer, body)
        failure.message += f" Request headers: {dict(answer.request_info.headers)}"
        return failure


class ReadsAll(Pipe):
    """`await response.read()`."""

    async def relay(self, request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
        try:
            body = b"".join([piece async for piece in self.pieces(answer)])
        except Failure as failure:
            return self.failed(failure)
        return web.Response(status=answer.status, body=body, headers={"Content-Type": answer.content_type})


class Lumps(Pipe):
    """Sends what it has every 0.6 seconds."""

    async def relay(self, request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
        response = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.content_type})
        await response.prepare(request)
        held, sent_s = b"", time.monotonic()
        try:
            async for piece in self.pieces(answer):
                held += piece
                if time.monotonic() - sent_s > 0.6:
                    await response.write(held)
                    held, sent_s = b"", time.monotonic()
        except Failure:
            self.broken(request)
            return response
        await response.write(held)
        return response


class Unbounded(ParsingProxy):
    """Reads upstream as fast as it sends, into a queue without bound."""

    async def relay(self, request: web.Request, ask: Ask, live: Live) -> web.StreamResponse:
        return await super().relay(request, ask, _Hoarded(live))


class _Hoarded(Live):
    def __init__(self, live: Live) -> None:
        self.model = live.model
        self.queue: asyncio.Queue[Any] = asyncio.Queue()
        self.task = asyncio.create_task(self._fill(live))

    async def _fill(self, live: Live) -> None:
        try:
            async for chunk in live.chunks():
                self.queue.put_nowait(chunk)
            self.queue.put_nowait(None)
        except Failure as failure:
            self.queue.put_nowait(failure)

    async def chunks(self) -> AsyncIterator[Json]:
        while (item := await self.queue.get()) is not None:
            if isinstance(item, Failure):
                raise item
            yield item


class Blocks(ParsingProxy):
    """Works on a large request without letting anybody else have a turn."""

    async def chat(self, request: web.Request) -> web.StreamResponse:
        raw = await door.read(request)
        time.sleep(3.0 if len(raw) > 100_000 else 0.0)  # noqa: ASYNC251 - this is the defect: it counts tokens, say
        return await self.answer(request, door.parse(raw, request.headers.get("Authorization", "")))


class Surprised(ParsingProxy):
    """Checks nothing of a request, and is surprised by it."""

    async def chat(self, request: web.Request) -> web.StreamResponse:
        try:
            return await super().chat(request)
        except Failure as failure:
            if 400 <= failure.status < 500:
                raise Failure(500, "Internal server error.") from failure
            raise
