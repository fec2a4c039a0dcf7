"""Progress on standard error: a bar on a terminal, a line now and then elsewhere.

The one rule: progress goes to standard error and results to standard output, so that a pipe gets results alone; a
standard error that nobody reads any more stops no run.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from contextlib import suppress
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TextColumn, TimeElapsedColumn
from rich.text import Text

from harness.cli.output import PatientConsole
from reports.overview import amount
from reports.record import CaseResult, Verdict

_LOUD = {Verdict.FAIL: "bold red", Verdict.HARNESS_ERROR: "bold magenta", Verdict.INCONCLUSIVE: "yellow"}
_LOUD_AT_MOST = 5
"""So many cases are named on a terminal while the run lasts; the bar counts the rest, and the results tell of them."""
_LINES = 8
"""How often a run says how far it is where there is no terminal."""
_SAYS_EVERY_S = 5.0
"""How often it says so of a search."""
_BAR_COLUMNS = 60
"""The least width of a terminal that has room for a bar."""
_LEAST_BAR = 10
_CLOCK = 7


class _Doing(TextColumn):
    """What is being done, cut so that all columns beside it fit the terminal."""

    def __init__(self, width: int, *, bar: bool) -> None:
        super().__init__("{task.description}", markup=False)
        self._room = width - _CLOCK - (_LEAST_BAR + 4 if bar else 3)

    def render(self, task: Task) -> Text:
        """Return as much of it as there is room for."""
        text = super().render(task)
        total = f"{task.total or 0:.0f}"
        text.truncate(max(0, self._room - 2 * len(total) - 1 - len(task.fields["note"])), overflow="ellipsis")
        return text


class RunProgress:
    """Shows how far a run is through the cases it has `planned`, each once a round.

    What does not apply to the target is taken off them: nothing of it is played.

    Use it as a context manager and call `done` for every result and `played` for every play of a search.
    """

    def __init__(self, planned: Collection[str], *, rounds: int = 1, quiet: bool = False) -> None:
        self._console = PatientConsole(stderr=True, highlight=False, quiet=quiet)
        self._planned = frozenset(planned)
        self._total = len(planned) * rounds
        self._done = 0
        self._failed = 0
        self._told = 0
        self._played = 0
        self._said_s = time.monotonic()
        bar = [BarColumn(bar_width=None)] if self._console.width >= _BAR_COLUMNS else []
        self._bar = Progress(
            _Doing(self._console.width, bar=bool(bar)),
            *bar,
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}", style="bold red"),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=quiet or not self._console.is_terminal,
        )
        self._task = self._bar.add_task("", total=self._total, note="")

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
        """Count a case that was planned; what went wrong is told at once, on a terminal only the first few times."""
        planned = result.id in self._planned
        applies = result.verdict is not Verdict.NOT_APPLICABLE
        self._done += planned and applies
        self._total -= planned and not applies
        self._failed += result.verdict is Verdict.FAIL
        style = _LOUD.get(result.verdict)
        self._told += bool(style)
        if style and (self._told <= _LOUD_AT_MOST or not self._console.is_terminal):
            self._print(f"{result.verdict.value.upper():<13} {result.id}", style=style)
        self._bar.update(self._task, completed=self._done, total=self._total, note=self._note)
        every = max(1, self._total // _LINES)
        counts = planned and applies and (self._done % every == 0 or self._done == self._total)
        if counts and not self._console.is_terminal:
            self._print(f"{self._done} of {amount(self._total, 'case')}")

    def played(self) -> None:
        """Count a play of a search, which knows of no total."""
        self._played += 1
        self._bar.update(self._task, note=self._note)
        now_s = time.monotonic()
        if not self._console.is_terminal and now_s - self._said_s >= _SAYS_EVERY_S:
            self._said_s = now_s
            self._print(f"{amount(self._played, 'case')} of searches played")

    @property
    def _note(self) -> str:
        played = f"{self._played} searched" if self._played else ""
        failed = f"{self._failed} failed" if self._failed else ""
        return " ".join(filter(None, (played, failed)))

    def _print(self, line: str, *, style: str = "") -> None:
        with suppress(OSError):
            self._console.print(line, style=style, markup=False, soft_wrap=True)
