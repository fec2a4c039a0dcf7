"""One SQLite database as a value: statements and an image in, results and the image after them out.

The one rule: clock and dice are the mock's, so that the same image, statements and time give the same bytes. A run is
one transaction on a copy; whoever drops what it returns has changed nothing.
Sources: Cloudflare docs, D1, limits and SQL statements; what the SQL storage of workerd, which D1 runs on, was seen to
allow, refuse and say.
"""

from __future__ import annotations

import math
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Final, TypeAlias

from harness.mock_cloudflare.request import Database

Value: TypeAlias = str | float | bytes | None
_Told: TypeAlias = str | bytes | int | float | None
Cell: TypeAlias = str | int | float | list[int] | None

MOST_STATEMENT_BYTES: Final = 100_000
_LIMITS: Final = (
    (sqlite3.SQLITE_LIMIT_LENGTH, 2_000_000),  # a text, a blob or a row
    (sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 100),
    (sqlite3.SQLITE_LIMIT_COLUMN, 100),
    (sqlite3.SQLITE_LIMIT_FUNCTION_ARG, 32),
    (sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 50),
)
_STEPS: Final = 100_000
_MOST_HUNDRED_THOUSANDS: Final = 200
"""How many steps of SQLite's machine a run may take, in `_STEPS`; D1 measures seconds, which would not be the same
everywhere."""
_PRAGMAS: Final = frozenset({
    "case_sensitive_like", "data_version", "defer_foreign_keys", "foreign_key_check", "foreign_key_list",
    "foreign_keys", "ignore_check_constraints", "index_info", "index_list", "index_xinfo", "legacy_alter_table",
    "optimize", "page_count", "page_size", "quick_check", "recursive_triggers", "reverse_unordered_selects",
    "table_info", "table_list", "table_xinfo",
})  # fmt: skip
_NEVER: Final = frozenset({
    sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH, sqlite3.SQLITE_CREATE_TEMP_TABLE, sqlite3.SQLITE_CREATE_TEMP_INDEX,
    sqlite3.SQLITE_CREATE_TEMP_TRIGGER, sqlite3.SQLITE_CREATE_TEMP_VIEW,
})  # fmt: skip
_TRANSACTIONS: Final = frozenset({sqlite3.SQLITE_TRANSACTION, sqlite3.SQLITE_SAVEPOINT})
_NO_TRANSACTION: Final = (
    "To execute a transaction, please use the state.storage.transaction() or state.storage.transactionSync() APIs "
    "instead of the SQL BEGIN TRANSACTION or SAVEPOINT statements. The JavaScript API is safer because it will "
    "automatically roll back on exceptions, and because it interacts correctly with Durable Objects' automatic atomic "
    "write coalescing."
)
_WRONG_COUNT: Final = "Wrong number of parameter bindings for SQL query."
_TOO_LONG: Final = "D1 DB exceeded its CPU time limit and was reset."
_NOTHING: Final = re.compile(r"(?:\s|;|--[^\n]*(?:\n|$)|/\*.*?(?:\*/|$))*", re.DOTALL)
_CLOCK: Final = {"date": 0, "time": 0, "datetime": 0, "julianday": 0, "unixepoch": 0, "strftime": 1}
"""SQLite's functions of time, and behind how many arguments the moment stands that they are asked about."""
_NOW: Final = {"current_timestamp": "datetime", "current_date": "date", "current_time": "time"}


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text and what is bound to its `?`, in order."""

    text: str
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one statement: its columns and rows as JSON can hold them, and what it changed."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    changes: int
    changed: bool
    """Whether the database is another, by its rows or by its schema."""
    last_row_id: int
    size_bytes: int


class SqlError(Exception):
    """A statement was refused; the message is D1's, without its prefix."""


def run(
    database: Database, statements: Sequence[Statement], *, now_s: float, rng: Random
) -> tuple[list[Outcome], Database]:
    """Run statements as one transaction; return what came of each, and the database after all of them.

    Raises:
        SqlError: one of them failed, and so none took effect.
    """
    asked = [item for item in statements if parts_of(item.text)]
    if not asked:
        raise SqlError("No SQL statements detected.")
    with closing(sqlite3.connect(":memory:", isolation_level=None, cached_statements=0)) as connection:
        if database.image:
            connection.deserialize(database.image)
        session = _Session(connection, last_row_id=database.last_row_id, now_s=now_s, rng=rng)
        try:
            outcomes = [session.run(item) for item in asked]
            return outcomes, session.ended(database)
        except sqlite3.Error as error:
            raise SqlError(session.refusal or told(error)) from error
        finally:
            session.close()


def parts_of(text: str) -> list[str]:
    """Return the statements that a text is made of; comments alone are none."""
    parts: list[str] = []
    start = 0
    for found in re.finditer(";", text):
        if sqlite3.complete_statement(text[start : found.end()]):
            parts.append(text[start : found.end()])
            start = found.end()
    parts.append(text[start:])
    return [part for part in parts if not _NOTHING.fullmatch(part)]


