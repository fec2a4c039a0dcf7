"""The migrations make the tables that the code maps, from nothing and beside others who do the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from harness.reference_proxy.chat.storage.database import Database
from harness.reference_proxy.chat.storage.engines import url_of
from harness.reference_proxy.chat.storage.migrating import NEWEST, configured, migrate
from harness.reference_proxy.chat.storage.tables import Table
from harness.reference_proxy.http import logs


@pytest.fixture
async def database(empty_database_url: str) -> AsyncIterator[Database]:
    opened = Database(url_of(empty_database_url), log=logs.logger())
    yield opened
    await opened.aclose()


def _differences(connection: Connection) -> list[Any]:
    found: list[Any] = compare_metadata(
        MigrationContext.configure(connection, opts={"compare_type": True}), Table.metadata
    )
    return found


async def test_the_migrations_make_what_the_code_maps(database: Database) -> None:
    await migrate(database.engine)
    async with database.engine.connect() as connection:
        differences = await connection.run_sync(_differences)
        tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())

    assert differences == []
    assert {*tables} == {*Table.metadata.tables, "alembic_version"}


def test_the_newest_migration_is_known_by_name() -> None:
    assert ScriptDirectory.from_config(configured()).get_current_head() == NEWEST


async def test_a_database_of_the_first_form_gets_what_it_lacks(database: Database) -> None:
    async with database.engine.execution_options(writes=True).begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(configured(sync), "0001"))
    await migrate(database.engine)

    async with database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


async def test_who_starts_at_the_same_time_migrates_once(database: Database, empty_database_url: str) -> None:
    other = Database(url_of(empty_database_url), log=logs.logger())
    await asyncio.gather(migrate(database.engine), migrate(other.engine))
    await migrate(database.engine)
    await other.aclose()

    async with database.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
