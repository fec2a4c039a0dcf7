"""A PostgreSQL of the tests' own: in a temporary folder, reached by a socket in it, and gone afterwards.

`pytest-postgresql` starts the server as the user that runs the tests, which PostgreSQL refuses to be when that is root;
and it listens on a port, where a socket in a folder of one's own cannot meet anybody else's.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg
import pytest

_OWNER = "postgres"
_UNSAFE_BUT_QUICK = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200"]


class Postgres:
    """A running server; `folder` holds its data and its socket."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"chat_{next(self._numbers)}"
        asyncio.run(self._create(name))
        return f"postgresql://{_OWNER}@/{name}?host={self._folder}"

    async def _create(self, name: str) -> None:
        connection = await asyncpg.connect(host=str(self._folder), user=_OWNER, database="postgres")
        try:
            await connection.execute(f"CREATE DATABASE {name}")
        finally:
            await connection.close()


@contextmanager
def running() -> Iterator[Postgres]:
    """A server for as long as this is entered; fails the test where there is no PostgreSQL."""
    initdb = _program("initdb")
    if initdb is None:
        pytest.fail("no PostgreSQL: install it (make postgresql, or on Debian: apt-get install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="edgeproof-postgres-"))
    try:
        as_owner: dict[str, Any] = {"cwd": folder, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}}
        if os.getuid() == 0:
            shutil.chown(folder, _OWNER, _OWNER)
            as_owner |= {"user": _OWNER, "group": _OWNER, "extra_groups": []}
        data = folder / "data"
        subprocess.run(
            [initdb, "--auth=trust", "--no-sync", "--encoding=UTF8", "--no-instructions", f"--username={_OWNER}", data],
            check=True, stdout=subprocess.DEVNULL, **as_owner,
        )  # fmt: skip
        server: list[str | Path] = [
            initdb.with_name("postgres"),
            "-D",
            data,
            "-k",
            folder,
            "-c",
            "listen_addresses=",
            *_UNSAFE_BUT_QUICK,
        ]
        with subprocess.Popen(server, stderr=subprocess.PIPE, text=True, **as_owner) as process:
            assert process.stderr is not None
            for line in process.stderr:
                if "ready to accept connections" in line:
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


def _program(name: str) -> Path | None:
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[4]))
    found = debian[-1] if debian else shutil.which(name)
    return Path(found).resolve() if found else None
