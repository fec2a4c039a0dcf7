"""The second tier of a cache, in Workers KV: sealed on the way in, checked on the way out, never waited for long.

The one rule: whatever is wrong with the store or with a value, the outcome is "nothing kept".
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from typing import ClassVar
from urllib.parse import quote

import aiohttp

from tests.targets.serving import Json, Target, dump


class Kept:
    """One kept answer: when it was made, in Unix seconds, and what it said."""

    def __init__(self, completion: Json, made_s: float) -> None:
        self.completion = completion
        self.made_s = made_s


class KvStore:
    """Answers in Workers KV."""

    timeout_s: ClassVar[float] = 0.3
    life_s: ClassVar[int] = 60
    """How long Workers KV keeps a value: its minimum."""

    def __init__(self, target: Target, ttl_s: float) -> None:
        self.target = target
        self.ttl_s = ttl_s

    async def get(self, key: str) -> Kept | None:
        """Return what is kept under a key, if it is there, soon enough, undamaged and young."""
        try:
            async with asyncio.timeout(self.timeout_s):
                raw = await self.read(key)
        except (TimeoutError, aiohttp.ClientError, OSError):
            return None
        return self.unseal(key, raw) if raw is not None else None

    async def put(self, key: str, kept: Kept) -> None:
        """Keep an answer; failing to is no failure."""
        try:
            async with asyncio.timeout(self.timeout_s):
                await self.write(key, self.seal(key, kept))
        except (TimeoutError, aiohttp.ClientError, OSError):
            return

    async def read(self, key: str) -> bytes | None:
        """Return the value stored, or None when there is none."""
        async with self.target.session.get(self._url(key), headers=self._headers) as answer:
            return await answer.read() if answer.status == 200 else None

    async def write(self, key: str, value: bytes) -> None:
        """Store a value."""
        url = f"{self._url(key)}?expiration_ttl={self.life_s}"
        async with self.target.session.put(url, data=value, headers=self._headers):
            pass

    def seal(self, key: str, kept: Kept) -> bytes:
        """Return what is stored: the answer, its key and age, and a digest over all of it."""
        payload = dump(kept.completion).decode()
        return dump({"key": key, "made_s": kept.made_s, "payload": payload, "sha256": _sha256(key, payload)})

    def unseal(self, key: str, raw: bytes) -> Kept | None:
        """Return what was stored when it is what was stored under this key, not long ago."""
        try:
            stored = json.loads(raw)
            kept = Kept(json.loads(stored["payload"]), float(stored["made_s"]))
            genuine = stored["key"] == key and stored["sha256"] == _sha256(key, stored["payload"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None
        return kept if genuine and self.is_young(kept) else None

    def is_young(self, kept: Kept) -> bool:
        """Whether an answer may still be given."""
        return time.time() - kept.made_s < self.ttl_s  # noqa: TID251 - the age of what another process may have kept

    def _url(self, key: str) -> str:
        settings = self.target.settings
        return f"{settings.account_url}/storage/kv/namespaces/{settings.namespace}/values/{quote(key, safe='')}"

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.target.settings.token}"}


def _sha256(key: str, payload: str) -> str:
    return hashlib.sha256(f"{key}\n{payload}".encode()).hexdigest()
