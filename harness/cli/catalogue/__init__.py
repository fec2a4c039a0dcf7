"""`edgeproof cases`, `faults` and `invariants`: what there is, and what each one means.

The one rule: nothing is described here; every word comes from the cases, faults and invariants themselves.
"""

from __future__ import annotations

import typer

from harness.cli.catalogue import cases, faults, invariants

_PANEL = "Look things up"


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    for module in (cases, faults, invariants):
        app.add_typer(module.app, name=module.__name__.rpartition(".")[2], rich_help_panel=_PANEL)
