"""Where conversations are kept: one SQLite file, written by one thread, readable by several processes at once.

The one rule: a turn is one transaction, and it is refused when the conversation was cleared since the turn began.
Write-ahead logging keeps what was committed when the process is killed (SQLite docs, WAL, "synchronous=NORMAL").
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any, TypeVar

from harness.reference_proxy import jsontext
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.sessions import turns

Json = dict[str, Any]
T = TypeVar("T")

_BUSY_S = 2.0
_DEEPEST = 1000  # what is kept was within a client's own limit when it came
_TABLES = """
CREATE TABLE IF NOT EXISTS conversations (key TEXT PRIMARY KEY, cleared INTEGER NOT NULL, used_s REAL NOT NULL);
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, at_s REAL NOT NULL, message TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS messages_of ON messages (key, id);
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a model is told of a conversation, and how often it had been cleared then."""

    messages: list[Json]
    cleared: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One kept message, with its number and the time since the epoch at which it was kept."""

    id: int
    at_s: float
    message: Json


def key_of(caller: str, name: str) -> str:
    """The key of a caller's conversation: two callers never share one, whatever they call it."""
    return sha256(f"{caller}\0{name}".encode("utf-8", "surrogateescape")).hexdigest()


class Store:
    """All conversations. Raises ProxyError (503) where the file cannot be read or written."""

    def __init__(self, path: str, *, most_messages: int, ttl_s: float) -> None:
        self._path = path
        self._most_messages = most_messages
        self._ttl_s = ttl_s
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="conversations")
        self._open: sqlite3.Connection | None = None

    async def prepare(self, *, now_s: float) -> None:
        """Make the tables, and forget what nobody has used for so long; raises sqlite3.Error."""
        loop = asyncio.get_running_loop()
        self._open = await loop.run_in_executor(self._thread, self._connected)
        await loop.run_in_executor(self._thread, partial(self._sweep, self._open, now_s - self._ttl_s))

    async def recent(self, key: str, *, most: int) -> Said:
        """The latest messages, as many as a model is told."""
        return await self._do(partial(_recent, key=key, most=most))

    async def history(self, key: str) -> list[Entry]:
        """All that is kept, oldest first."""
        return await self._do(partial(_history, key=key))

    async def add(self, key: str, messages: Sequence[Json], *, cleared: int, now_s: float) -> bool:
        """Keep a turn that began when the conversation had been cleared so often; False when it was again since."""
        texts = [jsontext.dumps(each).decode() for each in messages]
        most = self._most_messages
        return await self._do(partial(_add, key=key, texts=texts, cleared=cleared, now_s=now_s, most=most))

    async def clear(self, key: str, *, now_s: float) -> None:
        """Forget all of it, and what is being said in it now."""
        await self._do(partial(_clear, key=key, now_s=now_s))

    async def aclose(self) -> None:
        """End; what was begun is finished first."""
        if self._open is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._open.close)
        self._thread.shutdown()

    async def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self._within, work)
        except sqlite3.Error:
            raise ProxyError(
                503, "Conversations cannot be read now.", kind="server_error", code="conversations_unavailable"
            ) from None

    def _within(self, work: Callable[[sqlite3.Connection], T]) -> T:
        if self._open is None:
            raise sqlite3.ProgrammingError("not prepared")
        with self._open:  # commits, or rolls back
            self._open.execute("BEGIN IMMEDIATE")
            return work(self._open)

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=_BUSY_S, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.executescript(_TABLES)
        return connection

    def _sweep(self, connection: sqlite3.Connection, before_s: float) -> None:
        old = "SELECT key FROM conversations WHERE used_s < ?"
        with connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(f"DELETE FROM messages WHERE key IN ({old})", (before_s,))  # noqa: S608 - our own text
            connection.execute("DELETE FROM conversations WHERE used_s < ?", (before_s,))


def _recent(connection: sqlite3.Connection, *, key: str, most: int) -> Said:
    query = "SELECT message FROM messages WHERE key = ? ORDER BY id DESC LIMIT ?"
    texts = [text for (text,) in connection.execute(query, (key, most))][::-1]
    messages = [_read(text) for text in texts]
    told = turns.latest(messages, [len(text) for text in texts], most=most)
    return Said(messages=told, cleared=_cleared(connection, key))


def _history(connection: sqlite3.Connection, *, key: str) -> list[Entry]:
    query = "SELECT id, at_s, message FROM messages WHERE key = ? ORDER BY id"
    return [
        Entry(id=number, at_s=at_s, message=_read(text)) for number, at_s, text in connection.execute(query, (key,))
    ]


def _add(connection: sqlite3.Connection, *, key: str, texts: list[str], cleared: int, now_s: float, most: int) -> bool:
    if _cleared(connection, key) != cleared:
        return False
    _used(connection, key, now_s)
    connection.executemany(
        "INSERT INTO messages (key, at_s, message) VALUES (?, ?, ?)", [(key, now_s, text) for text in texts]
    )
    kept = "SELECT id FROM messages WHERE key = ? ORDER BY id DESC LIMIT 1 OFFSET ?"
    for (oldest,) in connection.execute(kept, (key, most)).fetchall():
        connection.execute("DELETE FROM messages WHERE key = ? AND id <= ?", (key, oldest))
    return True


def _clear(connection: sqlite3.Connection, *, key: str, now_s: float) -> None:
    _used(connection, key, now_s)
    connection.execute("UPDATE conversations SET cleared = cleared + 1 WHERE key = ?", (key,))
    connection.execute("DELETE FROM messages WHERE key = ?", (key,))


def _cleared(connection: sqlite3.Connection, key: str) -> int:
    found = connection.execute("SELECT cleared FROM conversations WHERE key = ?", (key,)).fetchone()
    return int(found[0]) if found else 0


def _used(connection: sqlite3.Connection, key: str, now_s: float) -> None:
    connection.execute(
        "INSERT INTO conversations (key, cleared, used_s) VALUES (?, 0, ?)"
        " ON CONFLICT (key) DO UPDATE SET used_s = excluded.used_s",
        (key, now_s),
    )


def _read(text: str) -> Json:
    read: Any = jsontext.loads(text, max_depth=_DEEPEST)
    return dict(read)
