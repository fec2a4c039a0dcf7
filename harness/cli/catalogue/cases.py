"""`edgeproof cases`."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from harness.cli.catalogue.explaining import CASE, explain
from harness.cli.catalogue.printing import Entry, listing
from harness.cli.output import print_json, results
from scenarios.index import select
from scenarios.profiles import PROFILES

app = typer.Typer(invoke_without_command=True)

CaseOption = Annotated[str, typer.Option("--case", metavar="GLOB", help="Only ids that match, as in 'cache.*,json.*'.")]


@app.callback()
def list_cases(
    context: typer.Context,
    case: CaseOption = "*",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print them as JSON, with the profiles that play each.")
    ] = False,
) -> None:
    """List the conformance cases, or explain one.

    List all, list a family, or explain one:

      edgeproof cases
      edgeproof cases --case 'cache.*'
      edgeproof cases explain cache.expires
    """
    if context.invoked_subcommand:
        return
    chosen = select(case)
    if as_json:
        told = [
            {
                "id": item.id,
                "level": item.level,
                "promise": item.promise,
                "profiles": [name for name, profile in PROFILES.items() if profile.includes(item)],
            }
            for item in chosen
        ]
        print_json(json.dumps(told) + "\n")
        return
    families = len({item.family for item in chosen})
    entries = [Entry(item.id, item.level, item.promise) for item in chosen]
    footer = (f"{len(chosen)} cases in {families} families.", f"See also: edgeproof cases explain {chosen[0].id}")
    with results() as console:
        listing(console, entries, footer=footer)


@app.command("explain")
def explain_case(case_id: Annotated[str, typer.Argument(metavar="ID", help="A case, or a glob.")]) -> None:
    """Explain a case: what is asked, what goes wrong, what must be seen.

    For example:

      edgeproof cases explain cache.expires
    """
    explain(case_id, asked=CASE)
