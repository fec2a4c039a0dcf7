"""How a catalogue is printed: whole lines into a pipe, wrapped ones on a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console

_LEAST_TEXT_COLUMNS = 44
"""With less room than this beside an id its text goes below it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a list."""

    name: str
    tag: str
    text: str


def listing(console: Console, entries: Sequence[Entry], *, footer: Sequence[str]) -> None:
    """Print a line each, and the footer on a terminal only; on a narrow one the text comes below the name."""
    name_columns = max(len(entry.name) for entry in entries)
    tag_columns = max(len(entry.tag) for entry in entries)
    indent = name_columns + tag_columns + 4
    beside = not console.is_terminal or console.width - indent >= _LEAST_TEXT_COLUMNS
    for entry in entries:
        if beside:
            head = f"{entry.name:<{name_columns}}  {entry.tag:<{tag_columns}}  "
            prose(console, head + entry.text, hang=indent)
        else:
            console.print(f"[bold]{entry.name}[/bold]  [dim]{entry.tag}[/dim]", soft_wrap=True)
            prose(console, "  " + entry.text)
    if console.is_terminal:
        console.print()
        for line in footer:
            console.print(line, style="dim", soft_wrap=True)


def prose(console: Console, text: str, *, hang: int = 0) -> None:
    """Print text word for word: wrapped on a terminal, further lines indented; one line a line elsewhere."""
    for line in text.split("\n"):
        body = line.lstrip()
        indent = hang or len(line) - len(body) + (2 if body.startswith("- ") else 3 if body[:1].isdigit() else 0)
        whole = not console.is_terminal or len(line) <= console.width
        lines = (
            [line]
            if whole
            else textwrap.wrap(
                line, max(console.width, indent + 20), subsequent_indent=" " * indent, break_on_hyphens=False
            )
        )
        for each in lines:
            console.print(each, markup=False, soft_wrap=True)


def command(console: Console, line: str) -> None:
    """Print what is meant to be copied: never broken."""
    console.print(line, markup=False, soft_wrap=True)
