"""`edgeproof load --profile chat`: from flags to a session.

The one rule: a flag that means nothing to a chat load is refused, not ignored.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import typer

from harness.cli.options import is_typed
from harness.cli.output import tell
from harness.cli.running.session import ChatPlan, LoadPlan, Session
from harness.core.target.file import TargetFile
from harness.errors import UsageError
from harness.shell.target import postgresql
from scenarios.load import ChatLoad

DATABASES: Final = ("sqlite", "postgresql")
"""What the embedded service can keep chats in."""

_USUAL: Final = ChatLoad()
_EMBEDDED: Final = "reference"
_MOST_STREAMS: Final = 1_000
_MOST_S: Final = 300.0
_OTHERS: Final = (
    "shape", "arrivals", "rate", "objectives", "plan", "overhead", "tokens", "pace_s", "first_s", "think_s", "cancel",
    "repeats", "processes", "master", "workers", "master_bind_host", "worker", "master_host", "master_port", "web",
    "web_port",
)  # fmt: skip
_INSTALL: Final = "on Debian: apt-get install postgresql"


def refuse_database(context: typer.Context) -> None:
    """Refuse --database where there is none.

    Raises:
        UsageError: when it was given.
    """
    if is_typed(context, "database"):
        raise UsageError("--database is for a chat service", next_step="add --profile chat, or leave it out")


def chat_session(
    context: typer.Context,
    *,
    target_spec: str,
    target_options: tuple[str, ...],
    target: TargetFile,
    users: int,
    duration_s: float,
    databases: str,
    seed: int,
    out: Path,
    upstream_port: int,
    formats: tuple[str, ...],
    events: str | None,
) -> Session:
    """Return the session of a chat load.

    Raises:
        UsageError: for a flag of another profile, a number that is too large, or a database that cannot be had.
    """
    if strange := next((name for name in _OTHERS if is_typed(context, name)), None):
        raise UsageError(f"--{strange.replace('_', '-')} is not for --profile chat", next_step="leave it out")
    if users > _MOST_STREAMS or duration_s > _MOST_S:
        raise UsageError(
            f"a chat load has {_MOST_STREAMS} streams at the most, and lasts {_MOST_S:g} s at the most",
            next_step="give a smaller --users or --duration",
        )
    load = replace(_USUAL, streams=users, users=min(_USUAL.users, users), duration_s=duration_s)
    load = replace(load, most_s=max(duration_s, load.most_s))
    load = replace(load, tenants=min(load.tenants, load.users), begin_s=min(load.begin_s, duration_s / 4))
    if target_spec == _EMBEDDED:
        chosen = _databases(databases, were_named=is_typed(context, "database"))
    else:
        chosen = ()
        if is_typed(context, "database"):
            raise UsageError(
                "--database is for the embedded service",
                evidence=f"{target.name} has its own database",
                next_step="leave it out",
            )
    flags = {"--users": (users, _USUAL.streams), "--duration": (f"{duration_s:g}s", f"{_USUAL.duration_s:g}s")}
    words = [word for flag, (asked, usual) in flags.items() if asked != usual for word in (flag, str(asked))]
    words += ["--database", ",".join(chosen)] if chosen and is_typed(context, "database") else []
    return Session(
        target_spec=target_spec,
        target_options=target_options,
        target=target,
        suites=("load",),
        cases=(),
        seed=seed,
        profile="chat",
        whole=True,
        jobs=1,
        out=out,
        upstream_port=upstream_port,
        formats=formats,
        events=events,
        load=LoadPlan(again=("load", "--profile", "chat", *words), chat=ChatPlan(load=load, databases=chosen)),
    )


def _databases(text: str, *, were_named: bool) -> tuple[str, ...]:
    """Return the databases to use; PostgreSQL only where it is installed, unless it was asked for by name."""
    asked = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := [name for name in asked if name not in DATABASES] or ([] if asked else [text]):
        raise UsageError(f"there is no database called {unknown[0]!r}", next_step=f"there are: {', '.join(DATABASES)}")
    if "postgresql" in asked and not postgresql.is_installed():
        if were_named:
            raise UsageError("PostgreSQL is not installed", next_step=f"{_INSTALL}; or give --database sqlite")
        tell(f"load: PostgreSQL is not installed, so that SQLite alone is measured ({_INSTALL})")
        asked.remove("postgresql")
    return tuple(name for name in DATABASES if name in asked)
