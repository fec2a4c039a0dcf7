"""SQLite's connections: each has a thread of its own, and one errand to it is a whole statement.

aiosqlite runs four errands for a SELECT: to make its cursor, to execute it, to fetch its rows and to close it. The loop
and the thread share one interpreter, so that each errand waits until the other lets go of it. Under load those waits
took longer than the statements.

The one rule: what was committed is on disk. `synchronous=FULL` keeps it through a power cut as well as a kill.
"""

import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

import aiosqlite

T = TypeVar("T")

LOCK_WAIT_S = 2.0
"""How long a statement waits for another process's lock before it fails, and is tried again."""
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
_ITER_CHUNK_ROWS = 64  # aiosqlite's own default; nothing here reads row by row


def connecting(path: str) -> Callable[[], Awaitable["Connection"]]:
    """What opens one more connection to this file, for SQLAlchemy's `async_creator`."""

    async def connect() -> Connection:
        connection = Connection(lambda: _connected(path), iter_chunk_size=_ITER_CHUNK_ROWS)
        connection.thread.daemon = True  # a process that ends in a hurry does not wait for it
        await connection
        return connection

    return connect


class Connection(aiosqlite.Connection):
    """A connection as SQLAlchemy's dialect for aiosqlite uses it."""

    _begins = False

    def begin_to_write(self) -> None:
        """Begin a transaction with the next statement, as the one that may write.

        One that reads first and writes later would be refused when somebody else has written in between.
        """
        self._begins = True

    def cursor(self) -> "Cursor":  # type: ignore[override]  # SQLAlchemy asks for no more than `Cursor` has
        """A cursor, which costs no errand."""
        return Cursor(self)

    @property
    def thread(self) -> Any:  # noqa: ANN401 - aiosqlite has no name for it
        """The thread that everything runs in."""
        return self._thread

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` in the thread."""
        begins, self._begins = self._begins, False

        def in_the_thread() -> T:
            if begins:
                self._conn.execute("BEGIN IMMEDIATE")
            return work(self._conn)

        made: T = await self._execute(in_the_thread)  # type: ignore[no-untyped-call]  # aiosqlite gives it no types
        return made

    async def commit(self) -> None:
        """Commit, where anything is to be committed."""
        self._begins = False
        if self.in_transaction:
            await super().commit()

    async def rollback(self) -> None:
        """Roll back, where anything is to be rolled back: the pool asks for it after every use."""
        self._begins = False
        if self.in_transaction:
            await super().rollback()


class Cursor:
    """One statement at a time, with all its rows."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: Sequence[Any] = ()
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement and take its rows."""
        await self._run(lambda cursor: cursor.execute(statement, parameters))

    async def executemany(self, statement: str, parameters: Sequence[Sequence[Any]]) -> None:
        """Run a statement once for each set of parameters."""
        await self._run(lambda cursor: cursor.executemany(statement, parameters))

    async def fetchall(self) -> Sequence[Any]:
        """The rows, which are here already."""
        return self._rows

    async def close(self) -> None:
        """Nothing is open: the statement is over."""

    async def _run(self, work: Callable[[sqlite3.Cursor], object]) -> None:
        def in_the_thread(connection: sqlite3.Connection) -> None:
            cursor = connection.cursor()
            try:
                work(cursor)
                self.description = cursor.description
                self._rows = cursor.fetchall() if cursor.description else ()
                self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
            finally:
                cursor.close()

        await self._connection.run(in_the_thread)


def _connected(path: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=LOCK_WAIT_S, isolation_level=None)  # transactions are begun by us
    try:
        connection.create_function("lower", 1, _lower, deterministic=True)  # SQLite's own knows ASCII alone
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()
