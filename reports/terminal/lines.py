"""Lines of a terminal: fields, commands and wrapped prose, as pieces of text that are printed as they are.

The one rule: text from a record is data. It is never read as markup, never acts on the terminal, and a command line
to copy is never broken.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from reports.record import Verdict
from reports.visible import as_prose, on_one_line

STYLES: Final = {
    Verdict.PASS: "green",
    Verdict.FAIL: "bold red",
    Verdict.NON_STRICT: "yellow",
    Verdict.INFO: "cyan",
    Verdict.NOT_APPLICABLE: "dim",
    Verdict.INCONCLUSIVE: "magenta",
    Verdict.HARNESS_ERROR: "bold magenta",
}
INDENT: Final = 12
NARROW: Final = 50
_MORE: Final = " …"


class Paper:
    """A console's width, and the ways in which text is laid out on it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.width = console.width

    @property
    def is_narrow(self) -> bool:
        """Whether there is no room for a column of names."""
        return self.width < NARROW

    def field(self, name: str, text: str, *, at_most: int | None = None) -> list[Text]:
        """A named field, wrapped; shortened where it would take more than so many lines."""
        if not text:
            return []
        if self.is_narrow:
            whole = Text.assemble((f"{name} ".lstrip(), "dim"), as_prose(text))
            return self.wrapped(whole, indent=2, at_most=at_most)
        return self.wrapped(Text(as_prose(text)), indent=INDENT, label=f"  {name}", at_most=at_most)

    def command(self, name: str, text: str) -> list[Text]:
        """A command line, in one piece however long it is."""
        if not text:
            return []
        lead = f"  {name} " if self.is_narrow else f"  {name}".ljust(INDENT)
        return [Text.assemble((lead, "dim"), on_one_line(text))]

    def wrapped(
        self, text: Text, *, indent: int = 0, label: str = "", style: str = "dim", at_most: int | None = None
    ) -> list[Text]:
        """Text between the margins, words whole where they fit."""
        room = max(self.width - indent, 8)
        lines = list(text.wrap(self._console, room, tab_size=4))
        if at_most is not None and len(lines) > at_most:
            lines = lines[:at_most]
            lines[-1].rstrip()
            lines[-1].truncate(room - len(_MORE))
            lines[-1].append(_MORE, "dim")
        lead = Text(label.ljust(indent), style)
        told = []
        for line in lines:
            line.rstrip()
            told.append(Text.assemble(lead, line))
            lead = Text(" " * indent)
        return told

    def row(self, *cells: Text | str | tuple[str, str]) -> Text:
        """Cells beside one another, on one line that is cut where the paper ends."""
        line = Text.assemble(*cells)
        line.truncate(self.width, overflow="ellipsis")
        line.rstrip()
        return line

    def height(self, lines: Iterable[Text]) -> int:
        """How many lines of the terminal they take; a command that is longer than one takes several."""
        return sum(max(1, -(-cell_len(line.plain) // self.width)) for line in lines)


def show(console: Console, lines: Iterable[Text]) -> None:
    """Print lines as they are."""
    for line in lines:
        console.print(line, soft_wrap=True)
