"""Proxies that go wrong at the third step: after a hit, after a probe, behind a first event, in a long tool call."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

from aiohttp import web

from tests.targets.cache import CachingProxy, Memory
from tests.targets.door import Ask
from tests.targets.kv import Kept
from tests.targets.parser import ParsingProxy, Stream
from tests.targets.resilience import Breaker, Live
from tests.targets.serving import Failure, Json, dump


class _Mutable(Memory):
    """Keeps objects, and gives out the very same ones."""

    def __init__(self, ttl_s: float) -> None:
        super().__init__(ttl_s)
        self.objects: dict[str, Kept] = {}

    def get(self, key: str) -> Kept | None:
        found = super().get(key)
        return self.objects.setdefault(key, found) if found else None

    def put(self, key: str, kept: Kept, age_s: float = 0.0) -> None:
        self.objects.pop(key, None)
        super().put(key, kept, age_s)


class UsesHitsUp(CachingProxy):
    """Takes a hit apart as it streams it, and the kept answer with it."""

    memory_type = _Mutable

    async def replay(self, request: web.Request, ask: Ask, completion: Json) -> web.StreamResponse:
        response = await super().replay(request, ask, completion)
        if ask.stream:
            for choice in completion["choices"]:
                choice["message"] = {"role": "assistant", "content": ""}
        return response


class RenewedByHits(CachingProxy):
    """`cache.touch(key)` at each hit, which winds up the answer's life again."""

    async def look_up(self, key: str) -> Kept | None:
        kept = await super().look_up(key)
        if kept is not None:
            self.keep(key, kept.completion)
        return kept


class _OneProbe(Breaker):
    """Lets one request through behind its rest, and waits for it to succeed or to fail."""

    def __init__(self) -> None:
        super().__init__()
        self.probing = False

    @property
    def is_open(self) -> bool:
        if self.failures < self.failures_allowed:
            return False
        if time.monotonic() - self.opened_s < self.open_s or self.probing:
            return True
        self.probing = True
        return False

    def failed(self) -> None:
        super().failed()
        self.probing = False

    def succeeded(self) -> None:
        super().succeeded()
        self.probing = False


class LosesItsProbe(ParsingProxy):
    """Never hears of a probe that was refused, or whose client left."""

    breaker = _OneProbe


class _RestsOnce(Breaker):
    def failed(self) -> None:
        opened_s = self.opened_s
        was_open = self.failures >= self.failures_allowed
        super().failed()
        if was_open:
            self.opened_s = opened_s


class HalfOpenForGood(ParsingProxy):
    """Counts its rest from the first time it opened."""

    breaker = _RestsOnce


class _DeafToTools(Stream):
    async def chunks(self) -> AsyncIterator[Json]:
        text_s = time.monotonic()
        async for chunk in super().chunks():
            now_s = time.monotonic()
            if any((choice.get("delta") or {}).get("content") for choice in chunk.get("choices") or []):
                text_s = now_s
            elif now_s - text_s > self.target.idle_s:
                raise Failure(504, "Upstream fell silent.")
            yield chunk


class IdleUntilText(ParsingProxy):
    """Winds its idle timer up at each piece of text, and at nothing else."""

    stream = _DeafToTools


class ErrorWithoutAField(ParsingProxy):
    """`response.write(json.dumps(error))`, in a stream as anywhere else."""

    async def broken(self, request: web.Request, response: web.StreamResponse, failure: Failure) -> None:
        await response.write(dump({"error": {"message": failure.message, "type": "upstream_error"}}) + b"\n\n")


class BeginsAtTheHead(ParsingProxy):
    """Takes status 200 for an answer."""

    async def opened(self, live: Stream) -> Live:
        return live


class KnowsTheFirstMessage(CachingProxy):
    """Finds answers by how a conversation began."""

    def key_of(self, ask: Ask) -> str:
        return super().key_of(Ask({**ask.body, "messages": ask.body["messages"][:1]}, ask.caller))


class BillsAttempts(ParsingProxy):
    """`cost += price` at each attempt."""

    def cost_of(self, completion: Json, live: Live) -> float:
        return super().cost_of(completion, live) * live.attempts
