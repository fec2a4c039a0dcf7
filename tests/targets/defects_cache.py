"""Proxies that are wrong about what they keep."""

from __future__ import annotations

import hashlib
import json
import time
from typing import ClassVar

import aiohttp
from aiohttp import web

from tests.targets.cache import CachingProxy, Captured, Memory
from tests.targets.door import Ask
from tests.targets.kv import Kept, KvStore
from tests.targets.serving import Failure, Json, Target, dump


class KeepsAPart(CachingProxy):
    """Keeps answers in a column that is too narrow."""

    def keep(self, key: str, completion: Json) -> None:
        narrow = json.loads(dump(completion))
        for choice in narrow["choices"]:
            choice["message"]["content"] = (choice["message"]["content"] or "")[:20]
        super().keep(key, narrow)


class KeepsWhatCame(CachingProxy):
    """Keeps whatever has been captured, cut short or not."""

    def may_keep(self, live: Captured) -> bool:
        for choice in live.collector.completion["choices"]:
            choice["finish_reason"] = choice["finish_reason"] or "stop"
        return bool(live.collector.completion["choices"])


class KeepsLengthCut(CachingProxy):
    """Keeps every whole answer, `length` or not."""

    def may_keep(self, live: Captured) -> bool:
        return live.ended_well


class ShortKey(CachingProxy):
    """Finds answers by model and messages alone."""

    def key_of(self, ask: Ask) -> str:
        return hashlib.sha256(dump([self.caller_of(ask), ask.body["model"], ask.body["messages"]])).hexdigest()


class EverybodysAnswers(CachingProxy):
    """Leaves the caller out of the key."""

    def caller_of(self, ask: Ask) -> str:
        return ""


class _NeverOld(Memory):
    def is_young(self, until_s: float) -> bool:
        return True


class NeverExpires(CachingProxy):
    """Never looks at the age of an answer in memory."""

    memory_type = _NeverOld


class StoredForm(CachingProxy):
    """Gives a kept answer as JSON, whatever was asked for."""

    async def replay(self, request: web.Request, ask: Ask, completion: Json) -> web.StreamResponse:
        return web.json_response(completion, headers={"X-Cache": "HIT"})


class _NeverShrinks(Memory):
    def shrink(self) -> None:
        return


class Unbounded(CachingProxy):
    """Lets nothing go."""

    memory_type = _NeverShrinks


class _Trusting(KvStore):
    def unseal(self, key: str, raw: bytes) -> Kept | None:
        stored = json.loads(raw)
        return Kept(json.loads(stored["payload"]), time.time())  # noqa: TID251 - as its base does


class TrustsKv(CachingProxy):
    """Takes what Workers KV gives for what was put there."""

    kv_type = _Trusting


class _Patient(KvStore):
    timeout_s: ClassVar[float] = 3600.0


class WaitsForKv(CachingProxy):
    """Reads Workers KV without a time limit."""

    kv_type = _Patient


class _Demanding(KvStore):
    async def get(self, key: str) -> Kept | None:
        try:
            return await super().get(key)
        except RuntimeError:
            raise Failure(502, "The cache is down.") from None

    async def read(self, key: str) -> bytes | None:
        try:
            async with self.target.session.get(self._url(key), headers=self._headers) as answer:
                if answer.status not in (200, 404):
                    raise RuntimeError(answer.status)
                return await answer.read() if answer.status == 200 else None
        except aiohttp.ClientError as error:
            raise RuntimeError from error


class NeedsKv(CachingProxy):
    """`raise_for_status()` on Workers KV."""

    kv_type = _Demanding


class _Forgetful(KvStore):
    def __init__(self, target: Target, ttl_s: float) -> None:
        super().__init__(target, ttl_s)
        self.put_s: dict[str, float] = {}

    async def put(self, key: str, kept: Kept) -> None:
        self.put_s[key] = time.monotonic()
        await super().put(key, kept)

    def unseal(self, key: str, raw: bytes) -> Kept | None:
        now_s = time.monotonic()
        if now_s - self.put_s.get(key, now_s) > self.ttl_s:
            return None
        stored = json.loads(raw)
        return Kept(json.loads(stored["payload"]), time.time())  # noqa: TID251 - as its base does


class ForgetsAges(CachingProxy):
    """Knows the age of what it has put itself; what another process put is new to it."""

    kv_type = _Forgetful
