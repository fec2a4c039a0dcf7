"""Databases for the chat service, and the mock Cloudflare behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from edgeproof import MockCloudflare
from tests.harness.reference_proxy.chat import postgres


@pytest.fixture(scope="session")
def postgresql() -> Iterator[postgres.Postgres]:
    """One server for all tests of a process."""
    with postgres.running() as server:
        yield server


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a database that is not there yet."""
    return f"sqlite:///{tmp_path / 'chat.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, sqlite_url: str) -> str:
    """The URL of an empty database, of either kind."""
    if request.param == "sqlite":
        return sqlite_url
    server: postgres.Postgres = request.getfixturevalue("postgresql")
    return server.new_database()


@pytest.fixture(scope="module")
def mock() -> Iterator[MockCloudflare]:
    """The mock Cloudflare in a process of its own; nothing of it is measured, for it has tests of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        with MockCloudflare() as running:
            yield running
