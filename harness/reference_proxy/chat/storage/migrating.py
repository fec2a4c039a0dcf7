"""Brings a database to the newest form of the tables, whatever form it has: Alembic, without its command line.

The one rule: two processes that start at once do not migrate at once.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt

if TYPE_CHECKING:
    from alembic.config import Config

NEWEST = "0002"
"""The last of the migrations."""

_FOLDER = Path(__file__).parent / "migrations"
_ATTEMPTS = 10
_LOCK = 0x65_64_67_65  # any number that nobody else locks


def configured(connection: Connection | None = None) -> "Config":
    """Alembic's configuration, working on this connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


async def migrate(engine: AsyncEngine) -> None:
    """Make or mend the tables; does nothing where they are as they should be."""
    async with engine.connect() as connection:
        if await connection.run_sync(_is_newest):
            return
    from alembic import command  # takes longer to load than a start without migrations takes

    tries = AsyncRetrying(
        stop=stop_after_attempt(_ATTEMPTS), retry=retry_if_exception_type(OperationalError), reraise=True
    )
    async for attempt in tries:  # whoever migrates at the same time may take longer than SQLite waits for a lock
        with attempt:
            async with engine.execution_options(writes=True).begin() as connection:
                await connection.run_sync(_upgrade, command.upgrade)


def _is_newest(connection: Connection) -> bool:
    if not inspect(connection).has_table("alembic_version"):
        return False
    return bool(connection.scalar(text("SELECT version_num FROM alembic_version")) == NEWEST)


def _upgrade(connection: Connection, upgrade: Callable[["Config", str], None]) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    else:
        connection.execute(text("SELECT 1"))  # the first statement takes the lock of SQLite's one writer
    upgrade(configured(connection), "head")
