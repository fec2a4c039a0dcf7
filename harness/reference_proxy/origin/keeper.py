"""Where the origin's answers are kept: in memory, and in the stores behind it.

The one rule: keeping is done beside what flows. It is a client's next question that profits, never this one that waits.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence

from cachetools import TLRUCache

from harness.reference_proxy.cache.durable import DurableStore
from harness.reference_proxy.origin.entry import Entry, seal, unseal
from harness.reference_proxy.origin.question import Question
from harness.reference_proxy.origin.wholeness import is_whole
from harness.reference_proxy.settings import Settings

_THREAD_FROM_BYTES = 64 * 1024


class Keeper:
    """Entries by key: bounded in memory by size and time, by the age at which a store's copy is believed, and by the
    life that their origin gave them.
    """

    def __init__(
        self,
        settings: Settings,
        stores: Sequence[DurableStore],
        *,
        clock: Callable[[], float],
        wall: Callable[[], float],
    ) -> None:
        self._longest_s = max(settings.cache_ttl_s, 0.001)
        self._memory: TLRUCache[str, Entry, float] = TLRUCache(
            settings.cache_max_bytes, self._ends_s, timer=clock, getsizeof=lambda entry: entry.size_bytes
        )
        self._max_age_s = settings.kv_max_age_s
        self._stores = tuple(stores)
        self._wall = wall
        self._tasks: set[asyncio.Task[None]] = set()

    async def find(self, question: Question) -> Entry | None:
        """Return the answer that is kept for a question, asking memory first and then each store."""
        entry = await self._read(question.key)
        if entry is not None and not question.is_answered_by(entry):
            entry = await self._read(question.key_beside(entry))
        return entry if entry is not None and question.is_answered_by(entry) else None

    def keep_if_whole(self, question: Question, entry: Entry, *, content_type: str, measured: bool) -> None:
        """Keep an answer that ended cleanly, unless it lacks something; a large one is looked at beside the loop."""
        if entry.left_s(self._wall()) <= 0:
            return
        first = self._memory.get(question.key)
        key = question.key if first is None or question.is_answered_by(first) else question.key_beside(first)
        if len(entry.body) < _THREAD_FROM_BYTES:
            if is_whole(content_type, entry.body, measured=measured):
                self._remember(key, entry)
                self._soon(self._store(key, entry))
            return
        self._soon(self._keep_large(key, entry, content_type, measured=measured))

    async def clear(self, start: str) -> int:
        """Forget, here and in every store, what is kept under keys that begin so; returns the most that any had.

        Raises:
            StoreError: a store did not do it; memory has, and the stores before it.
        """
        await asyncio.gather(*self._tasks, return_exceptions=True)  # or what is being kept would come back
        mine = [key for key in tuple(self._memory) if key.startswith(start)]
        for key in mine:
            self._memory.pop(key, None)
        dropped = len(mine)
        for store in self._stores:
            dropped = max(dropped, await store.clear(start))
        return dropped

    async def aclose(self) -> None:
        """Give what is being kept its bounded time, then end."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        for store in self._stores:
            await store.aclose()

    async def _read(self, key: str) -> Entry | None:
        entry = self._memory.get(key)
        if entry is not None:
            return entry
        for store in self._stores:
            sealed = await store.get(key)
            if sealed is None:
                continue
            entry = unseal(key, sealed, now_s=self._wall(), max_age_s=self._max_age_s)
            if entry is not None:
                self._remember(key, entry)
                return entry
        return None

    def _ends_s(self, _: str, entry: Entry, now_s: float) -> float:
        return now_s + min(self._longest_s, entry.left_s(self._wall()))

    def _remember(self, key: str, entry: Entry) -> None:
        if entry.size_bytes <= self._memory.maxsize:
            self._memory[key] = entry

    def _soon(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _keep_large(self, key: str, entry: Entry, content_type: str, *, measured: bool) -> None:
        if await asyncio.to_thread(is_whole, content_type, entry.body, measured=measured):
            self._remember(key, entry)
            await self._store(key, entry)

    async def _store(self, key: str, entry: Entry) -> None:
        if not self._stores:
            return
        small = len(entry.body) < _THREAD_FROM_BYTES
        sealed = seal(key, entry) if small else await asyncio.to_thread(seal, key, entry)
        about = {"created_s": str(int(entry.created_s)), "bytes": str(len(entry.body))}
        for store in self._stores:
            store.put_soon(key, sealed, about)
