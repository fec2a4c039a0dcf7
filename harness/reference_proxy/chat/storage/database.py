"""The database: where it is, sessions for reading and writing, and patience with it.

The one rule: what was begun here is ended here. A caller that leaves never interrupts a transaction half way.
"""

import asyncio
import contextlib
import random
import secrets
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from harness.reference_proxy.chat.storage.tables import Table
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.settings import SettingsError

T = TypeVar("T")
Work = Callable[[AsyncSession], Awaitable[T]]

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
_LOCK_WAIT_S = 2.0
_POOL_SIZE = 10
_ATTEMPTS = 6
_LATE_ATTEMPTS = 300  # at two seconds each: longer than a server takes to be restarted
_FIRST_WAIT_S = 0.05
_LONGEST_WAIT_S = 2.0


def unavailable() -> ProxyError:
    """The database cannot be used now."""
    return ProxyError(
        503, "The conversation store is not available now.", kind="server_error", code="storage_unavailable",
        retry_after="1",
    )  # fmt: skip


def url_of(text: str) -> URL:
    """The URL with the driver that we use; raises SettingsError for one that names no database of ours."""
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise SettingsError("chat_database is no URL: give sqlite:///FILE or postgresql://USER@HOST/NAME") from None
    if url.drivername not in {*_DRIVERS, *_DRIVERS.values()}:
        raise SettingsError(
            f"chat_database: {url.drivername!r} is not supported: give sqlite:///... or postgresql://..."
        )
    url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
    if not url.database or url.database == ":memory:":
        raise SettingsError("chat_database names no database: give sqlite:///FILE or postgresql://USER@HOST/NAME")
    return url


class Database:
    """One database and the connections to it; `log` is told of every attempt that failed."""

    def __init__(self, url: URL, *, log: Any) -> None:  # noqa: ANN401 - structlog's type
        self._url = url
        self._log = log
        self._sqlite = url.drivername.startswith("sqlite")
        self.engine = _engine(url, sqlite=self._sqlite)
        # Each statement of a read sees what is committed when it begins, on both databases. A transaction around it
        # would be two more errands to the database.
        reading = {} if self._sqlite else {"isolation_level": "AUTOCOMMIT"}
        self._reading = async_sessionmaker(self.engine.execution_options(**reading), expire_on_commit=False)
        self._writing = async_sessionmaker(
            self.engine.execution_options(**({"writes": True} if self._sqlite else {})), expire_on_commit=False
        )
        # SQLite has one writer at a time, and those who wait poll for it: in our own process they queue up instead.
        self._turn: contextlib.AbstractAsyncContextManager[Any] = (
            asyncio.Lock() if self._sqlite else contextlib.nullcontext()
        )
        self._rng = random.Random(secrets.randbits(64))
        self._tasks: set[asyncio.Task[Any]] = set()
        self._late: set[asyncio.Task[Any]] = set()
        self._closing = False

    def check(self) -> None:
        """Raise sqlite3.Error for a file that is no database, or cannot be made one; a server is asked later.

        aiosqlite leaves a thread behind for a file that it cannot open, which then complains of the loop's end.
        """
        if self._sqlite:
            with contextlib.closing(sqlite3.connect(self._url.database or "")) as connection:
                connection.execute("PRAGMA schema_version")

    async def read(self, work: Work[T]) -> T:
        """What `work` finds; raises ProxyError (503) when the database cannot be asked."""

        async def once() -> T:
            async with self._reading() as session:
                return await work(session)

        return await self._apart(self._patiently(once, attempts=2))

    async def write(self, work: Work[T], **about: str) -> T:
        """Run `work` in a transaction, again after a failure that may pass: it is on disk when this returns.

        `about` is what the log's lines of failures say it was for. Raises ProxyError (503) when the database stays
        away, or whatever `work` itself refuses with.
        """

        return await self._apart(self._patiently(partial(self._commit, work), attempts=_ATTEMPTS, **about))

    def write_late(self, work: Work[object], **about: str) -> None:
        """Go on trying to run `work` in a transaction, for minutes, while nobody waits for it; until `aclose`."""
        if self._closing:
            return  # the next start finds what is left
        task = asyncio.create_task(self._patiently(partial(self._commit, work), attempts=_LATE_ATTEMPTS, **about))
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        task.add_done_callback(_seen)

    async def aclose(self) -> None:
        """Let what was begun come to its end, and close every connection."""
        self._closing = True
        for task in self._late:
            task.cancel()
        await asyncio.gather(*self._late, return_exceptions=True)
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.engine.dispose()

    async def _commit(self, work: Work[T]) -> T:
        async with self._turn, self._writing() as session, session.begin():
            return await work(session)

    async def _patiently(self, once: Callable[[], Awaitable[T]], *, attempts: int, **about: str) -> T:
        log = self._log.bind(**about)
        tries = AsyncRetrying(
            stop=stop_after_attempt(attempts),
            retry=retry_if_exception(_may_pass),
            wait=self._wait_s,
            before_sleep=partial(_tell, log),
            reraise=True,
        )
        try:
            return await tries(once)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.error("persistence_failed", attempts=attempts, error=type(error).__name__, reason=_reason(error))
            if not _may_pass(error):
                raise
            raise unavailable() from None

    def _wait_s(self, state: RetryCallState) -> float:
        step_s = min(_FIRST_WAIT_S * 2.0 ** (state.attempt_number - 1), _LONGEST_WAIT_S)
        return self._rng.uniform(step_s / 2, step_s)

    async def _apart(self, work: Coroutine[Any, Any, T]) -> T:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(_seen)
        return await asyncio.shield(task)


