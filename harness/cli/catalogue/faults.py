"""`edgeproof faults`."""

from __future__ import annotations

from typing import Annotated

import typer

from fault_injection.registry import ALL as FAULTS
from harness.cli.catalogue.explaining import FAULT, explain
from harness.cli.catalogue.printing import Entry, listing
from harness.cli.output import results

app = typer.Typer(invoke_without_command=True)


@app.callback()
def list_faults(context: typer.Context) -> None:
    """List the faults, or explain one.

    A fault is written as its id with any non-default parameters; several
    are combined with a plus:

      edgeproof faults
      edgeproof faults explain sse.truncate
      sse.line_ends + tcp.slice(size_bytes=7)
    """
    if context.invoked_subcommand:
        return
    footer = (
        f"{len(FAULTS)} faults. The second column is the effect on the answer's bytes.",
        "See also: edgeproof faults explain sse.truncate",
    )
    with results() as console:
        listing(console, [Entry(each.id, each.law.value, each.summary()) for each in FAULTS.values()], footer=footer)


@app.command("explain")
def explain_fault(fault_id: Annotated[str, typer.Argument(metavar="ID", help="The fault's id.")]) -> None:
    """Explain a fault: what it does, its parameters, and how to try it.

    For example:

      edgeproof faults explain sse.truncate
    """
    explain(fault_id, asked=FAULT)
