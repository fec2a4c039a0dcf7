"""One PostgreSQL for the tests of a process: nothing of it has to outlive them, so that it need not wait for a disk."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from harness.reference_proxy.chat.storage.database import Database
from harness.reference_proxy.chat.storage.engines import url_of
from harness.reference_proxy.chat.storage.migrating import migrate
from harness.reference_proxy.chat.storage.tables import Table
from harness.reference_proxy.http import logs
from harness.shell.target import postgresql

_UNSAFE_BUT_QUICK = ("-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200")


class Postgres:
    """A running server; `folder` holds its data and its socket."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._url = ""

    def empty_database(self) -> str:
        """The URL of a database without tables."""
        name = f"chat_{next(self._numbers)}"
        asyncio.run(self._execute(f"CREATE DATABASE {name}"))
        return postgresql.url_of(self._folder, name)

    def new_database(self) -> str:
        """The URL of a database with tables and nothing in them: the same one for every test, and emptied, for making
        one takes far longer."""
        if self._url:
            asyncio.run(self._execute(f"TRUNCATE {', '.join(Table.metadata.tables)}", url=self._url))
        else:
            self._url = self.empty_database()
            asyncio.run(with_tables(self._url))
        return self._url

    async def _execute(self, statement: str, *, url: str = "") -> None:
        connection = await asyncpg.connect(url or postgresql.url_of(self._folder))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


async def with_tables(url: str) -> None:
    """Make the tables in an empty database."""
    database = Database(url_of(url), log=logs.logger())
    await migrate(database.engine)
    await database.aclose()


@contextmanager
def running() -> Iterator[Postgres]:
    """A server for as long as this is entered; fails the test where there is no PostgreSQL."""
    if not postgresql.is_installed():
        pytest.fail("no PostgreSQL: install it (make postgresql, or on Debian: apt-get install postgresql)")
    folder = postgresql.make_folder()
    data, environment = folder / "data", postgresql.environment()
    try:
        subprocess.run(postgresql.making(data), cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
        server = postgresql.serving(data, folder, *_UNSAFE_BUT_QUICK)
        with subprocess.Popen(server, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True) as process:
            assert process.stderr is not None
            for line in process.stderr:
                if postgresql.READY in line:
                    break
            else:
                pytest.fail(f"PostgreSQL ended as it started: exit code {process.wait()}")
            try:
                yield Postgres(folder)
            finally:
                process.send_signal(signal.SIGQUIT)  # at once: nothing of it is needed any more
                process.stderr.read()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
