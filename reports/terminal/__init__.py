"""A record on a terminal or in a CI log: the verdict first, then what to mend, on one screen; all of it on request.

The one rule: text from a record is data. It is never read as markup, never acts on the terminal, and a command line
to copy is never broken.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from reports import outcome
from reports.notes import gate_notes
from reports.record import RunRecord
from reports.terminal.cases import in_full
from reports.terminal.lines import STYLES, Paper, show
from reports.terminal.screen import noted, screen
from reports.terminal.timings import timings
from reports.terminal.whole import measured, stability, whole
from reports.visible import on_one_line


def render(
    record: RunRecord,
    console: Console,
    *,
    verbose: bool = False,
    page: Path | None = None,
    tables: Sequence[str] = (),
) -> None:
    """Print the record; without colour and control sequences when the console is no terminal.

    `verbose` adds everything below the screen, and the verdict once more at the end. `tables` are the sections whose
    measurements are what was asked for; they are printed in any case. `page` is where the report lies that has the
    rest. Of a run of one case that case is shown in full.
    """
    paper, verdict = Paper(console), _verdict(record)
    if len(record.cases) == 1 and not verbose:
        gates = noted(gate_notes(record), paper)
        show(console, [*paper.wrapped(verdict), *gates, Text(), *in_full(record.cases[0], paper)])
        stability(record.stability, console, paper)
        measured(record, console, paper, names=tables)
        show(console, [Text.assemble(("report    ", "dim"), on_one_line(str(page)))] if page else [])
        return
    show(console, screen(record, verdict, paper, page=page, unbounded=verbose))
    if verbose:
        show(console, [Text()])
        whole(record, console, paper)
        show(console, paper.wrapped(verdict))
    elif tables:
        show(console, [Text()])
        measured(record, console, paper, names=tables)


def render_verdict(record: RunRecord, console: Console) -> None:
    """Print the verdict alone, for whoever shows the rest in another way."""
    show(console, [*Paper(console).wrapped(_verdict(record)), Text()])


def render_timings(record: RunRecord, console: Console) -> None:
    """Print what took how long."""
    show(console, [Text(), *timings(record, Paper(console))])


def _verdict(record: RunRecord) -> Text:
    return Text.assemble(
        "Verdict ",
        (outcome.word(record), STYLES[outcome.shown_as(record)]),
        on_one_line(outcome.rest(record)),
        f" in {record.duration_s:.1f} s · seed {record.seed} · target {on_one_line(record.target.name)}",
    )
