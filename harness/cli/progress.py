"""Progress on standard error: a bar on a terminal, a line now and then elsewhere.

The one rule: progress goes to standard error and results to standard output, so that a pipe gets results alone; a
standard error that nobody reads any more stops no run.
"""

from __future__ import annotations

from contextlib import suppress
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from harness.cli.output import PatientConsole
from reports.record import CaseResult, Verdict

_LOUD = {Verdict.FAIL: "bold red", Verdict.HARNESS_ERROR: "bold magenta", Verdict.INCONCLUSIVE: "yellow"}
_LINES = 8
"""How often a run says how far it is where there is no terminal."""
_BAR_COLUMNS = 60
"""The least width of a terminal that has room for a bar."""


class RunProgress:
    """Shows how far a run is. Use it as a context manager and call `done` for every case."""

    def __init__(self, total: int, *, quiet: bool = False) -> None:
        self._console = PatientConsole(stderr=True, highlight=False, quiet=quiet)
        self._total = total
        self._done = 0
        self._failed = 0
        bar = [BarColumn(bar_width=None)] if self._console.width >= _BAR_COLUMNS else []
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            *bar,
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}", style="bold red"),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=quiet or not self._console.is_terminal,
        )
        self._task = self._bar.add_task("", total=total, note="")

    def __enter__(self) -> Self:
        with suppress(OSError):
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._bar.stop()

    def say(self, what: str) -> None:
        """Say what is being done now."""
        self._bar.update(self._task, description=what)
        if not self._console.is_terminal:
            self._print(what)

    def done(self, result: CaseResult) -> None:
        """Count a case; one that went wrong is told at once."""
        self._done += 1
        self._failed += result.verdict is Verdict.FAIL
        style = _LOUD.get(result.verdict)
        if style:
            self._print(f"{result.verdict.value.upper():<13} {result.id}", style=style)
        note = f"{self._failed} failed" if self._failed else ""
        self._bar.update(self._task, completed=self._done, note=note)
        every = max(1, self._total // _LINES)
        if not self._console.is_terminal and (self._done % every == 0 or self._done == self._total):
            self._print(f"{self._done} of {self._total} cases")

    def _print(self, line: str, *, style: str = "") -> None:
        with suppress(OSError):
            self._console.print(line, style=style, markup=False, soft_wrap=True)