def _tell(log: Any, state: RetryCallState) -> None:  # noqa: ANN401 - structlog's type
    error = state.outcome.exception() if state.outcome else None
    log.warning(
        "persistence_retry",
        attempt=state.attempt_number,
        wait_s=round(state.upcoming_sleep, 3),
        error=type(error).__name__,
        reason=_reason(error),
    )


def _seen(task: asyncio.Task[Any]) -> None:
    # Whoever asked may have left meanwhile: nobody is to complain that a failure went unseen.
    if not task.cancelled():
        task.exception()


def _may_pass(error: BaseException) -> bool:
    # Locked, restarting, out of connections, a deadlock, a connection that broke. A constraint is broken for good, and
    # so is a statement that is wrong.
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or type(error).__name__ in (
            "OperationalError",
            "InterfaceError",
            "DBAPIError",
        )
    return isinstance(error, OSError | TimeoutError)


def _reason(error: BaseException | None) -> str:
    # The driver's own words; SQLAlchemy's would show the statement and what was to be written, which is a message.
    original = getattr(error, "orig", None) or error
    return str(original).splitlines()[0][:200] if str(original) else ""


def _engine(url: URL, *, sqlite: bool) -> AsyncEngine:
    if not sqlite:
        return create_async_engine(
            # A connection that broke is found by its use, and what it was used for is tried again: see `_patiently`.
            url,
            pool_size=_POOL_SIZE,
            max_overflow=_POOL_SIZE,
            hide_parameters=True,
        )
    engine = create_async_engine(
        url, pool_size=_POOL_SIZE, max_overflow=0, connect_args={"timeout": _LOCK_WAIT_S}, hide_parameters=True
    )

    @event.listens_for(engine.sync_engine, "connect")
    def connected(connection: Any, _: object) -> None:  # noqa: ANN401 - SQLAlchemy's face of an aiosqlite connection
        connection.isolation_level = None  # transactions are begun by us, below
        connection.create_function("lower", 1, _lower, deterministic=True)  # SQLite's own knows ASCII alone
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begun(connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's connection
        # One that reads first and writes later would be refused when somebody else has written in between.
        if connection.get_execution_options().get("writes"):
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


METADATA = Table.metadata
