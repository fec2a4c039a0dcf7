"""`edgeproof league`: the records of many proxies on one page.

The one rule: it reads records and nothing else, so it works on any machine and on any run ever kept.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from harness.cli.output import results
from harness.errors import UsageError
from reports.causes import explained
from reports.league import Entry, KillMatrixError, kill_matrix, own_record, render
from reports.record import read

Records = Annotated[list[Path], typer.Argument(metavar="RESULTS.JSON...", help="The results.json of each run.")]


def register(app: typer.Typer) -> None:
    """Add the verb to the command line."""
    app.command("league", rich_help_panel="Read results")(league)


def league(
    records: Records,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write the page.")] = Path("league.html"),
    selfcheck: Annotated[
        Path | None,
        typer.Option("--selfcheck", metavar="FILE", help="The kill-matrix.json of a self-check, to show on the page."),
    ] = None,
) -> None:
    """Put the records of many proxies side by side, on one page.

    One run for each proxy, and the page:

      edgeproof run -t nginx.toml --out results/nginx
      edgeproof run -t caddy.toml --out results/caddy
      edgeproof league results/*/results.json --out league.html

    The page names the version that each target file gives, counts problems
    by family and by invariant, and says how often edgeproof itself caught
    known mistakes and blamed proxies that have none.
    """
    try:
        own = own_record(check=kill_matrix(selfcheck) if selfcheck else None)
    except KillMatrixError as error:
        raise UsageError(str(error)) from error
    entries = [Entry(record=explained(read(path)), report=_report(path, out)) for path in records]
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(render(entries, own), encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"{out} cannot be written", evidence=error.strerror or str(error), next_step="give another --out"
        ) from error
    with results() as console:
        console.print(f"league: {out}", markup=False, soft_wrap=True)


def _report(record: Path, page: Path) -> str:
    """Return where the record's own report lies, as seen from the page; empty when there is none beside it."""
    report = record.parent / "index.html"
    if not report.is_file():
        return ""
    return quote(Path(os.path.relpath(report, page.parent)).as_posix())
