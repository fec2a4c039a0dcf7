"""A proxy that keeps answers: in memory, and in Workers KV behind it.

The one rule: only a whole answer that ended by itself is kept, under everything that was asked and by whom.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
import uuid
from collections import OrderedDict
from collections.abc import AsyncIterator
from typing import ClassVar

from aiohttp import web

from tests.targets.door import Ask
from tests.targets.kv import Kept, KvStore
from tests.targets.parser import Collector, ParsingProxy, chunks_of
from tests.targets.resilience import Live
from tests.targets.serving import Json, dump


class Captured(Live):
    """An answer under way that is written down as it passes; `completion` is there once it ended well."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.model = live.model
        self.collector = Collector()
        self.ended_well = False

    async def chunks(self) -> AsyncIterator[Json]:
        """Yield the chunks of the answer."""
        async for chunk in self.live.chunks():
            self.collector.add(chunk)
            yield chunk
        self.ended_well = True

    async def completed(self) -> Json:
        """Return the answer as one."""
        self.collector.completion = await self.live.completed()
        self.ended_well = True
        return self.collector.completion

    def close(self) -> None:
        """End the upstream call."""
        self.live.close()


class Memory:
    """Answers in memory: the oldest go first, bounded in bytes and in age."""

    most_bytes: ClassVar[int] = 4 << 20

    def __init__(self, ttl_s: float) -> None:
        self.ttl_s = ttl_s
        self.entries: OrderedDict[str, tuple[float, float, bytes]] = OrderedDict()
        self.size_bytes = 0

    def get(self, key: str) -> Kept | None:
        """Return a young answer, if one is kept."""
        found = self.entries.get(key)
        if found is None or not self.is_young(found[0]):
            return None
        return Kept(json.loads(found[2]), found[1])

    def is_young(self, until_s: float) -> bool:
        """Whether an answer may still be given."""
        return time.monotonic() < until_s

    def put(self, key: str, kept: Kept, age_s: float = 0.0) -> None:
        """Keep an answer that is `age_s` old."""
        value = dump(kept.completion)
        self.drop(key)
        self.entries[key] = (time.monotonic() + self.ttl_s - age_s, kept.made_s, value)
        self.size_bytes += len(value)
        self.shrink()

    def shrink(self) -> None:
        """Let go of the oldest until there is room."""
        while self.size_bytes > self.most_bytes:
            self.drop(next(iter(self.entries)))

    def drop(self, key: str) -> None:
        """Let go of one answer."""
        found = self.entries.pop(key, None)
        if found is not None:
            self.size_bytes -= len(found[2])


class CachingProxy(ParsingProxy):
    """A right proxy with a cache."""

    ttl_s: ClassVar[float] = 1.5
    memory_type: ClassVar[type[Memory]] = Memory
    kv_type: ClassVar[type[KvStore]] = KvStore

    memory: Memory
    kv: KvStore
    writing: set[asyncio.Task[None]]

    def prepare(self) -> None:
        """Make ready to serve."""
        super().prepare()
        self.memory = self.memory_type(self.ttl_s)
        self.kv = self.kv_type(self, self.ttl_s)
        self.writing = set()

    async def answer(self, request: web.Request, ask: Ask) -> web.StreamResponse:
        """Answer from what is kept, or ask upstream and keep what comes."""
        key = self.key_of(ask)
        kept = await self.look_up(key)
        if kept is not None:
            return await self.replay(request, ask, kept.completion)
        live = Captured(await self.obtain(ask))
        try:
            response = await (self.relay(request, ask, live) if ask.stream else self.whole(request, ask, live))
            if self.may_keep(live) and live.model == ask.body["model"]:
                self.keep(key, live.collector.completion)
            return response
        finally:
            self.let_go(live)

    def key_of(self, ask: Ask) -> str:
        """Return the name under which an answer is kept: all that was asked, and who asked."""
        asked = {name: value for name, value in ask.body.items() if name not in ("stream", "stream_options")}
        return hashlib.sha256(dump([self.caller_of(ask), sorted(asked.items())])).hexdigest()

    def caller_of(self, ask: Ask) -> str:
        """Return who asked."""
        return ask.caller

    async def look_up(self, key: str) -> Kept | None:
        """Return what is kept, in memory or else in Workers KV."""
        kept = self.memory.get(key)
        if kept is None:
            kept = await self.kv.get(key)
            if kept is not None:
                self.memory.put(key, kept, age_s=time.time() - kept.made_s)  # noqa: TID251 - as in Workers KV
        return kept

    def may_keep(self, live: Captured) -> bool:
        """Whether an answer is whole and ended by itself."""
        choices = live.collector.completion["choices"]
        return live.ended_well and all(choice["finish_reason"] in ("stop", "tool_calls") for choice in choices)

    def keep(self, key: str, completion: Json) -> None:
        """Keep an answer in both tiers; the client does not wait for Workers KV."""
        kept = Kept(completion, time.time())  # noqa: TID251 - other processes read this age
        self.memory.put(key, kept)
        task = asyncio.create_task(self.kv.put(key, kept))
        self.writing.add(task)
        task.add_done_callback(self.writing.discard)

    async def replay(self, request: web.Request, ask: Ask, completion: Json) -> web.StreamResponse:
        """Give a kept answer in the form that was asked for, as an answer of its own."""
        again = {**completion, "id": f"chatcmpl-{uuid.uuid4().hex}"}
        headers = {"X-Cache": "HIT"}
        if not ask.stream:
            return web.Response(body=dump(again), content_type="application/json", headers=headers)
        response = web.StreamResponse(headers={**self.stream_headers(), **headers})
        await response.prepare(request)
        for chunk in chunks_of(again, include_usage=ask.include_usage):
            await self.write(response, chunk)
        await self.finish(response)
        return response