def told(error: sqlite3.Error) -> str:
    """Return an error of SQLite in D1's words: its text, and the names of its codes."""
    if isinstance(error, sqlite3.ProgrammingError) and "bindings" in str(error):
        return _WRONG_COUNT
    name = getattr(error, "sqlite_errorname", None) or "SQLITE_ERROR"
    if name == "SQLITE_INTERRUPT":
        return _TOO_LONG
    base = "_".join(name.split("_")[:2])
    return f"{error}: {base}" + (f" (extended: {name})" if name != base else "")


class _Session:
    """One connection within its transaction."""

    def __init__(self, connection: sqlite3.Connection, *, last_row_id: int, now_s: float, rng: Random) -> None:
        self.refusal = ""
        self._connection = connection
        self._plain = sqlite3.connect(":memory:")
        self._last_row_id = last_row_id
        self._steps = 0
        connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
        for limit, most in _LIMITS:
            connection.setlimit(limit, most)
        for name, function, deterministic in _functions(self._plain, now_s, rng):
            connection.create_function(name, -1, function, deterministic=deterministic)
        connection.set_progress_handler(self._goes_on_for_ever, _STEPS)
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("BEGIN")
        self._size_bytes = self._pages()

    def run(self, statement: Statement) -> Outcome:
        """Run a statement; where a text holds several, values belong to the last one, and so does what is returned."""
        text = statement.text.encode("utf-8", "replace").decode()
        if len(text.encode()) > MOST_STATEMENT_BYTES:
            raise SqlError("statement too long: SQLITE_TOOBIG")
        connection = self._connection
        before, size_bytes = connection.total_changes, self._size_bytes
        schema = self._number("PRAGMA schema_version")
        *first, last = parts_of(text)
        connection.set_authorizer(self._authorize)
        for part in first:
            connection.execute(part).fetchall()
        cursor = connection.execute(last, statement.values)
        rows = tuple(tuple(map(_cell, row)) for row in cursor)
        connection.set_authorizer(None)
        changes = connection.total_changes - before
        self._size_bytes = self._pages()
        self._last_row_id = self._number("SELECT last_insert_rowid()") or self._last_row_id
        return Outcome(
            columns=tuple(column[0] for column in cursor.description or ()),
            rows=rows,
            changes=changes,
            changed=bool(changes) or size_bytes != self._size_bytes or schema != self._number("PRAGMA schema_version"),
            last_row_id=self._last_row_id,
            size_bytes=self._size_bytes,
        )

    def ended(self, before: Database) -> Database:
        """Commit; return the database as it is now, which is the one before where nothing was written."""
        self._connection.set_authorizer(None)
        self._connection.execute("COMMIT")
        image = self._connection.serialize() if self._size_bytes else b""
        if image == before.image:
            return before
        return Database(image=image, last_row_id=self._last_row_id, commits=before.commits + 1)

    def close(self) -> None:
        """Give back what was opened beside the connection."""
        self._plain.close()

    def _pages(self) -> int:
        return self._number("PRAGMA page_count") * self._number("PRAGMA page_size")

    def _number(self, query: str) -> int:
        return int(self._connection.execute(query).fetchone()[0])

    def _goes_on_for_ever(self) -> bool:
        self._steps += 1
        return self._steps > _MOST_HUNDRED_THOUSANDS

    def _authorize(self, action: int, first: str | None, second: str | None, *_: str | None) -> int:
        if action in _TRANSACTIONS:
            self.refusal = _NO_TRANSACTION
            return sqlite3.SQLITE_DENY
        own = any(name is not None and name.lower().startswith("_cf_") for name in (first, second))
        unknown = action == sqlite3.SQLITE_PRAGMA and (first or "").lower() not in _PRAGMAS
        return sqlite3.SQLITE_DENY if own or unknown or action in _NEVER else sqlite3.SQLITE_OK


def _functions(
    plain: sqlite3.Connection, now_s: float, rng: Random
) -> Iterator[tuple[str, Callable[..., _Told], bool]]:
    """Yield the functions that would ask the machine's clock or dice: a name, the mock's own, whether it is a function
    of its arguments alone."""
    now = datetime.fromtimestamp(now_s, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]

    def clock(name: str, before: int) -> Callable[..., _Told]:
        def at(*given: object) -> _Told:
            moment = [now if isinstance(value, str) and value.lower() == "now" else value for value in given[before:]]
            values = (*given[:before], *(moment or [now]))
            found: _Told = plain.execute(f"SELECT {name}({', '.join('?' * len(values))})", values).fetchone()[0]
            return found

        return at

    for name, before in _CLOCK.items():
        yield name, clock(name, before), True
    for name, like in _NOW.items():
        yield name, clock(like, 0), False
    yield "random", lambda: rng.getrandbits(64) - 2**63, False
    yield "randomblob", lambda size: rng.randbytes(max(1, min(int(size or 1), 1_000_000))), False


def _cell(value: object) -> Cell:
    """Return a value as D1 puts it into JSON: bytes are a list of numbers, and what is no number there is null."""
    match value:
        case bytes():
            return list(value)
        case float():
            whole = math.isfinite(value) and value.is_integer() and abs(value) < 2**53
            return int(value) if whole else value if math.isfinite(value) else None
        case str() | int():
            return value
        case _:
            return None
