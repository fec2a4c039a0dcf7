"""A record as a terminal shows it."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Literal

from rich.cells import cell_len
from rich.console import Console

from reports import terminal
from reports.record import RunRecord

PAGE = Path("edgeproof-report/index.html")


def shown(
    of: RunRecord,
    *,
    width: int = 80,
    is_terminal: bool = False,
    verbose: bool = False,
    page: Path | None = PAGE,
    tables: tuple[str, ...] = (),
) -> str:
    """Return what is printed."""
    out = io.StringIO()
    colours: Literal["truecolor"] | None = "truecolor" if is_terminal else None
    console = Console(file=out, width=width, force_terminal=is_terminal, color_system=colours)
    terminal.render(of, console, verbose=verbose, page=page, tables=tables)
    return out.getvalue()


def height(text: str, width: int) -> int:
    """Return how many lines of a terminal a text takes; what is longer than one takes several."""
    return sum(max(1, -(-cell_len(line) // width)) for line in text.splitlines())
