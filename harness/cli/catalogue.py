"""`edgeproof cases` and `edgeproof faults`: what there is, and what each one means.

The one rule: nothing is described here; every word comes from the cases, faults and invariants themselves.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.console import Console

from fault_injection.registry import ALL as FAULTS
from fault_injection.registry import by_id
from harness.cli.output import results
from reports.invariants import GUIDES
from scenarios.catalogue import explain
from scenarios.index import select

_cases = typer.Typer(invoke_without_command=True)
_faults = typer.Typer(invoke_without_command=True)

_LEAST_TEXT_COLUMNS = 44
"""With less room than this beside an id its text goes below it."""

CaseOption = Annotated[str, typer.Option("--case", metavar="GLOB", help="Only ids that match, as in 'cache.*,json.*'.")]


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    tag: str
    text: str


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.add_typer(_cases, name="cases", rich_help_panel="Look things up")
    app.add_typer(_faults, name="faults", rich_help_panel="Look things up")


@_cases.callback()
def list_cases(context: typer.Context, case: CaseOption = "*") -> None:
    """List the conformance cases, or explain one.

    All of them, those of a family, or the whole story of one:

      edgeproof cases
      edgeproof cases --case 'cache.*'
      edgeproof cases explain cache.expires
    """
    if context.invoked_subcommand:
        return
    chosen = select(case)
    families = len({item.family for item in chosen})
    with results() as console:
        _list(console, [_Entry(item.id, item.level, item.promise) for item in chosen])
        if console.is_terminal:
            console.print(f"\n{len(chosen)} cases in {families} families.", style="dim")
            console.print("See also: edgeproof cases explain " + chosen[0].id, style="dim", soft_wrap=True)


@_cases.command("explain")
def explain_case(case_id: Annotated[str, typer.Argument(metavar="ID", help="A case, or a glob.")]) -> None:
    """Explain a case: what is asked, what goes wrong, what must be seen.

    For example:

      edgeproof cases explain cache.expires
    """
    chosen = select(case_id)
    with results() as console:
        for number, item in enumerate(chosen):
            rules = [f"  {name}: {GUIDES[name].promise}" for name in item.focus]
            _prose(console, "\n".join([*(["", ""] if number else []), explain(item), *rules]))
            _command(console, f"\nrun it: edgeproof run --case {item.id}")


@_faults.callback()
def list_faults(context: typer.Context) -> None:
    """List the faults, or explain one.

    A fault is written as its id with what differs from its defaults, and
    several are stacked with a plus:

      edgeproof faults
      edgeproof faults explain sse.truncate
      sse.line_ends + tcp.slice(size_bytes=7)
    """
    if context.invoked_subcommand:
        return
    with results() as console:
        _list(console, [_Entry(fault.id, fault.law.value, fault.summary()) for fault in FAULTS.values()])
        if console.is_terminal:
            console.print(f"\n{len(FAULTS)} faults. The second column is what is left of the answer.", style="dim")
            console.print("See also: edgeproof faults explain sse.truncate", style="dim", soft_wrap=True)


@_faults.command("explain")
def explain_fault(fault_id: Annotated[str, typer.Argument(metavar="ID", help="The fault's id.")]) -> None:
    """Explain a fault: what it does, its parameters, and how to try it.

    For example:

      edgeproof faults explain sse.truncate
    """
    fault = by_id(fault_id)
    lines = [fault.id, f"  {fault.summary()}", "", f"what is left of the answer: {fault.law.value}"]
    lines += [f"shows before it strikes: {fault.tell}"] if fault.tell else []
    lines += [f"passed by where {need}" for need in fault.needs]
    lines += [""]
    for item in fault.parameters():
        bounds = " | ".join(item.choices) or _range(item.low, item.high, item.unit)
        lines += [f"  {item.name}={item.default}  ({bounds})", f"    {item.doc}"]
    with results() as console:
        _prose(console, "\n".join(lines))
        _command(console, f"\ntry it: edgeproof mock, then curl with -H 'X-Edgeproof-Fault: {fault()}'")


def _list(console: Console, entries: Sequence[_Entry]) -> None:
    """Print a line each; on a terminal too narrow for that, the text below the name."""
    name_columns = max(len(entry.name) for entry in entries)
    tag_columns = max(len(entry.tag) for entry in entries)
    indent = name_columns + tag_columns + 4
    beside = not console.is_terminal or console.width - indent >= _LEAST_TEXT_COLUMNS
    for entry in entries:
        if beside:
            head = f"{entry.name:<{name_columns}}  {entry.tag:<{tag_columns}}  "
            _prose(console, head + entry.text, hang=indent)
        else:
            console.print(f"[bold]{entry.name}[/bold]  [dim]{entry.tag}[/dim]", soft_wrap=True)
            _prose(console, "  " + entry.text)


def _prose(console: Console, text: str, *, hang: int = 0) -> None:
    """Print text word for word: wrapped on a terminal, further lines indented; one line a line elsewhere."""
    for line in text.split("\n"):
        body = line.lstrip()
        indent = hang or len(line) - len(body) + (2 if body.startswith("- ") else 3 if body[:1].isdigit() else 0)
        whole = not console.is_terminal or len(line) <= console.width
        lines = (
            [line]
            if whole
            else textwrap.wrap(
                line, max(console.width, indent + 20), subsequent_indent=" " * indent, break_on_hyphens=False
            )
        )
        for each in lines:
            console.print(each, markup=False, soft_wrap=True)


def _command(console: Console, line: str) -> None:
    """Print what is meant to be copied: never broken."""
    console.print(line, markup=False, soft_wrap=True)


def _range(low: float | None, high: float | None, unit: str) -> str:
    match low, high:
        case None, None:
            return unit or "any"
        case float() | int(), None:
            return f"at least {low:.15g} {unit}".strip()
        case _:
            return f"{low or 0:.15g}..{high:.15g} {unit}".strip()
