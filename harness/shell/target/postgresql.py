"""A PostgreSQL of our own: in a scratch folder, reached by a socket in it, and gone afterwards.

The one rule: no port is opened. A socket in a folder of one's own cannot meet anybody else's server.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from harness.errors import HarnessError
from harness.shell.target.child import Child

OWNER: Final = "postgres"
"""The database user; also the system's, where we are root, as whom PostgreSQL refuses to run."""
READY: Final = "ready to accept connections"
"""What the server writes once it listens."""

_READY_WITHIN_S: Final = 60.0
_LOOK_EVERY_S: Final = 0.05
_GRACE_S: Final = 5.0
_TOLD_CHARACTERS: Final = 400
_AS_OWNER: Final = (
    "import os, pwd, sys; owner = pwd.getpwnam(sys.argv[1]); os.setgroups([]); os.setgid(owner.pw_gid); "
    "os.setuid(owner.pw_uid); os.execv(sys.argv[2], sys.argv[2:])"
)
"""Runs a command as another user. asyncio could do that by itself, but uvloop cannot."""


def program(name: str) -> Path | None:
    """Return where one of PostgreSQL's programs is, of the newest version; Debian keeps them off the path."""
    debian = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[4]))
    found = debian[-1] if debian else shutil.which(name)
    return Path(found).resolve() if found else None


def is_installed() -> bool:
    """Whether there is a PostgreSQL to start."""
    return program("initdb") is not None and program("postgres") is not None


def make_folder() -> Path:
    """Return a new folder that belongs to whom the server runs as: us, or its own user where we are root."""
    folder = Path(tempfile.mkdtemp(prefix="edgeproof-postgres-"))
    if os.getuid() == 0:
        shutil.chown(folder, OWNER, OWNER)
    return folder


def making(data: Path) -> list[str]:
    """Return the command that makes an empty cluster in a folder."""
    flags = ("--auth=trust", "--no-sync", "--encoding=UTF8", "--no-instructions", f"--username={OWNER}")
    return _as_owner(str(program("initdb")), *flags, str(data))


def serving(data: Path, socket: Path, *more: str) -> list[str]:
    """Return the command that serves a cluster by a socket in that folder alone; `more` are further flags."""
    return _as_owner(str(program("postgres")), "-D", str(data), "-k", str(socket), "-c", "listen_addresses=", *more)


def environment() -> dict[str, str]:
    """Return what its programs need of our environment."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}


def url_of(folder: Path, database: str = "postgres") -> str:
    """Return the URL of a database of the server whose socket is in that folder."""
    return f"postgresql://{OWNER}@/{database}?host={folder}"


@asynccontextmanager
async def running() -> AsyncIterator[str]:
    """Give the URL of an empty database, on a server that runs as it would in earnest: what it commits is on disk.

    Raises:
        HarnessError: when it does not start; `is_installed` says whether it can.
    """
    folder = make_folder()
    try:
        log, data = folder / "log", folder / "data"
        made = await Child.start(making(data), env=environment(), cwd=str(folder), log=log)
        try:
            await made.ended(within_s=_READY_WITHIN_S)
            if made.exit_code != 0:
                raise HarnessError("PostgreSQL made no database", evidence=_last_words(log))
        finally:
            await made.end(grace_s=0.0)
        server = await Child.start(serving(data, folder), env=environment(), cwd=str(folder), log=log)
        try:
            await _until_ready(server, log)
            yield url_of(folder)
        finally:
            if server.exit_code is None:
                os.kill(server.pid, signal.SIGINT)  # a fast shutdown: nobody is waited for
                await server.ended(within_s=_GRACE_S)
            await server.end(grace_s=0.0)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_owner(*words: str) -> list[str]:
    return [sys.executable, "-I", "-c", _AS_OWNER, OWNER, *words] if os.getuid() == 0 else [*words]


async def _until_ready(server: Child, log: Path) -> None:
    for _ in range(int(_READY_WITHIN_S / _LOOK_EVERY_S)):
        if READY in _read(log):
            return
        if await server.ended(within_s=_LOOK_EVERY_S):
            break
    raise HarnessError("PostgreSQL did not start", evidence=_last_words(log))


def _last_words(log: Path) -> str:
    return " ".join(_read(log).split())[-_TOLD_CHARACTERS:]


def _read(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")
