"""Databases for the chat service, and the mock Cloudflare behind it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from edgeproof import MockCloudflare
from tests.harness.reference_proxy.chat import postgres
from tests.harness.reference_proxy.chat.service import GOOD, Service, service
from tests.harness.reference_proxy.stage import Upstream


@pytest.fixture(scope="session")
def postgresql() -> Iterator[postgres.Postgres]:
    """One server for all tests of a process."""
    with postgres.running() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_with_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with tables and nothing in them, to be copied: making tables takes longer."""
    path = tmp_path_factory.mktemp("chat") / "chat.db"
    asyncio.run(postgres.with_tables(f"sqlite:///{path}"))
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_with_tables: Path) -> str:
    """The URL of a database with tables and nothing in them."""
    return f"sqlite:///{shutil.copy(sqlite_with_tables, tmp_path / 'chat.db')}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The same, of either kind."""
    if request.param == "sqlite":
        url: str = request.getfixturevalue("sqlite_url")
        return url
    server: postgres.Postgres = request.getfixturevalue("postgresql")
    return server.new_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without tables, of either kind; the one of SQLite is not there yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'chat.db'}"
    server: postgres.Postgres = request.getfixturevalue("postgresql")
    return server.empty_database()


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    """A scripted provider, which answers well until it is told otherwise."""
    scripted = Upstream(GOOD)
    await scripted.start()
    yield scripted
    await scripted.stop()


@pytest.fixture
async def on(sqlite_url: str, upstream: Upstream) -> AsyncIterator[Service]:
    """The service in front of it."""
    async with service(sqlite_url, upstream.url) as running:
        yield running


@pytest.fixture(scope="session")
def mock() -> Iterator[MockCloudflare]:
    """The mock Cloudflare in a process of its own; nothing of it is measured, for it has tests of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        with MockCloudflare() as running:
            yield running
