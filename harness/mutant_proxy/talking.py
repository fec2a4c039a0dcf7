"""Mutants that remember, share, tell or end conversations wrongly.

The one rule: each replaces one seam in a few lines; what it gets wrong is told in `scenarios.mutants.talking`.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import WSCloseCode, web

from harness.mutant_proxy.seam import Original, mutant
from harness.reference_proxy import jsontext
from harness.reference_proxy.answers.capture import Capture
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.http.relay import NextItem
from harness.reference_proxy.requests import ChatRequest
from harness.reference_proxy.sessions import turns
from harness.reference_proxy.sessions.outlets import Outlet, Outlets
from harness.reference_proxy.sessions.store import Store
from harness.reference_proxy.sessions.talks import Talks, Turn

_DEEPEST = 1000
_ENOUGH_BYTES = 1 << 20


@mutant
def lost_at_a_restart(original: Original) -> object:
    def in_memory(self: Store) -> sqlite3.Connection:
        self._path = ":memory:"
        connection: sqlite3.Connection = original(self)
        return connection

    return in_memory


@mutant
def one_turn_of_two_lost(_: Original) -> object:
    @asynccontextmanager
    async def turn(self: Talks, key: str, chat: ChatRequest, *, asking: Outlet | None = None) -> AsyncIterator[Turn]:
        said = await self.store.recent(key, most=self._context_messages)

        async def overwrite(completion: dict[str, Any] | None) -> None:
            texts = [jsontext.dumps(each).decode() for each in (*said.messages, *turns.kept_of(chat, completion))]

            def written(file: sqlite3.Connection) -> None:
                file.execute("DELETE FROM messages WHERE key = ?", (key,))
                rows = [(key, self._wall(), text) for text in texts]
                file.executemany("INSERT INTO messages (key, at_s, message) VALUES (?, ?, ?)", rows)

            await self.store._do(written)

        yield Turn(
            turns.followed(said.messages, chat),
            keep=overwrite,
            heard=lambda text: self.outlets.broadcast(key, text, besides=asking),
        )

    return turn


@mutant
def clear_leaves_the_first(original: Original) -> object:
    def clear(connection: sqlite3.Connection, *, key: str, now_s: float) -> None:
        query = "SELECT key, at_s, message FROM messages WHERE key = ? ORDER BY id LIMIT 1"
        first = connection.execute(query, (key,)).fetchall()
        original(connection, key=key, now_s=now_s)
        connection.executemany("INSERT INTO messages (key, at_s, message) VALUES (?, ?, ?)", first)

    return clear


@mutant
def half_kept_as_whole(original: Original) -> object:
    def noting(self: Turn, next_item: NextItem) -> NextItem:
        capture = Capture(max_bytes=_ENOUGH_BYTES)

        async def watched() -> bytes | None:
            item = await next_item()
            if item is not None:
                chunk: Any = jsontext.loads("{" + item.decode(), max_depth=_DEEPEST)
                capture.add(chunk, len(item))
            return item

        noted: NextItem = original(self, watched)

        async def to_the_end() -> bytes | None:
            try:
                return await noted()
            except ProxyError:
                await self.keep(capture.completion())
                raise

        return to_the_end

    return noting


@mutant
def conversations_by_name_alone(original: Original) -> object:
    def key_of(_: str, name: str) -> object:
        return original("", name)

    return key_of


@mutant
def heard_in_every_conversation(original: Original) -> object:
    def broadcast(self: Outlets, _: str, text: str, *, besides: Outlet | None) -> None:
        for key in [*self._of]:
            original(self, key, text, besides=besides)

    return broadcast


@mutant
def one_listener_missed(_: Original) -> object:
    def broadcast(self: Outlets, key: str, text: str, *, besides: Outlet | None) -> None:
        listening = [outlet for outlet in self._of.get(key, ()) if outlet is not besides]
        for outlet in sorted(listening, key=id)[1:]:
            outlet.offer(text)

    return broadcast


@mutant
def asleep_and_deaf(original: Original) -> object:
    def tell_status(self: Outlets, key: str, status: str) -> None:
        if status == "asleep":
            self._of.pop(key, None)
        original(self, key, status)

    return tell_status


class _Rude(web.WebSocketResponse):
    async def close(self, *, code: int = WSCloseCode.OK, message: bytes = b"", drain: bool = True) -> bool:
        if code == WSCloseCode.MESSAGE_TOO_BIG and self._req is not None and self._req.transport is not None:
            self._req.transport.abort()
        return await super().close(code=code, message=message, drain=drain)


@mutant
def dropped_without_a_code(_: Original) -> object:
    def new_socket(most_bytes: int) -> web.WebSocketResponse:
        return _Rude(max_msg_size=most_bytes, compress=False)

    return new_socket


@mutant
def any_size_on_a_socket(original: Original) -> object:
    def new_socket(_: int) -> object:
        return original(0)

    return new_socket


@mutant
def done_on_any_socket(_: Original) -> object:
    def told(_: ProxyError) -> str:
        return "[DONE]"

    return told


@mutant
def answered_after_goodbye(_: Original) -> object:
    async def give_up(answering: asyncio.Task[None]) -> None:
        await asyncio.wait([answering], timeout=0)

    return give_up
