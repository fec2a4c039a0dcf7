"""What a comparison found, on the terminal.

The one rule: what would break a client comes first, each difference once and with both sides as evidence.
"""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.core.drift.difference import Weight
from harness.core.drift.form import shown
from harness.core.drift.outcome import Outcome, Told
from reports.visible import on_one_line

_STYLES = {Weight.BREAKING: "bold red", Weight.GONE: "yellow", Weight.NEW: "cyan"}


def render(found: Outcome, console: Console, *, kept: Path | None) -> None:
    """Print the differences, what was not compared, and one sentence; `kept` is where the record was written."""
    told = found.told
    if told:
        table = Table(box=None, pad_edge=False)
        for name in ("", "weight", "moved", "where", "mock", "upstream", "questions"):
            table.add_column(name, overflow="fold", no_wrap=name in ("", "weight"))
        for number, each in enumerate(told, start=1):
            difference = each.difference
            weight = "known" if each.known else str(difference.weight)
            table.add_row(
                str(number),
                Text(weight, style="dim" if each.known else _STYLES[difference.weight]),
                Text(each.moved),
                Text(on_one_line(shown(difference.path))),
                Text(on_one_line(difference.mock)),
                Text(on_one_line(difference.upstream)),
                Text(_where(each)),
            )
        console.print(table)
        for number, each in enumerate(told, start=1):
            if each.known or each.said:
                about = f"known variation: {each.known}" if each.known else f"upstream said: {each.said}"
                console.print(f"{number}: {about}", markup=False, soft_wrap=True)
        console.print()
    for missing in found.not_compared:
        console.print(f"not compared: {missing.id}: {on_one_line(missing.why_not)}", markup=False, soft_wrap=True)
    console.print(summary(found), markup=False, soft_wrap=True)
    if found.drift and not found.before:
        again = f"--since {kept}" if kept else "--out drift.json, and later --since drift.json"
        console.print(f"who moved, next time: {again}", markup=False, soft_wrap=True)


def summary(found: Outcome) -> str:
    """Say in one sentence how the mock and the upstream stand."""
    drift = found.drift
    weights = [
        f"{count} {weight}" for weight in Weight if (count := sum(each.difference.weight is weight for each in drift))
    ]
    parts = [f"drift: {', '.join(weights)}" if drift else "no drift"]
    if known := len(found.told) - len(drift):
        parts.append(f"{known} known variations" if known > 1 else "1 known variation")
    compared = len(found.compared) - len(found.not_compared)
    return f"{found.upstream}: {'; '.join(parts)}; {compared} of {len(found.compared)} questions compared"


def _where(told: Told) -> str:
    first, *others = told.questions
    return f"{first} +{len(others)}" if others else first
