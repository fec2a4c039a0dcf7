"""`edgeproof chaos` and `edgeproof gateway`: a real upstream broken on purpose, and nobody hurt by it."""

from __future__ import annotations

import typer

from harness.cli.chaotic import chaos, gateway


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    for module in (chaos, gateway):
        module.register(app)
