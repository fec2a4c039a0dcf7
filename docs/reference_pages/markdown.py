"""Pieces of Markdown that every page is made of, read alike by a repository's browser and by the site."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

MADE: Final = "<!-- made by `make docs`; do not edit by hand -->"


def anchor(name: str) -> str:
    """Return a place of that name, to be put in front of what it is about."""
    return f'<a id="{name}"></a>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table's lines; a cell may hold Markdown, and its line ends become `<br>`."""
    lines = [_row(head), "|" + "---|" * len(head), *(_row([_cell(each) for each in row]) for row in rows)]
    return ["", *lines, ""]


def prose(text: str) -> str:
    """Return a docstring's text as Markdown: paragraphs joined, what is indented kept as it stands."""
    blocks: list[str] = []
    for block in text.strip().split("\n\n"):
        if all(line.startswith((" ", "\t")) for line in block.splitlines()):
            blocks.append("\n".join(["```sh", *(line.strip() for line in block.splitlines()), "```"]))
        else:
            blocks.append(escaped(" ".join(block.split())))
    return "\n\n".join(blocks)


def escaped(text: str) -> str:
    """Return text in which nothing is taken for HTML or for a mark of a table."""
    pieces = text.split("`")
    pieces[::2] = [each.replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_") for each in pieces[::2]]
    return "`".join(pieces)


def code(text: str) -> str:
    """Return text as code on one line, whatever quotes are in it; empty for no text."""
    marks = "``" if "`" in text else "`"
    return f"{marks}{text}{marks}" if text else ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", "<br>")
