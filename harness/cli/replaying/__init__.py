"""`edgeproof replay`: one case again, seen closely, and held on request so that it can be tried by hand."""

from __future__ import annotations

import typer

from harness.cli.replaying import replay


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    replay.register(app)
