"""`edgeproof load`: the load suite alone, on chats of any proxy or on a whole chat service."""

from __future__ import annotations

import typer

from harness.cli.loading import load


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    load.register(app)
