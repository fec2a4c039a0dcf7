"""What every store beyond this process has in common, be it Workers KV or R2.

The one rule: a store can only ever help. Slow, down or lying, it costs a request no more than its timeout.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence

import httpx

_MAX_PENDING_WRITES = 64
_CLEARING_TIMEOUT_S = 10.0  # for one page of names, and for dropping them: nobody's answer waits for that
_NOT_THERE = 404


class StoreError(Exception):
    """A store did not do what only an operator asks of it."""


class DurableStore(ABC):
    """Reads within a bound, writes in the background; knows nothing of what an entry means."""

    def __init__(self, client: httpx.AsyncClient, *, prefix: str, max_bytes: int) -> None:
        self._client = client
        self._prefix = prefix
        self._max_bytes = max_bytes
        self._writes: set[asyncio.Task[None]] = set()
        self.errors = 0

    @property
    @abstractmethod
    def _timeout_s(self) -> float:
        """The bound of one read or write."""

    @abstractmethod
    def _reading(self, name: str) -> httpx.Request:
        """The request that reads what has this name."""

    @abstractmethod
    def _writing(self, name: str, value: bytes, about: Mapping[str, str]) -> httpx.Request:
        """The request that writes a value, with what is told about it beside it."""

    @abstractmethod
    async def _page(self, start: str, cursor: str) -> tuple[Sequence[str], str]:
        """Names that begin so, and where the next page begins (empty behind the last); raises StoreError."""

    @abstractmethod
    async def _drop(self, names: Sequence[str]) -> None:
        """Drop what has these names; raises StoreError."""

    async def get(self, key: str) -> bytes | None:
        """The stored bytes, or None when there are none to be had in time."""
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._client.send(self._reading(self._prefix + key), stream=True)
                try:
                    if response.status_code == _NOT_THERE:
                        return None
                    if response.status_code != 200:
                        self.errors += 1
                        return None
                    return await self._bounded(response)
                finally:
                    await response.aclose()
        except (TimeoutError, httpx.HTTPError, OSError):
            self.errors += 1
            return None

    def put_soon(self, key: str, value: bytes, about: Mapping[str, str]) -> None:
        """Write in the background; dropped when too many writes are under way already."""
        if len(self._writes) >= _MAX_PENDING_WRITES:
            self.errors += 1
            return
        task = asyncio.create_task(self._put(key, value, about))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)

    async def clear(self, start: str = "") -> int:
        """Drop whatever was kept under keys that begin so; returns how many there were.

        Raises:
            StoreError: the store did not list or drop them; some may be gone.
        """
        await self._written()
        dropped = 0
        async for names in self._listed(self._prefix + start):
            if names:
                await self._drop(names)
            dropped += len(names)
        return dropped

    async def aclose(self) -> None:
        """Give the pending writes their time (each is bounded), then end."""
        await self._written()

    async def _written(self) -> None:
        if self._writes:
            await asyncio.gather(*self._writes, return_exceptions=True)

    async def _listed(self, start: str) -> AsyncIterator[Sequence[str]]:
        cursor = ""
        while True:
            names, cursor = await self._page(start, cursor)
            yield names  # a page may be empty, and another follow it
            if not cursor:
                return

    async def _asked(self, request: httpx.Request) -> bytes:
        """What a store answers an operator; raises StoreError for anything but success."""
        try:
            async with asyncio.timeout(_CLEARING_TIMEOUT_S):
                response = await self._client.send(request)
        except (TimeoutError, httpx.HTTPError, OSError) as error:
            raise StoreError(f"the store cannot be reached: {str(error) or type(error).__name__}") from None
        if not response.is_success:
            raise StoreError(f"the store answered {request.method} with {response.status_code}")
        return response.content

    async def _put(self, key: str, value: bytes, about: Mapping[str, str]) -> None:
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._client.send(self._writing(self._prefix + key, value, about))
            if response.status_code != 200:
                self.errors += 1
        except (TimeoutError, httpx.HTTPError, OSError):
            self.errors += 1

    async def _bounded(self, response: httpx.Response) -> bytes | None:
        pieces, size = [], 0
        async for piece in response.aiter_bytes():
            pieces.append(piece)
            size += len(piece)
            if size > self._max_bytes:
                return None
        return b"".join(pieces)
