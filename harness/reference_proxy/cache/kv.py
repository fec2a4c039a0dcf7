"""The Workers KV tier over Cloudflare's REST API (docs: kv/api, REST `values/{key}`).

The one rule: KV can only ever help. Slow, down or lying, it costs a request no more than its timeout.
"""

import asyncio

import httpx

from harness.reference_proxy.settings import Settings

_MAX_PENDING_WRITES = 64
_ENTRY_OVERHEAD = 2  # a sealed entry escapes its payload once more


class KvTier:
    """Reads within a bound, writes in the background; knows nothing of what an entry means."""

    def __init__(self, settings: Settings, client: httpx.AsyncClient) -> None:
        self._settings = settings
        self._client = client
        self._max_bytes = settings.cache_capture_max_bytes * _ENTRY_OVERHEAD + 4096
        self._writes: set[asyncio.Task[None]] = set()
        self.errors = 0

    async def get(self, key: str) -> bytes | None:
        """The stored bytes, or None when there are none to be had in time."""
        try:
            async with asyncio.timeout(self._settings.kv_timeout_s):
                async with self._client.stream("GET", self._path(key), headers=self._headers()) as response:
                    if response.status_code == 404:
                        return None
                    if response.status_code != 200:
                        self.errors += 1
                        return None
                    return await self._bounded(response)
        except (TimeoutError, httpx.HTTPError, OSError):
            self.errors += 1
            return None

    def put_soon(self, key: str, value: bytes) -> None:
        """Write in the background; dropped when too many writes are under way already."""
        if len(self._writes) >= _MAX_PENDING_WRITES:
            self.errors += 1
            return
        task = asyncio.create_task(self._put(key, value))
        self._writes.add(task)
        task.add_done_callback(self._writes.discard)

    async def aclose(self) -> None:
        """Give the pending writes their time (each is bounded), then end."""
        if self._writes:
            await asyncio.gather(*self._writes, return_exceptions=True)

    async def _put(self, key: str, value: bytes) -> None:
        try:
            async with asyncio.timeout(self._settings.kv_timeout_s):
                response = await self._client.put(
                    self._path(key),
                    params={"expiration_ttl": str(self._settings.kv_ttl_s)},
                    headers=self._headers() | {"Content-Type": "application/octet-stream"},
                    content=value,
                )
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

    def _path(self, key: str) -> str:
        account, namespace = self._settings.account_id, self._settings.kv_namespace
        return f"/client/v4/accounts/{account}/storage/kv/namespaces/{namespace}/values/chat-{key}"

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._settings.api_token}", "Accept": "application/octet-stream"}
