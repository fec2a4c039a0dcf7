"""Proxies that are wrong about how answers end. One class, one mistake, one seam."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import ClassVar

import aiohttp
from aiohttp import web

from tests.targets.door import Ask
from tests.targets.parser import ParsingProxy, Stream
from tests.targets.pipe import Pipe
from tests.targets.resilience import Live
from tests.targets.serving import Failure, Json
from tests.targets.sse import Event


class AlwaysDone(ParsingProxy):
    """`finally: write [DONE]`, so that every stream looks finished."""

    async def broken(self, request: web.Request, response: web.StreamResponse, failure: Failure) -> None:
        await self.finish(response)


class _EofIsTheEnd(Stream):
    def is_whole(self) -> bool:
        return True


class EofIsTheEnd(ParsingProxy):
    """Takes the end of upstream's body for the end of the answer."""

    stream = _EofIsTheEnd


class DoneTwice(ParsingProxy):
    """Passes on upstream's end mark and adds its own."""

    async def finish(self, response: web.StreamResponse) -> None:
        await super().finish(response)
        await super().finish(response)


class _SkipsBadJson(Stream):
    def understand(self, event: Event) -> Json | None:
        try:
            json.loads(event.data)
        except ValueError:
            return None
        return super().understand(event)


class SkipsBadJson(ParsingProxy):
    """`except json.JSONDecodeError: continue`."""

    stream = _SkipsBadJson


class _SkipsErrors(Stream):
    def understand(self, event: Event) -> Json | None:
        chunk = json.loads(event.data)
        return chunk if isinstance(chunk, dict) and "choices" in chunk else None

    def is_whole(self) -> bool:
        return True


class SkipsErrors(ParsingProxy):
    """Looks for `choices` only, so that an error event in the stream is nothing."""

    stream = _SkipsErrors


class PoliteEnd(Pipe):
    """`except ClientError: pass`, and the response is ended as if nothing had been."""

    def broken(self, request: web.Request) -> None:
        return


class Swallows(Pipe):
    """Collects what comes, and has nothing to show when upstream breaks off."""

    async def relay(self, request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": answer.content_type})
        await response.prepare(request)
        body = b""
        with contextlib.suppress(Failure):
            async for piece in self.pieces(answer):
                body += piece
            await response.write(body)
        return response


class BeginsTooSoon(Pipe):
    """Opens its stream before it has an answer, and can only hang up when that is a refusal."""

    async def chat(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        answer = await self.open(await request.read())
        if answer.status != 200:
            self.cut(request)
        async for piece in self.pieces(answer):
            await response.write(piece)
        return response


class DropsDone(ParsingProxy):
    """Takes the finish reason for all the end that a stream needs."""

    async def finish(self, response: web.StreamResponse) -> None:
        return


class WrapsPages(Pipe):
    """Puts whatever is no JSON into JSON, and calls it an answer."""

    async def relay(self, request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
        if answer.content_type != "text/html":
            return await super().relay(request, answer)
        return web.json_response({"content": await answer.text()}, status=answer.status)


class ErrorsAsAnswers(ParsingProxy):
    """Apologises with a 200 for whatever upstream did."""

    def failed(self, failure: Failure) -> web.Response:
        if failure.status < 500:
            return super().failed(failure)
        message = {"role": "assistant", "content": "Sorry, something went wrong. Please try again later."}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return web.json_response({"id": "chatcmpl-sorry", "object": "chat.completion", "choices": [choice]})


class NoTimeouts(ParsingProxy):
    """Waits for upstream for ever."""

    idle_s: ClassVar[float] = 3600.0
    first_byte_s: ClassVar[float] = 3600.0
    start_s: ClassVar[float] = 3600.0


class TotalTimeout(ParsingProxy):
    """One timeout for the whole call, streams included."""

    async def relay(self, request: web.Request, ask: Ask, live: Live) -> web.StreamResponse:
        response = web.StreamResponse(headers=self.stream_headers())
        await response.prepare(request)
        try:
            async with asyncio.timeout(1.5):
                async for chunk in live.chunks():
                    await self.write(response, chunk)
        except (Failure, TimeoutError):
            self.breakers[live.model].failed()
            await self.broken(request, response, Failure(504, "Upstream took too long."))
            return response
        self.breakers[live.model].succeeded()
        await self.finish(response)
        return response


class ReadsToTheEnd(ParsingProxy):
    """Pumps upstream in a task of its own, which nobody tells that the client has gone."""

    def let_go(self, live: Live) -> None:
        return

    async def relay(self, request: web.Request, ask: Ask, live: Live) -> web.StreamResponse:
        queue: asyncio.Queue[Json | Failure | None] = asyncio.Queue(64)
        self.pump = asyncio.create_task(_pump(live, queue))
        return await super().relay(request, ask, _Queued(live.model, queue))


async def _pump(live: Live, queue: asyncio.Queue[Json | Failure | None]) -> None:
    try:
        async for chunk in live.chunks():
            if not queue.full():
                await queue.put(chunk)
        await queue.put(None)
    except Failure as failure:
        await queue.put(failure)
    finally:
        live.close()


class _Queued(Live):
    def __init__(self, model: str, queue: asyncio.Queue[Json | Failure | None]) -> None:
        self.model = model
        self.queue = queue

    async def chunks(self) -> AsyncIterator[Json]:
        while (item := await self.queue.get()) is not None:
            if isinstance(item, Failure):
                raise item
            yield item


class LosesPermits(ParsingProxy):
    """Gives its permit for an upstream call back after a good answer, and only then."""

    def prepare(self) -> None:
        super().prepare()
        self.permits = asyncio.Semaphore(1)

    async def answer(self, request: web.Request, ask: Ask) -> web.StreamResponse:
        await self.permits.acquire()
        live = await self.obtain(ask)
        response = await (self.relay(request, ask, live) if ask.stream else self.whole(request, ask, live))
        if request.transport is not None and not request.transport.is_closing():
            self.permits.release()
        return response


class Leaks(Pipe):
    """Leaves the upstream connection of a broken answer open, and keeps a reference to it."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]  # as its base takes them
        self.open_answers: list[aiohttp.ClientResponse] = []

    async def chat(self, request: web.Request) -> web.StreamResponse:
        answer = await self.open(await request.read())
        self.open_answers.append(answer)
        return await self.relay(request, answer)


class TakesWhatCame(Pipe):
    """`except ClientPayloadError: pass` around the body of a whole answer, and sends what there is."""

    async def relay(self, request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
        if answer.content_type != "application/json":
            return await super().relay(request, answer)
        body = b""
        with contextlib.suppress(Failure):
            async for piece in self.pieces(answer):
                body += piece
        return web.Response(status=answer.status, body=body, content_type=answer.content_type)
