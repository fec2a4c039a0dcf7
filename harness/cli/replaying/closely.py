"""What a replay shows beyond a run: the case's wire log, and what the target itself said, with where it lies.

The one rule: it shows what was written down while the case was played; it plays and judges nothing.
"""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.text import Text

from harness.cli.running.session import Session
from harness.core.observed.redact import Redactor
from harness.shell.target import log
from reports.record import RunRecord
from reports.terminal.lines import Paper, show
from reports.terminal.wire import wire_log
from reports.visible import on_one_line

_LINES = 12


def show_closely(record: RunRecord, session: Session, console: Console) -> None:
    """Print the wire log of every case of a replay, and the last lines of the target's log."""
    paper = Paper(console)
    for case in record.cases:
        if lines := wire_log(case, paper):
            show(console, [Text(), *lines])
    for suite in session.suites:
        show(console, [Text(), *_log_of(session.logs(session.repeat) / suite / "1" / "target.log", session, paper)])


def _log_of(path: Path, session: Session, paper: Paper) -> list[Text]:
    head = Text("Target's log  ", "bold")
    if session.target.command is None:
        return [head.append("not kept here: edgeproof did not start this target", "dim")]
    said = log.tail(path, Redactor(), lines=_LINES).strip().splitlines()
    head.append(f"{path}" + (f" (its last {_LINES} lines)" if len(said) == _LINES else ""), "dim")
    if not said:
        return [head, Text("  it wrote nothing", "dim")]
    return [head, *(paper.row("  ", on_one_line(line)) for line in said)]
