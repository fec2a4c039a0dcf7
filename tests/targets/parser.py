"""A proxy that understands: it reads upstream's events, judges each, and writes them anew.

The one rule: `[DONE]` is written only after an answer whose every choice has said why it ended, or upstream's own
`[DONE]`. Whatever else happens ends in an error event and a connection without the end of its framing.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import ClassVar

import aiohttp
from aiohttp import web

from tests.targets import door
from tests.targets.door import Ask
from tests.targets.resilience import Live, Resilient
from tests.targets.serving import Failure, Json, Target, dump
from tests.targets.sse import Event, Parser

_MOST_BYTES = 64 << 20


class Stream(Live):
    """An answer that comes as events."""

    parser: ClassVar[type[Parser]] = Parser

    def __init__(self, target: Target, answer: aiohttp.ClientResponse) -> None:
        self.target = target
        self.answer = answer
        self.done = False
        self.finishes: dict[int, bool] = {}

    async def chunks(self) -> AsyncIterator[Json]:
        """Yield chunk after chunk; Failure when the stream is not one whole good answer."""
        async for event in self.events():
            if event.data.strip() == "[DONE]":
                self.done = True
                break
            chunk = self.understand(event)
            if chunk is not None:
                self.note(chunk)
                yield chunk
        if not self.is_whole():
            raise Failure(502, "Upstream's answer ended before its end.")

    async def events(self) -> AsyncIterator[Event]:
        """Yield the stream's events."""
        parser = self.parser()
        async for piece in self.target.pieces(self.answer):
            try:
                events = parser.feed(piece)
            except UnicodeDecodeError:
                raise Failure(502, "Upstream sent what is no UTF-8.") from None
            for event in events:
                yield event

    def understand(self, event: Event) -> Json | None:
        """Return an event's chunk; Failure when it is an error or no JSON object."""
        try:
            chunk = json.loads(event.data)
        except (ValueError, RecursionError):
            chunk = None
        if not isinstance(chunk, dict):
            raise Failure(502, "Upstream sent an event that is no JSON object.")
        if event.type == "error" or is_error(chunk):
            raise Failure(502, "Upstream failed while it answered.")
        return chunk

    def note(self, chunk: Json) -> None:
        """Remember which choices there are and which have ended."""
        for choice in chunk.get("choices") or []:
            if isinstance(choice, dict):
                index = choice.get("index", 0)
                self.finishes[index] = self.finishes.get(index, False) or bool(choice.get("finish_reason"))

    def is_whole(self) -> bool:
        """Whether the answer may be called finished."""
        return self.done or (bool(self.finishes) and all(self.finishes.values()))

    async def completed(self) -> Json:
        """Return the answer as one."""
        collector = Collector()
        async for chunk in self.chunks():
            collector.add(chunk)
        return collector.completion

    def close(self) -> None:
        """End the upstream call."""
        self.answer.close()


class Opened(Live):
    """A stream whose first chunk is here, so that it is known to have begun."""

    def __init__(self, live: Live, first: Json | None, rest: AsyncIterator[Json]) -> None:
        self.live = live
        self.first = first
        self.rest = rest

    async def chunks(self) -> AsyncIterator[Json]:
        """Yield the first chunk and what comes behind it."""
        if self.first is not None:
            yield self.first
        async for chunk in self.rest:
            yield chunk

    async def completed(self) -> Json:
        """Return the answer as one."""
        collector = Collector()
        async for chunk in self.chunks():
            collector.add(chunk)
        return collector.completion

    def close(self) -> None:
        """End the upstream call."""
        self.live.close()


class Document(Live):
    """An answer that came whole, although it may be wanted as a stream."""

    def __init__(self, completion: Json) -> None:
        self.completion = completion

    async def chunks(self) -> AsyncIterator[Json]:
        """Yield the answer as chunks."""
        for chunk in chunks_of(self.completion):
            yield chunk

    async def completed(self) -> Json:
        """Return the answer as it came."""
        return self.completion


