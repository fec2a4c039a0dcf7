"""Brings a database to the newest form of the tables, whatever form it has: Alembic, without its command line.

The one rule: two processes that start at once do not migrate at once.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 0x65_64_67_65  # any number that nobody else locks


def configured(connection: Connection | None = None) -> Config:
    """Alembic's configuration, working on this connection."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


async def migrate(engine: AsyncEngine) -> None:
    """Make or mend the tables; does nothing where they are as they should be."""
    async with engine.execution_options(writes=True).begin() as connection:
        await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    command.upgrade(configured(connection), "head")
