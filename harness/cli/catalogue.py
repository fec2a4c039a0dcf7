"""`edgeproof cases` and `edgeproof faults`: what there is, and what each one means."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from fault_injection.registry import ALL as FAULTS
from fault_injection.registry import by_id
from harness.core.invariants import ALL as INVARIANTS
from scenarios.catalogue import explain
from scenarios.index import select

_cases = typer.Typer(help="List the conformance cases, or explain one.", invoke_without_command=True)
_faults = typer.Typer(help="List the faults, or explain one.", invoke_without_command=True)

Pattern = Annotated[str, typer.Option("--case", help="Only ids that match, such as 'cache.*'.")]


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.add_typer(_cases, name="cases", rich_help_panel="Look things up")
    app.add_typer(_faults, name="faults", rich_help_panel="Look things up")


def _console() -> Console:
    return Console(highlight=False)


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for heading in headings[:-1]:
        table.add_column(heading, no_wrap=True)
    table.add_column(headings[-1], overflow="fold")
    return table


@_cases.callback()
def list_cases(context: typer.Context, case: Pattern = "*") -> None:
    """List the conformance cases by family. `edgeproof cases explain ID` tells the whole story of one."""
    if context.invoked_subcommand:
        return
    chosen = select(case)
    table = _table("case", "level", "promise")
    for item in chosen:
        table.add_row(item.id, item.level, item.promise)
    console = _console()
    console.print(table)
    families = len({item.family for item in chosen})
    console.print(f"\n{len(chosen)} cases in {families} families.", style="dim")
    if console.is_terminal:
        console.print("Hint: edgeproof cases explain " + chosen[0].id, style="dim")


@_cases.command("explain")
def explain_case(case_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Explain one case: what is asked, what goes wrong, what must be seen, and which invariants it is about."""
    console = _console()
    for item in select(case_id):
        console.print(explain(item), markup=False)
        for name in item.focus:
            console.print(f"  {name}: {INVARIANTS[name].rule}", markup=False)
        console.print(f"\nRun it: edgeproof run --case {item.id}", markup=False)


@_faults.callback()
def list_faults(context: typer.Context) -> None:
    """List the faults by family. `edgeproof faults explain ID` shows the parameters of one."""
    if context.invoked_subcommand:
        return
    table = _table("fault", "law", "what happens")
    for fault in FAULTS.values():
        table.add_row(fault.id, fault.law.value, fault.summary())
    console = _console()
    console.print(table)
    console.print(f"\n{len(FAULTS)} faults. They stack: sse.line_ends + tcp.slice(size_bytes=7)", style="dim")
    if console.is_terminal:
        console.print("Hint: edgeproof faults explain sse.truncate", style="dim")


@_faults.command("explain")
def explain_fault(fault_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:
    """Explain one fault: what it does, its parameters with their units and bounds, and how to try it."""
    fault = by_id(fault_id)
    console = _console()
    console.print(f"{fault.id}: {fault.summary()}", markup=False)
    console.print(f"law: {fault.law.value}\n", markup=False)
    table = _table("parameter", "default", "bounds", "meaning")
    for item in fault.parameters():
        bounds = ", ".join(item.choices) or _range(item.low, item.high, item.unit)
        table.add_row(item.name, str(item.default), bounds, item.doc)
    if fault.parameters():
        console.print(table)
    console.print(f"\nTry it: edgeproof mock, then curl with -H 'X-Edgeproof-Fault: {fault()}'", markup=False)


def _range(low: float | None, high: float | None, unit: str) -> str:
    if low is None and high is None:
        return unit or "any"
    ends = f"{low:g}" if high is None and low is not None else f"{low or 0:g}..{high:g}" if high is not None else ""
    at_least = "at least " if high is None else ""
    return f"{at_least}{ends} {unit}".strip()
