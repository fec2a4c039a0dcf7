"""Where the database is, and how its connections are made.

The one rule: a URL that names no database of ours is refused before anything is opened.
"""

import contextlib
import sqlite3
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from harness.reference_proxy.chat.storage import sqlite
from harness.reference_proxy.settings import SettingsError

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
MOST_CONNECTIONS = 10
"""How many one process has: more would wait for its one writer or for the same processors. They stay open, for opening
one takes longer than most of what it is used for."""
POOL_WAIT_S = 30.0
"""How long an errand waits for a connection that is free before it fails, and is tried again."""


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


def is_sqlite(url: URL) -> bool:
    """Whether it is a file of SQLite's."""
    return url.drivername.startswith("sqlite")


def check(url: URL) -> None:
    """Raise sqlite3.Error for a file that is no database, or cannot be made one; a server is asked later.

    aiosqlite leaves a thread behind for a file that it cannot open, which then complains of the loop's end.
    """
    if is_sqlite(url):
        with contextlib.closing(sqlite3.connect(url.database or "")) as connection:
            connection.execute("PRAGMA schema_version")


def engine_of(url: URL) -> AsyncEngine:
    """What makes and keeps the connections; those with the execution option `writes` may write.

    A connection that broke is found by its use, and what it was used for is tried again: see `patience`.
    """
    pool: dict[str, Any] = {"pool_size": MOST_CONNECTIONS, "max_overflow": 0, "pool_timeout": POOL_WAIT_S}
    if not is_sqlite(url):
        return create_async_engine(url, hide_parameters=True, **pool)
    engine = create_async_engine(url, async_creator=sqlite.connecting(url.database or ""), hide_parameters=True, **pool)

    @event.listens_for(engine.sync_engine, "begin")
    def begun(connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's connection
        if connection.get_execution_options().get("writes"):
            connection.connection.driver_connection.begin_to_write()

    return engine
