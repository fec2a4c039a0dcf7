"""Whether a target is ready to be asked, as far as one can see from outside.

The one rule: any answer will do that is no error of the server's own; what it says is for the cases to judge.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from functools import cache
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

import httpx

_PATIENCE_S: Final = 2.0
_NOBODY: Final = "nothing accepts connections"
_REFUSED: Final = "All connection attempts failed"
"""How httpx says it."""


class Readiness:
    """Asks at `url` and `path`, or by the port alone where `path` is None. Use it as an async context manager."""

    def __init__(self, url: str, path: str | None) -> None:
        self._url = url
        self._path = path
        self._client = httpx.AsyncClient(trust_env=False, timeout=_PATIENCE_S, verify=_trusted(url))

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def objection(self) -> str:
        """Return what speaks against being ready now; empty when nothing does."""
        if self._path is None:
            return "" if await accepts(self._url) else _NOBODY
        try:
            async with self._client.stream("GET", self._url + self._path) as response:
                return "" if response.status_code < httpx.codes.INTERNAL_SERVER_ERROR else f"{response.status_code}"
        except httpx.HTTPError as error:
            return _NOBODY if str(error) == _REFUSED else str(error) or type(error).__name__


async def accepts(url: str) -> bool:
    """Whether connections are accepted where a URL points to."""
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}[parts.scheme]
    try:
        async with asyncio.timeout(_PATIENCE_S):
            _, writer = await asyncio.open_connection(parts.hostname, port)
    except OSError:  # a timeout is one as well
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


def _trusted(url: str) -> ssl.SSLContext:
    """Whom to trust at a URL: nobody where there is no TLS, since to read who there is takes tens of milliseconds."""
    return _authorities() if urlsplit(url).scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@cache
def _authorities() -> ssl.SSLContext:
    """Whom to trust for https. A mock beside would stand still while they are read, so that is done once."""
    return httpx.create_ssl_context()
