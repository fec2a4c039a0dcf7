"""The conversations as a whole: turns taken one by one, kept when they are whole, and heard by whoever is connected.

The one rule: a turn's end is not told before the turn is kept.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from harness.reference_proxy import jsontext
from harness.reference_proxy.answers.capture import Capture
from harness.reference_proxy.http.relay import NextItem, new_answer_id
from harness.reference_proxy.requests import ChatRequest
from harness.reference_proxy.sessions import turns
from harness.reference_proxy.sessions.actors import Actors
from harness.reference_proxy.sessions.outlets import Outlet, Outlets
from harness.reference_proxy.sessions.store import Said, Store

MOST_ANSWER_BYTES = 2_000_000  # Cloudflare docs, Durable Objects, limits: a row of SQLite
_DEEPEST = 1000

Keep = Callable[[dict[str, Any] | None], Awaitable[None]]


class Turn:
    """One turn while it is answered. `request` is what upstream is asked."""

    def __init__(self, request: ChatRequest, *, keep: Keep, heard: Callable[[str], None]) -> None:
        self.request = request
        self.opening = '{"id":"' + new_answer_id() + '",'
        """How each chunk of the answer begins."""
        self.keep = keep
        self._heard = heard

    def heard(self, item: bytes) -> str:
        """Let those hear a chunk who are connected; it comes and goes as JSON, without its opening and with it."""
        text = self.opening + item.decode()
        self._heard(text)
        return text

    def noting(self, next_item: NextItem) -> NextItem:
        """The same chunks, heard as they pass; the turn is kept behind the last and before anybody knows of the end."""
        capture = Capture(max_bytes=MOST_ANSWER_BYTES)

        async def noted() -> bytes | None:
            item = await next_item()
            if item is None:
                await self.keep(None if capture.overflowed else capture.completion() or {})
                return None
            chunk: Any = jsontext.loads("{" + item.decode(), max_depth=_DEEPEST)
            capture.add(chunk, len(item))
            self.heard(item)
            return item

        return noted


class Talks:
    """Every conversation. `wall` is the time since the epoch in seconds."""

    def __init__(
        self, store: Store, actors: Actors, outlets: Outlets, *, context_messages: int, wall: Callable[[], float]
    ) -> None:
        self.store = store
        self.actors = actors
        self.outlets = outlets
        self._context_messages = context_messages
        self._wall = wall

    @asynccontextmanager
    async def turn(self, key: str, chat: ChatRequest, *, asking: Outlet | None = None) -> AsyncIterator[Turn]:
        """Have the next turn of a conversation; `asking` is the socket that the question came over."""
        async with self.actors.turn(key):
            said = await self.store.recent(key, most=self._context_messages)
            self.outlets.tell_status(key, "answering")
            try:
                yield Turn(
                    turns.followed(said.messages, chat),
                    keep=self._keeper(key, said, chat),
                    heard=lambda text: self.outlets.broadcast(key, text, besides=asking),
                )
            finally:
                self.outlets.tell_status(key, "idle")

    async def clear(self, key: str) -> None:
        """Forget a conversation, the turn included that is being answered."""
        await self.store.clear(key, now_s=self._wall())
        self.outlets.tell_status(key, "cleared")

    def _keeper(self, key: str, said: Said, chat: ChatRequest) -> Keep:
        async def keep(completion: dict[str, Any] | None) -> None:
            messages = turns.kept_of(chat, completion)
            if messages:
                await self.store.add(key, messages, cleared=said.cleared, now_s=self._wall())

        return keep
