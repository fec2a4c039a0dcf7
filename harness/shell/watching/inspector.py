"""Asks V8's inspector in a target that has opened it, such as a Worker on workerd: collect, and what is held then?

The one rule: only a process that was told to open an inspector is asked, only on loopback, and only its heap.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import psutil

if TYPE_CHECKING:  # loaded where it is used: few targets have an inspector, and it takes a while
    import aiohttp

_OPENS: Final = ("--inspector-addr", "--inspect")
_PATIENCE_S: Final = 4.0
_POKE_S: Final = 0.02
_COLLECTIONS: Final = 2
"""What the first finds dead is let go of behind it, and is collected by the second."""


@dataclass(frozen=True, slots=True)
class Inspector:
    """One process's inspector at `url`. `target_url` is where the target answers: workerd collects when it is asked."""

    pid: int
    url: str
    target_url: str

    async def held_bytes(self) -> int | None:
        """Collect in every isolate, and return what they hold together; None when one does not tell."""
        import aiohttp

        try:
            async with asyncio.timeout(_PATIENCE_S), aiohttp.ClientSession() as session:
                isolates = await _isolates(session, self.url)
                held = [await self._held(session, each) for each in isolates]
        except (aiohttp.ClientError, OSError, ValueError, TypeError, KeyError, TimeoutError):
            return None
        return sum(held) if held else None

    async def _held(self, session: aiohttp.ClientSession, isolate: str) -> int:
        async with session.ws_connect(isolate, max_msg_size=0) as socket:
            # V8 keeps the last thousand exceptions for whoever opens the inspector later, with all that hangs on them.
            await _call(socket, "Runtime.discardConsoleEntries")
            for _ in range(_COLLECTIONS):
                poking = asyncio.create_task(self._poke(session))
                try:
                    await _call(socket, "HeapProfiler.collectGarbage")
                finally:
                    poking.cancel()
                    await asyncio.gather(poking, return_exceptions=True)
            usage = await _call(socket, "Runtime.getHeapUsage")
            return int(usage["usedSize"]) + int(usage.get("backingStorageSize", 0))

    async def _poke(self, session: aiohttp.ClientSession) -> None:
        """Ask the target for something over and over: workerd runs what the inspector asks between two requests."""
        import aiohttp

        while True:
            await asyncio.sleep(_POKE_S)
            with contextlib.suppress(aiohttp.ClientError):
                async with session.get(self.target_url) as answer:
                    await answer.read()


async def find_inspector(pid: int, target_url: str) -> Inspector | None:
    """Return the inspector that a process has open; None when it was told to open none, or none answers as one does."""
    for port in _ports(pid, except_for=urlsplit(target_url).port):
        found = Inspector(pid, f"http://127.0.0.1:{port}", target_url)
        if await found.held_bytes() is not None:
            return found
    return None


def _ports(pid: int, *, except_for: int | None) -> tuple[int, ...]:
    try:
        process = psutil.Process(pid)
        if not any(word.startswith(_OPENS) for word in process.cmdline()):
            return ()
        listening = [each for each in process.net_connections(kind="tcp4") if each.status == psutil.CONN_LISTEN]
    except psutil.Error:
        return ()
    return tuple(sorted({each.laddr.port for each in listening} - {except_for}))


async def _isolates(session: aiohttp.ClientSession, url: str) -> list[str]:
    async with session.get(f"{url}/json/list") as answer:
        return [each["webSocketDebuggerUrl"] for each in await answer.json(content_type=None)]


async def _call(socket: aiohttp.ClientWebSocketResponse, method: str) -> dict[str, Any]:
    """Call a method and return its result; what the inspector tells besides is passed over.

    Raises:
        KeyError: it knows no such method.
    """
    await socket.send_json({"id": 1, "method": method})
    while True:
        said = await socket.receive_json()
        if said.get("id") == 1:
            result: dict[str, Any] = said["result"]
            return result
