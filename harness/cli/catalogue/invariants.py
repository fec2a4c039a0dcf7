"""`edgeproof invariants`."""

from __future__ import annotations

from typing import Annotated

import typer

from harness.cli.catalogue.explaining import INVARIANT, explain
from harness.cli.catalogue.printing import Entry, listing
from harness.cli.output import results
from reports.invariants import GUIDES

app = typer.Typer(invoke_without_command=True)


@app.callback()
def list_invariants(context: typer.Context) -> None:
    """List the invariants, or explain one: the rules that every answer is held to.

    The id beside a finding is that of the invariant it broke:

      edgeproof invariants
      edgeproof invariants explain no-laundering
    """
    if context.invoked_subcommand:
        return
    footer = (f"{len(GUIDES)} invariants.", "See also: edgeproof invariants explain no-laundering")
    with results() as console:
        listing(console, [Entry(each.id, each.level, each.promise) for each in GUIDES.values()], footer=footer)


@app.command("explain")
def explain_invariant(name: Annotated[str, typer.Argument(metavar="ID", help="The invariant's id.")]) -> None:
    """Explain an invariant: its promise, why it matters, how to fix a breach.

    For example:

      edgeproof invariants explain cancel-propagates
    """
    explain(name, asked=INVARIANT)
