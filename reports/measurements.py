"""The free sections of a record (load, leaks, coverage) as rows of name and value.

The one rule: nothing here knows what a measurement means; its shape belongs to whoever measured it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import JsonValue

from reports.record import RunRecord

SECTIONS: Final = ("load", "leaks", "coverage")


def sections(record: RunRecord) -> dict[str, list[tuple[str, str]]]:
    """Return the rows of each section that holds any, by its name."""
    found = {name: list(rows(getattr(record, name))) for name in SECTIONS}
    return {name: each for name, each in found.items() if each}


def rows(tree: Mapping[str, JsonValue]) -> Iterator[tuple[str, str]]:
    """Yield each value of a nested mapping with its dotted name; lists of plain values stay on one row."""
    for key, value in tree.items():
        yield from _below(key, value)


def _below(name: str, value: JsonValue) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _below(f"{name}.{key}", each)
    elif isinstance(value, list) and any(isinstance(each, (dict, list)) for each in value):
        for number, each in enumerate(value, start=1):
            yield from _below(f"{name}.{number}", each)
    elif isinstance(value, list):
        yield name, ", ".join(map(_shown, value)) or "none"
    else:
        yield name, _shown(value)


def _shown(value: JsonValue) -> str:
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.4g}" if abs(value) < 1000 else f"{value:.1f}"
        case _:
            return str(value)