class ParsingProxy(Resilient):
    """A right proxy that parses, re-emits, retries, breaks, falls back and limits."""

    cors: ClassVar[bool] = True
    stream: ClassVar[type[Stream]] = Stream

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """Answer one chat request."""
        raw = await door.read(request)
        return await self.answer(request, door.parse(raw, request.headers.get("Authorization", "")))

    async def answer(self, request: web.Request, ask: Ask) -> web.StreamResponse:
        """Answer one valid request."""
        live = await self.obtain(ask)
        try:
            return await (self.relay(request, ask, live) if ask.stream else self.whole(request, ask, live))
        finally:
            self.let_go(live)

    def let_go(self, live: Live) -> None:
        """Be done with an upstream answer."""
        live.close()

    def body_for(self, ask: Ask, model: str) -> Json:
        """Return what upstream is asked."""
        return {**ask.body, "model": model}

    async def begin(self, ask: Ask, model: str) -> Live:
        """Ask upstream once; return its answer when it is one."""
        answer = await self.open(dump(self.body_for(ask, model)))
        try:
            return await self.taken(answer)
        except BaseException:
            answer.close()
            raise

    async def taken(self, answer: aiohttp.ClientResponse) -> Live:
        """Look at the head of an answer, and at the whole of it when it is JSON."""
        if answer.status == 200 and answer.content_type == "text/event-stream":
            return await self.opened(self.stream(self, answer))
        if answer.status != 200:
            raise self.refusal(answer, await self.reason_of(answer))
        body = await self.body_of(answer)
        try:
            completion = json.loads(body)
        except (ValueError, RecursionError):
            completion = None
        if not isinstance(completion, dict) or is_error(completion) or not has_choices(completion):
            told = isinstance(completion, dict) and is_error(completion)
            raise Failure(502, "Upstream's answer is none.", retryable=told)
        return Document(completion)

    async def opened(self, live: Stream) -> Live:
        """Wait for the first chunk: a stream that fails before it has not begun, and may be asked for again."""
        chunks = live.chunks()
        try:
            first = await anext(chunks, None)
        except Failure as failure:
            raise Failure(failure.status, failure.message, retryable=True) from None
        return Opened(live, first, chunks)

    async def body_of(self, answer: aiohttp.ClientResponse) -> bytes:
        """Return the whole body of an answer."""
        body = bytearray()
        async for piece in self.pieces(answer):
            body += piece
            if len(body) > _MOST_BYTES:
                raise Failure(502, "Upstream's answer has no end.")
        return bytes(body)

    async def reason_of(self, answer: aiohttp.ClientResponse) -> bytes:
        """Return the body of a refusal, or nothing when it does not come whole: the status says enough."""
        try:
            return await self.body_of(answer)
        except Failure:
            return b""

    def refusal(self, answer: aiohttp.ClientResponse, body: bytes) -> Failure:
        """Return what an error status of upstream means to the client."""
        spent = b"daily free allocation" in body
        return Failure(
            answer.status if answer.status >= 400 else 502,
            f"Upstream answered {answer.status}.",
            retry_after=answer.headers.get("Retry-After"),
            retryable=answer.status >= 500 or (answer.status in (408, 429) and not spent),
        )

    async def relay(self, request: web.Request, ask: Ask, live: Live) -> web.StreamResponse:
        """Write an answer as a stream, as it comes."""
        response = web.StreamResponse(headers=self.stream_headers())
        await response.prepare(request)
        try:
            async for chunk in live.chunks():
                await self.write(response, chunk)
        except Failure as failure:
            self.breakers[live.model].failed()
            await self.broken(request, response, failure)
            return response
        self.breakers[live.model].succeeded()
        await self.finish(response)
        return response

    def stream_headers(self) -> dict[str, str]:
        """Return the headers of a stream."""
        return {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-cache"}

    async def write(self, response: web.StreamResponse, chunk: Json) -> None:
        """Write one event."""
        await self.put(response, b"data: " + dump(chunk) + b"\n\n")

    async def finish(self, response: web.StreamResponse) -> None:
        """End a good stream."""
        await response.write(b"data: [DONE]\n\n")

    async def broken(self, request: web.Request, response: web.StreamResponse, failure: Failure) -> None:
        """End a stream that broke."""
        await self.write(response, {"error": {"message": failure.message, "type": "upstream_error"}})
        self.cut(request)

    async def whole(self, request: web.Request, ask: Ask, live: Live) -> web.StreamResponse:
        """Write an answer as JSON."""
        try:
            completion = await live.completed()
        except Failure:
            self.breakers[live.model].failed()
            raise
        self.breakers[live.model].succeeded()
        cost = {"X-Cost": f"{self.cost_of(completion, live):.6f}"}
        return web.Response(body=dump(self.told(completion)), content_type="application/json", headers=cost)

    def cost_of(self, completion: Json, live: Live) -> float:
        """Return what an answer costs, by its tokens."""
        return float((completion.get("usage") or {}).get("total_tokens") or 0) / 1000

    def told(self, completion: Json) -> Json:
        """Return what the client hears of a whole answer."""
        return completion


def is_error(value: Json) -> bool:
    """Whether an object of upstream's reports an error, in any of its shapes."""
    return bool(value.get("error") or value.get("errors")) or value.get("success") is False


def has_choices(completion: Json) -> bool:
    """Whether a completion has choices with a message each."""
    choices = completion.get("choices")
    if not isinstance(choices, list) or not choices:
        return False
    return all(isinstance(choice, dict) and isinstance(choice.get("message"), dict) for choice in choices)


class Collector:
    """Puts chunks together into one completion."""

    def __init__(self) -> None:
        self.completion: Json = {"object": "chat.completion", "choices": []}

    def add(self, chunk: Json) -> None:
        """Take one more chunk."""
        for name in ("id", "created", "model", "system_fingerprint", "service_tier", "usage"):
            if chunk.get(name):
                self.completion[name] = chunk[name]
        for item in chunk.get("choices") or []:
            choice = self._choice(item.get("index", 0))
            self._extend(choice["message"], item.get("delta") or {})
            choice["finish_reason"] = item.get("finish_reason") or choice["finish_reason"]
            for name, tokens in (item.get("logprobs") or {}).items():
                choice["logprobs"] = choice["logprobs"] or {}
                choice["logprobs"][name] = [*(choice["logprobs"].get(name) or []), *tokens] if tokens else tokens

    def _choice(self, index: int) -> Json:
        choices: list[Json] = self.completion["choices"]
        found = next((choice for choice in choices if choice["index"] == index), None)
        if found is None:
            message = {"role": "assistant", "content": None}
            found = {"index": index, "message": message, "logprobs": None, "finish_reason": None}
            choices.append(found)
        return found

    def _extend(self, message: Json, delta: Json) -> None:
        for name, value in delta.items():
            if name == "content" and value is not None:
                message["content"] = (message["content"] or "") + str(value)
            elif name not in ("role", "content", "tool_calls"):
                message[name] = joined(message.get(name), value)
        for piece in delta.get("tool_calls") or []:
            calls: list[Json] = message.setdefault("tool_calls", [])
            index = piece.get("index", 0)
            while len(calls) <= index:
                calls.append({"id": "", "type": "function", "function": {"name": "", "arguments": ""}})
            call, function = calls[index], piece.get("function") or {}
            call["id"] = call["id"] or piece.get("id") or ""
            call["function"]["name"] = call["function"]["name"] or function.get("name") or ""
            call["function"]["arguments"] += function.get("arguments") or ""


def joined(one: object, other: object) -> object:
    """Return two pieces of one field together: text and lists grow, objects key by key."""
    if isinstance(one, str) and isinstance(other, str):
        return one + other
    if isinstance(one, list) and isinstance(other, list):
        return [*one, *other]
    if isinstance(one, dict) and isinstance(other, dict):
        return {**one, **{name: joined(one.get(name), value) for name, value in other.items()}}
    return one if other is None else other


def chunks_of(completion: Json, *, include_usage: bool = False) -> list[Json]:
    """Take a completion apart into the chunks of a stream."""
    head: Json = {"object": "chat.completion.chunk"}
    kept = ("id", "created", "model", "system_fingerprint", "service_tier")
    head |= {name: completion[name] for name in kept if name in completion}
    chunks = []
    for choice in completion["choices"]:
        message, index = choice["message"], choice["index"]
        delta: Json = {**message, "role": "assistant", "content": message.get("content") or ""}
        if message.get("tool_calls"):
            delta["tool_calls"] = [{"index": at, **call} for at, call in enumerate(message["tool_calls"])]
        logprobs = choice.get("logprobs")
        chunks.append(
            {**head, "choices": [{"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": None}]}
        )
        ending = {"index": index, "delta": {}, "finish_reason": choice.get("finish_reason")}
        chunks.append({**head, "choices": [ending]})
    if include_usage and completion.get("usage"):
        chunks.append({**head, "choices": [], "usage": completion["usage"]})
    return chunks
