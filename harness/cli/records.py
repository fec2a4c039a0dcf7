"""`edgeproof report` and `edgeproof compare`: a record shown again, and two of them side by side.

The one rule: both read records and nothing else, so they work on any machine and on any run ever kept.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from harness.cli.baseline import read_baseline
from harness.cli.options import BaselineOption, TimingsOption, VerboseOption
from harness.cli.outlets.formats import ShownFormatOption, only, wanted
from harness.cli.output import print_json, print_text, results
from harness.core.run.compare import compare_records, in_both
from harness.core.run.gate import HeldTo, exit_code, gated
from harness.errors import UsageError
from harness.shell.playing.report_folder import write_reports
from reports import terminal
from reports.causes import explained
from reports.overview import amount
from reports.record import read

RecordFile = Annotated[Path, typer.Argument(metavar="RESULTS.JSON", help="The record of a run.")]


def register(app: typer.Typer) -> None:
    """Add the verbs to the command line."""
    app.command("report", rich_help_panel="Read results")(report)
    app.command("compare", rich_help_panel="Read results")(compare)


def report(
    record: RecordFile,
    out: Annotated[Path | None, typer.Option("--out", help="Also write all report files into this folder.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the record as JSON.")] = False,
    baseline: BaselineOption = None,
    verbose: VerboseOption = False,
    timings: TimingsOption = False,
    format: ShownFormatOption = "",  # noqa: A002 - a parameter is named as its flag is
) -> None:
    """Show the results of an earlier run; exits as that run did.

    On the terminal, with every case, and as files in a folder:

      edgeproof report edgeproof-report/results.json
      edgeproof report edgeproof-report/results.json -v
      edgeproof report edgeproof-report/results.json --out again/

    In another form, printed or beside the other files:

      edgeproof report edgeproof-report/results.json --format annotations
      edgeproof report results.json --out again/ --format sarif,har,csv

    Held against a baseline, as on the day of the run:

      edgeproof report results.json --baseline edgeproof-baseline.toml
    """
    forms = wanted(format) if out is not None else ()
    shown = only(format) if format and out is None else None
    if shown and json:
        raise UsageError("--format and --json both want standard output", next_step="leave one of them out")
    known = explained(read(record))
    if baseline is not None:
        fail_on = known.gate.fail_on if known.gate else "must"
        stopped = known.gate.stopped if known.gate else ""
        known = gated(known, HeldTo(fail_on=fail_on, baseline=read_baseline(baseline)), stopped=stopped)
    if out is not None:
        write_reports(known, out, also=forms)
    if shown:
        print_text(shown(known))
    elif json:
        print_json(known.to_json())
    else:
        with results() as console:
            terminal.render(known, console, verbose=verbose, page=out / "index.html" if out else None)
            if timings:
                terminal.render_timings(known, console)
    raise typer.Exit(exit_code(known))


def compare(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="The results.json of the earlier run.")],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="The results.json of the later run.")],
) -> None:
    """Show what changed from one run to another; exits 1 when something got worse.

    Cases that only one of the two runs was asked to play are left out.
    Before and after a change:

      edgeproof compare main/results.json branch/results.json
    """
    old, new = read(before), read(after)
    shared = len(in_both(old, new))
    if not shared:
        raise UsageError(
            "the two runs have no case in common", next_step="compare runs of the same suites, cases and profile"
        )
    changes = compare_records(old, new)
    worse = sum(change.is_worse for change in changes)
    better = sum(change.is_better for change in changes)
    with results() as console:
        for change in changes:
            style = "red" if change.is_worse else "green" if change.is_better else "dim"
            was, now = change.before or "not found", change.after or "not found"
            line = f"{change.word:<9} {change.case_id}  {was} -> {now}"
            line += f", and breaks {change.breach}" if change.breach else ""
            console.print(line, style=style, markup=False, soft_wrap=True)
        console.print(
            f"{worse} worse, {better} better, {len(changes) - worse - better} otherwise changed, "
            f"of {amount(shared, 'case')} in both runs"
        )
    raise typer.Exit(1 if worse else 0)
