"""Proxies that do not understand an answer which comes in another form than the one their authors had seen."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web

from tests.targets.cache import CachingProxy, Captured
from tests.targets.parser import ParsingProxy, Stream
from tests.targets.pipe import Pipe
from tests.targets.resilience import Live
from tests.targets.serving import Failure, Json
from tests.targets.sse import Event

_HEARTBEAT_S = 0.25
_HEARTBEAT = b": keep-alive\n\n"


class FinishEatsText(ParsingProxy):
    """`if finish_reason: write the end`, before anybody has looked at the text beside it."""

    async def write(self, response: web.StreamResponse, chunk: Json) -> None:
        for choice in chunk.get("choices") or []:
            if choice.get("finish_reason"):
                choice["delta"] = {}
        await super().write(response, chunk)


class ReasoningEatsText(ParsingProxy):
    """`if reasoning: write it and return`."""

    async def write(self, response: web.StreamResponse, chunk: Json) -> None:
        for choice in chunk.get("choices") or []:
            delta = choice.get("delta") or {}
            if delta.get("reasoning_content") or delta.get("reasoning"):
                delta.pop("content", None)
        await super().write(response, chunk)


class ReasoningByItsKey(ParsingProxy):
    """`if "reasoning_content" in delta`, which a null is, too."""

    async def write(self, response: web.StreamResponse, chunk: Json) -> None:
        for choice in chunk.get("choices") or []:
            delta = choice.get("delta") or {}
            if "reasoning_content" in delta or "reasoning" in delta:
                delta.pop("content", None)
        await super().write(response, chunk)


class WholeCallsUnnamed(ParsingProxy):
    """Takes whatever has arguments for a later piece of a call, which needs no id and no name."""

    async def write(self, response: web.StreamResponse, chunk: Json) -> None:
        for choice in chunk.get("choices") or []:
            for call in (choice.get("delta") or {}).get("tool_calls") or []:
                if (call.get("function") or {}).get("arguments"):
                    call.pop("id", None)
                    call["function"].pop("name", None)
        await super().write(response, chunk)


class _UntilUsage(Stream):
    async def chunks(self) -> AsyncIterator[Json]:
        over = False
        async for chunk in super().chunks():
            ends = any(choice.get("finish_reason") for choice in chunk.get("choices") or [])
            if ends or not over:
                yield chunk
            over = over or bool(chunk.get("usage"))


class UsageIsTheEnd(ParsingProxy):
    """Takes the first chunk with a token usage for the last one with anything to say."""

    stream = _UntilUsage


class _SkipsInCalls(Stream):
    def __init__(self, target: ParsingProxy, answer: aiohttp.ClientResponse) -> None:
        super().__init__(target, answer)
        self.calls = False

    def understand(self, event: Event) -> Json | None:
        self.calls = self.calls or "tool_calls" in event.data
        try:
            return super().understand(event)
        except Failure:
            if self.calls:
                return None
            raise


class SkipsBadArguments(ParsingProxy):
    """Skips what it cannot read while a tool is being called."""

    stream = _SkipsInCalls


class HeartbeatsAnywhere(Pipe):
    """Writes a heartbeat when upstream has said nothing for a while, in the middle of an event or not."""

    async def relay(self, request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
        if answer.content_type != "text/event-stream" or "Content-Encoding" in answer.headers:
            return await super().relay(request, answer)
        response = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.headers["Content-Type"]})
        await response.prepare(request)
        beating = asyncio.create_task(self.beat(response))
        try:
            async for piece in self.pieces(answer):
                self.heard = asyncio.get_running_loop().time()
                await response.write(piece)
        except Failure:
            self.broken(request)
        finally:
            beating.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beating
        return response

    heard = 0.0

    async def beat(self, response: web.StreamResponse) -> None:
        """Write heartbeats for as long as the answer takes."""
        while True:
            await asyncio.sleep(_HEARTBEAT_S)
            if asyncio.get_running_loop().time() - self.heard >= _HEARTBEAT_S:
                await response.write(_HEARTBEAT)


class HeartbeatsByTheClock(HeartbeatsAnywhere):
    """Writes a heartbeat every quarter of a second, whatever comes in between."""

    async def beat(self, response: web.StreamResponse) -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT_S)
            await response.write(_HEARTBEAT)


class _Picky(Stream):
    textless = False

    async def chunks(self) -> AsyncIterator[Json]:
        first = True
        async for chunk in super().chunks():
            if first:
                self.textless = any(
                    "content" not in (choice.get("delta") or {}) for choice in chunk.get("choices") or []
                )
            first = False
            yield chunk


class KeepsOnlyWithContent(CachingProxy):
    """Gives up keeping a stream whose first chunk has no text in it, not even an empty one."""

    stream = _Picky

    async def opened(self, live: Stream) -> Live:
        return live

    def may_keep(self, live: Captured) -> bool:
        return super().may_keep(live) and not getattr(live.live, "textless", False)


class KeepsWhateverIsDone(CachingProxy):
    """Keeps a stream because it said `[DONE]`, whatever else it said."""

    def may_keep(self, live: Captured) -> bool:
        return live.ended_well and all(
            choice["finish_reason"] in (None, "stop", "tool_calls") for choice in live.collector.completion["choices"]
        )


class CompressesTwice(Pipe):
    """Compresses the body of a refusal, which may be compressed."""

    async def relay(self, request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
        if answer.status < 400:
            return await super().relay(request, answer)
        headers = {"Content-Type": answer.headers.get("Content-Type", "application/json"), "Content-Encoding": "gzip"}
        return web.Response(status=answer.status, body=gzip.compress(await answer.read()), headers=headers)


class SaysGzipStill(Pipe):
    """Decompresses the body of a refusal and copies all its headers, the coding's name among them."""

    async def relay(self, request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
        if answer.status < 400:
            return await super().relay(request, answer)
        body = await answer.read()
        if answer.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        kept = {name: value for name, value in answer.headers.items() if name.lower().startswith("content-")}
        kept.pop("Content-Length", None)
        return web.Response(status=answer.status, body=body, headers=kept)
