"""`edgeproof baseline`: a file of what is known to be broken, written, brought up to date and shown.

The one rule: nothing that a person wrote into the file is lost unless it was asked for.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from harness.cli.output import results, tell
from harness.core.run.baseline import Baseline, Entry
from harness.core.run.baseline_file import parsed, text_of
from harness.errors import UsageError
from reports.overview import amount
from reports.record import RunRecord, read
from reports.visible import on_one_line

_Record = Annotated[Path, typer.Argument(metavar="RESULTS.JSON", help="The record of a run.")]
_File = Annotated[Path, typer.Argument(metavar="FILE", help="The baseline.")]
_USUAL = Path("edgeproof-baseline.toml")

app = typer.Typer(no_args_is_help=True)


def register(root: typer.Typer) -> None:
    """Add the verbs to the command line."""
    root.add_typer(app, name="baseline", rich_help_panel="Read results")


_NAME_ONE: Final = "name a file that edgeproof baseline write made, or a results.json"


def read_baseline(path: Path) -> Baseline:
    """Read a baseline file, or a `results.json` in its place.

    Raises:
        UsageError: it cannot be read, or is neither.
    """
    try:
        return parsed(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}", next_step=_NAME_ONE) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: this is not UTF-8 ({error})", next_step=_NAME_ONE) from error


@app.callback()
def _baseline() -> None:
    """Keep a file of known failures, so that only new ones fail a build.

    Once, from a run on the main branch; commit the file:

      edgeproof run my-proxy.toml --seed 7
      edgeproof baseline write edgeproof-report/results.json

    On each pull request, which fails when something new is broken:

      edgeproof run my-proxy.toml --seed 7 --baseline edgeproof-baseline.toml
    """


@app.command("write")
def write(
    record: _Record,
    file: _File = _USUAL,
    force: Annotated[bool, typer.Option("--force", help="Replace the file, losing its reasons and dates.")] = False,
) -> None:
    """Write a baseline from the record of a run.

    For example:

      edgeproof baseline write edgeproof-report/results.json
    """
    known = read(record)
    if file.exists() and not force:
        raise UsageError(
            f"{file} already exists",
            next_step="edgeproof baseline update keeps its reasons and dates; --force replaces it",
        )
    baseline = Baseline.of(known)
    _write(file, baseline)
    tell(f"{file}: {len(baseline.entries)} known")
    _warn(known)


@app.command("update")
def update(
    record: _Record,
    file: _File = _USUAL,
    prune: Annotated[bool, typer.Option("--prune", help="Drop entries that are fixed.")] = False,
) -> None:
    """Update a baseline from a run: new failures are added, and those seen again get a new date.

    Reasons, first dates and expiry stay. Fixed entries stay as well, unless you drop them:

      edgeproof baseline update edgeproof-report/results.json
      edgeproof baseline update edgeproof-report/results.json --prune
    """
    if not file.exists():
        raise UsageError(f"{file} does not exist", next_step="edgeproof baseline write creates it")
    known, before = read(record), _own(file)
    after, mended = before.updated(known), before.mended(known)
    if prune:
        after = after.without(mended)
    _write(file, after)
    had = {entry.identity for entry in before.entries}
    fresh = [entry for entry in after.entries if entry.identity not in had]
    for entry in fresh:
        tell(f"new      {_named(entry)}")
    for entry in mended:
        tell(f"{'dropped' if prune else 'fixed':<8} {_named(entry)}")
    if mended and not prune:
        tell("fixed entries stay in the file; --prune drops them")
    tell(f"{file}: {len(after.entries)} known, {len(fresh)} new, {len(mended)} fixed")
    _warn(known)


@app.command("show")
def show(file: _File = _USUAL) -> None:
    """Show a baseline as a table, with the age of each entry and the day it expires.

    For example:

      edgeproof baseline show
    """
    baseline, today = read_baseline(file), datetime.now(UTC).date()
    table = Table(box=None, pad_edge=False)
    for name in ("case", "level", "what", "age", "last seen", "expires", "reason"):
        table.add_column(name, no_wrap=name in ("age", "level", "last seen"))
    for entry in baseline.entries:
        what = ": ".join(filter(None, (entry.invariant, entry.shape))) or "failed without a finding"
        cells = (entry.case, entry.level, what, _days(today - entry.first_seen), str(entry.last_seen))
        table.add_row(
            *(Text(on_one_line(cell)) for cell in cells),
            Text(_expiry(entry, today), "bold red" if _is_over(entry, today) else ""),
            Text(on_one_line(entry.reason)),
        )
    over = sum(_is_over(entry, today) for entry in baseline.entries)
    with results() as console:
        if baseline.entries:
            console.print(table)
        console.print(f"{len(baseline.entries)} known, {over} expired", markup=False)


def _own(file: Path) -> Baseline:
    """Read the file that is about to be written again; a record must not be overwritten by a baseline."""
    if file.suffix == ".json":
        raise UsageError(f"{file} is not a baseline file", next_step="edgeproof baseline write creates one from it")
    return read_baseline(file)


def _write(file: Path, baseline: Baseline) -> None:
    unfinished = file.with_name(file.name + ".part")
    try:
        unfinished.write_text(text_of(baseline), encoding="utf-8")
        unfinished.replace(file)
    except OSError as error:
        raise UsageError(
            f"{file} cannot be written: {error.strerror}", next_step="name a file in a folder that you may write to"
        ) from error


def _warn(record: RunRecord) -> None:
    unjudged = [case for case in record.cases if case.verdict in ("inconclusive", "harness-error")]
    if unjudged:
        tell(f"{amount(len(unjudged), 'case')} could not be judged in this run; the baseline leaves them out")


def _named(entry: Entry) -> str:
    return on_one_line(str(entry.breach()))


def _is_over(entry: Entry, today: date) -> bool:
    return entry.expires is not None and today > entry.expires


def _expiry(entry: Entry, today: date) -> str:
    if entry.expires is None:
        return "never"
    return f"{entry.expires} (expired)" if _is_over(entry, today) else f"{entry.expires}"


def _days(age: timedelta) -> str:
    return f"{age.days} d"
