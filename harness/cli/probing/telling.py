"""What a probe found, on the terminal: the tables to paste, and beside them what the file says otherwise.

The one rule: the tables come first and nothing but TOML is in them, so that a pipe can take them as they are.
"""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.core.probing.claims import Stand
from harness.core.probing.outcome import Outcome
from harness.core.probing.table import toml

_STYLES = {Stand.DIFFERS: "bold red", Stand.UNTOLD: "yellow", Stand.AGREES: "green", Stand.UNCLAIMED: ""}
_ORDER = (Stand.DIFFERS, Stand.UNTOLD, Stand.UNCLAIMED, Stand.AGREES)


def render(found: Outcome, console: Console) -> None:
    """Print the tables, the claims held against them, and one sentence."""
    console.print(toml(found), end="", markup=False, soft_wrap=True)
    if found.claims:
        table = Table(box=None, pad_edge=False)
        for name in ("", "key", "the file says", "seen"):
            table.add_column(name, overflow="fold", no_wrap=name == "key")
        for each in sorted(found.claims, key=lambda claim: _ORDER.index(claim.stand)):
            mark = Text(str(each.stand), style=_STYLES[each.stand])
            table.add_row(mark, Text(each.key), Text(each.claimed or "-"), Text(each.saw))
        console.print()
        console.print(table)
    console.print(f"\n{summary(found)}", markup=False, soft_wrap=True)


def summary(found: Outcome) -> str:
    """Say in one sentence how the file's claims stand."""
    count = {stand: sum(each.stand is stand for each in found.claims) for stand in Stand}
    claimed = len(found.claims) - count[Stand.UNCLAIMED]
    parts = [f"{count[Stand.AGREES]} of {claimed} claims agree"]
    if count[Stand.DIFFERS]:
        parts.append(f"{count[Stand.DIFFERS]} differ" + "s" * (count[Stand.DIFFERS] == 1))
    if count[Stand.UNTOLD]:
        parts.append(f"{count[Stand.UNTOLD]} could not be checked; longer bounds may help (--within)")
    if count[Stand.UNCLAIMED]:
        parts.append(f"{count[Stand.UNCLAIMED]} seen and not claimed")
    if found.stopped:
        parts.append(f"stopped by {found.stopped}")
    return f"{found.target}: {', '.join(parts)} (seed {found.seed}, {found.duration_s:.0f} s)"
