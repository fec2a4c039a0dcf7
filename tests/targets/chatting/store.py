"""What is kept: threads, messages, bots and counts, in SQLite.

The one rule: every question to it names the user or the tenant whose things are meant.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = tuple[Any, ...]
_TABLES = """
CREATE TABLE IF NOT EXISTS threads (id INTEGER PRIMARY KEY, tenant, user, subject, latest INTEGER, team INTEGER);
CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY, thread INTEGER, author, body);
CREATE TABLE IF NOT EXISTS bots (id INTEGER PRIMARY KEY, tenant, label, instructions, llm);
CREATE TABLE IF NOT EXISTS counts (tenant, user, tokens INTEGER);
"""


@dataclass(frozen=True, slots=True)
class User:
    """Who asks."""

    tenant: str
    name: str


class Store:
    """The file `chat.sqlite` in a folder."""

    def __init__(self, folder: Path) -> None:
        self._base = sqlite3.connect(folder / "chat.sqlite", isolation_level=None)
        self._base.executescript(_TABLES)

    def rows(self, sql: str, *values: object) -> list[Row]:
        """Return what a statement finds."""
        return self._base.execute(sql, values).fetchall()

    def put(self, sql: str, *values: object) -> int:
        """Change something, and return the id of what is new."""
        return self._base.execute(sql, values).lastrowid or 0

    def thread(self, user: User, thread: int, *, to_read: bool = False) -> Row | None:
        """Return one of the user's threads as (id, subject, team); to read, one that a colleague shares as well."""
        mine = "SELECT id, subject, team FROM threads WHERE id = ? AND tenant = ? AND (user = ? OR (? AND team))"
        return next(iter(self.rows(mine, thread, user.tenant, user.name, to_read)), None)

    def said(self, thread: int) -> list[Row]:
        """Return the messages of a thread as (id, author, body), oldest first."""
        return self.rows("SELECT id, author, body FROM messages WHERE thread = ? ORDER BY id", thread)

    def say(self, thread: int, author: str, body: str) -> None:
        """Add a message, and note that the thread has it."""
        self.put("INSERT INTO messages (thread, author, body) VALUES (?, ?, ?)", thread, author, body)
        self.put("UPDATE threads SET latest = (SELECT 1 + max(latest) FROM threads) WHERE id = ?", thread)

    def take_back(self, thread: int) -> None:
        """Forget whatever stands behind the last question."""
        last = "SELECT max(id) FROM messages WHERE thread = ? AND author = 'user'"
        self.put(f"DELETE FROM messages WHERE thread = ? AND id > ({last})", thread, thread)  # noqa: S608 - our own words

    def bot(self, user: User, bot: int) -> Row | None:
        """Return one of the tenant's bots as (id, label, instructions, llm)."""
        found = "SELECT id, label, instructions, llm FROM bots WHERE id = ? AND tenant = ?"
        return next(iter(self.rows(found, bot, user.tenant)), None)
