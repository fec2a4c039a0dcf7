"""The actors: whose turn it is in each conversation that somebody talks in now.

The one rule: one turn of a conversation at a time, in the order in which they came. Who is idle is forgotten, as a
Durable Object that hibernates is; what it had said is in the store, and the sockets of its clients are elsewhere.
Source of the limits: Cloudflare docs, Durable Objects (lifecycle; error handling, "Too many requests queued").
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Literal

from harness.reference_proxy.errors import ProxyError

Status = Literal["answering", "idle", "asleep"]


class _Actor:
    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.in_line = 0
        self.sleep: asyncio.TimerHandle | None = None


class Actors:
    """The conversations that are awake. `on_sleep` is told which one falls asleep."""

    def __init__(
        self,
        *,
        idle_s: float,
        most_waiting: int,
        patience_s: float,
        on_sleep: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._idle_s = idle_s
        self._most_waiting = most_waiting
        self._patience_s = patience_s
        self._on_sleep = on_sleep
        self._awake: dict[str, _Actor] = {}
        self._in_line = 0
        self._quiet = asyncio.Event()

    @property
    def awake(self) -> int:
        """How many conversations are in memory."""
        return len(self._awake)

    def status(self, key: str) -> Status:
        """What a conversation does now."""
        actor = self._awake.get(key)
        if actor is None:
            return "asleep"
        return "answering" if actor.in_line else "idle"

    @asynccontextmanager
    async def turn(self, key: str) -> AsyncIterator[None]:
        """Wait for its turn, and have it until the block is left; raises ProxyError (503) when too many wait."""
        actor = self._awake.setdefault(key, _Actor())
        if actor.in_line > self._most_waiting:
            raise _overloaded("Too many requests queued.")
        if actor.sleep is not None:
            actor.sleep.cancel()
        actor.in_line += 1
        self._in_line += 1
        self._quiet.clear()
        try:
            await self._wait(actor)
            try:
                yield
            finally:
                actor.turn.release()
        finally:
            actor.in_line -= 1
            self._in_line -= 1
            if not self._in_line:
                self._quiet.set()
            if not actor.in_line:
                actor.sleep = asyncio.get_running_loop().call_later(self._idle_s, self._fall_asleep, key)

    async def _wait(self, actor: _Actor) -> None:
        try:
            async with asyncio.timeout(self._patience_s):
                await actor.turn.acquire()
        except TimeoutError:
            raise _overloaded("Requests queued for too long.") from None

    def _fall_asleep(self, key: str) -> None:
        del self._awake[key]
        self._on_sleep(key)

    async def settle(self, within_s: float) -> None:
        """Wait until no turn is under way, for so long at most."""
        if self._in_line:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    await self._quiet.wait()

    def close(self) -> None:
        """Let nobody wait to fall asleep any more."""
        for actor in self._awake.values():
            if actor.sleep is not None:
                actor.sleep.cancel()


def _overloaded(why: str) -> ProxyError:
    message = f"The conversation is overloaded. {why}"
    return ProxyError(503, message, kind="server_error", code="conversation_overloaded", retry_after="1")
