"""WebSockets of conversations on their way out: who is connected, and what each has still to be sent.

The one rule: who only listens never holds up who asks. A listener that falls too far behind is closed with 1013 (try
again later, RFC 6455 registry); who asks is waited for, which slows upstream down instead of filling memory.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterator

from aiohttp import WSCloseCode, web

from harness.reference_proxy import jsontext

_BEHIND_BYTES = 1024 * 1024
_AHEAD_BYTES = 64 * 1024


class StalledError(ConnectionError):
    """A client takes nothing of what it asked for."""


class Outlet:
    """One connected client. It lives as long as its connection, whether or not its conversation is awake.

    `abort` drops the connection of a client that does not even take its goodbye for `stall_s`.
    """

    def __init__(
        self, socket: web.WebSocketResponse, *, wants_status: bool, stall_s: float, abort: Callable[[], None]
    ) -> None:
        self._socket = socket
        self._abort = abort
        self._last: asyncio.TimerHandle | None = None
        self.wants_status = wants_status
        self._stall_s = stall_s
        self._waiting: deque[str] = deque()
        self._waiting_bytes = 0
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._closing: tuple[int, bytes] | None = None
        self._writing = asyncio.create_task(self._write())

    async def send(self, text: str) -> None:
        """Send to who asked, no further ahead of it than a little; raises StalledError when it takes nothing."""
        self._put(text)
        while self._waiting_bytes > _AHEAD_BYTES and not self._writing.done():
            self._room.clear()
            try:
                async with asyncio.timeout(self._stall_s):
                    await self._room.wait()
            except TimeoutError:
                raise StalledError("the client takes nothing") from None

    def offer(self, text: str) -> bool:
        """Send to who listens, without waiting; False when it is too far behind, which ends its connection."""
        if self._closing is not None:
            return True
        if self._waiting_bytes + len(text) > _BEHIND_BYTES:
            self._waiting.clear()
            self._waiting_bytes = 0
            self.close(WSCloseCode.TRY_AGAIN_LATER, b"too slow to listen")
            return False
        self._put(text)
        return True

    def close(self, code: int, reason: bytes = b"") -> None:
        """Say goodbye behind what is still to be sent."""
        self._closing = self._closing or (code, reason)
        self._last = self._last or asyncio.get_running_loop().call_later(self._stall_s, self._abort)
        self._news.set()

    async def aclose(self) -> None:
        """Be done with it, once a goodbye that was begun is said; the connection is the caller's to end."""
        if self._closing is None:
            self._writing.cancel()
        await asyncio.gather(self._writing, return_exceptions=True)
        if self._last is not None:
            self._last.cancel()

    def _put(self, text: str) -> None:
        self._waiting.append(text)
        self._waiting_bytes += len(text)
        self._news.set()

    async def _write(self) -> None:
        with contextlib.suppress(ConnectionError, RuntimeError):  # the client has gone; its reader knows as well
            while self._waiting or self._closing is None:
                if not self._waiting:
                    self._news.clear()
                    await self._news.wait()
                    continue
                text = self._waiting.popleft()
                await self._socket.send_str(text)
                self._waiting_bytes -= len(text)
                self._room.set()
            await self._socket.close(code=self._closing[0], message=self._closing[1])
        self._room.set()


class Outlets:
    """Everybody who is connected, by conversation."""

    def __init__(self) -> None:
        self._of: dict[str, set[Outlet]] = {}
        self.too_slow = 0
        """How many listeners were closed because they fell behind."""

    @property
    def count(self) -> int:
        """How many clients are connected."""
        return sum(map(len, self._of.values()))

    def of(self, key: str) -> int:
        """How many clients are connected to a conversation."""
        return len(self._of.get(key, ()))

    @contextlib.contextmanager
    def connected(self, key: str, outlet: Outlet) -> Iterator[None]:
        """Count as connected until the block is left."""
        connected = self._of.setdefault(key, set())
        connected.add(outlet)
        try:
            yield
        finally:
            connected.discard(outlet)
            if not connected and self._of.get(key) is connected:
                del self._of[key]

    def broadcast(self, key: str, text: str, *, besides: Outlet | None) -> None:
        """Tell all who are connected to a conversation, besides who has asked."""
        for outlet in self._of.get(key, ()):
            if outlet is not besides and not outlet.offer(text):
                self.too_slow += 1

    def tell_status(self, key: str, status: str) -> None:
        """Tell what a conversation does, whoever wants to know."""
        text = jsontext.dumps({"object": "conversation.status", "status": status}).decode()
        for outlet in self._of.get(key, ()):
            if outlet.wants_status:
                outlet.offer(text)

    def close_all(self, code: int, reason: bytes) -> None:
        """Say goodbye to everybody."""
        for outlets in self._of.values():
            for outlet in outlets:
                outlet.close(code, reason)
