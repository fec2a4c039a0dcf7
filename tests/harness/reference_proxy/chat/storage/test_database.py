"""The database: its URL, its patience, and callers that leave."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from harness.reference_proxy.chat.storage import database as module
from harness.reference_proxy.chat.storage import engines, sqlite
from harness.reference_proxy.chat.storage.database import Database
from harness.reference_proxy.chat.storage.engines import url_of
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.http import logs
from harness.reference_proxy.settings import SettingsError
from tests.harness.reference_proxy.stage import Log


class Held:
    """Another process that writes, and takes its time."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("CREATE TABLE IF NOT EXISTS notes (said TEXT UNIQUE)")

    def lock(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def release(self) -> None:
        self._connection.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def other(sqlite_url: str) -> Held:
    return Held(sqlite_url.removeprefix("sqlite:///"))


@pytest.fixture
async def database(sqlite_url: str, other: Held, log: Log, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    monkeypatch.setattr(sqlite, "LOCK_WAIT_S", 0.01)
    opened = Database(url_of(sqlite_url), log=logs.logger(log))
    yield opened
    await opened.aclose()
    other.close()


async def _note(session: AsyncSession, said: str = "x") -> None:
    await session.execute(text("INSERT INTO notes VALUES (:said)"), {"said": said})


async def _one(session: AsyncSession) -> int:
    return int(await session.scalar(text("SELECT 1")) or 0)


async def _notes(database: Database) -> list[str]:
    async def look(session: AsyncSession) -> list[str]:
        return list(await session.scalars(text("SELECT said FROM notes")))

    return await database.read(look)


async def test_a_write_waits_for_a_locked_database_and_tells_each_retry(
    database: Database, other: Held, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_ATTEMPTS", 1000)
    other.lock()
    writing = asyncio.create_task(database.write(_note))
    await log.says("persistence_retry")
    other.release()
    await writing
    told = json.loads(log.getvalue().splitlines()[0])

    assert await _notes(database) == ["x"]
    assert (told["event"], told["attempt"], told["level"]) == ("persistence_retry", 1, "warning")
    assert "locked" in told["reason"]


async def test_a_database_that_stays_locked_is_a_503_and_is_told(database: Database, other: Held, log: Log) -> None:
    other.lock()
    with pytest.raises(ProxyError) as raised:
        await database.write(_note)
    other.release()

    assert (raised.value.status, raised.value.code) == (503, "storage_unavailable")
    assert "persistence_failed" in log.getvalue()
    assert await _notes(database) == []


async def test_a_statement_of_sqlite_is_one_errand_to_its_thread_and_a_commit_another(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    errands = 0
    execute: Callable[..., Awaitable[object]] = sqlite.Connection._execute

    async def counted(connection: sqlite.Connection, *asked: object, **more: object) -> object:
        nonlocal errands
        errands += 1
        return await execute(connection, *asked, **more)

    await database.read(_one)  # a connection is there
    monkeypatch.setattr(sqlite.Connection, "_execute", counted)
    await database.write(_note)
    after_write = errands
    await database.read(_one)

    assert (after_write, errands) == (2, 3)


@pytest.mark.parametrize("kind", ["read", "write"])
async def test_who_finds_no_connection_free_tries_again_and_is_told_of(
    database_url: str, kind: str, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "POOL_WAIT_S", 0.01)
    monkeypatch.setattr(module, "_READ_ATTEMPTS", 1000)
    monkeypatch.setattr(module, "_ATTEMPTS", 1000)
    database = Database(url_of(database_url), log=logs.logger(log))
    async with contextlib.AsyncExitStack() as others:
        for _ in range(engines.MOST_CONNECTIONS):
            await others.enter_async_context(database.engine.connect())
        asking = asyncio.create_task(getattr(database, kind)(_one))
        await log.says("persistence_retry")
    told = json.loads(log.getvalue().splitlines()[0])

    assert await asking == 1
    assert (told["event"], told["error"]) == ("persistence_retry", "TimeoutError")
    await database.aclose()


async def test_what_can_never_succeed_is_not_tried_again(database: Database, log: Log) -> None:
    await database.write(_note)
    with pytest.raises(IntegrityError):
        await database.write(_note)

    assert "persistence_retry" not in log.getvalue()


async def test_a_caller_that_leaves_does_not_interrupt_what_it_began(database: Database) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(session: AsyncSession) -> None:
        await _note(session, "first")
        begun.set()
        await go_on.wait()
        await _note(session, "second")

    writing = asyncio.create_task(database.write(slow))
    await begun.wait()
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    go_on.set()
    await database.write(lambda session: _note(session, "third"))

    assert await _notes(database) == ["first", "second", "third"]


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite:///x.db", "sqlite+aiosqlite"),
        ("postgresql://u:p@h/d", "postgresql+asyncpg"),
        ("postgres://h/d", "postgresql+asyncpg"),
        ("postgresql+asyncpg://h/d", "postgresql+asyncpg"),
    ],
)
def test_a_url_gets_the_driver_that_we_use(given: str, driver: str) -> None:
    assert url_of(given).drivername == driver


@pytest.mark.parametrize("given", ["chat.db", "mysql://h/d", "sqlite://", "sqlite:///:memory:", "postgresql://h"])
def test_a_url_that_names_no_database_of_ours_is_refused(given: str) -> None:
    with pytest.raises(SettingsError, match="chat_database"):
        url_of(given)
