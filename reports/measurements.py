"""The free sections of a record (load, leaks, coverage and more) as rows of name and value, tables and curves.

The one rule: nothing here knows what a measurement means; its shape belongs to whoever measured it. Alike mappings, in
a list or by their names, are a table, a list of several numbers is a curve, everything else is a row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeGuard

from pydantic import JsonValue

from reports.record import RunRecord

SECTIONS: Final = ("not_judged", "properties", "load", "chaos", "leaks", "coverage")
_CURVE_AT_LEAST: Final = 6
"""So many numbers are looked at rather than read."""
_BARS: Final = "▁▂▃▄▅▆▇█"
_GAP: Final = "·"


@dataclass(frozen=True, slots=True)
class Table:
    """Alike things, one a row; `name` is where in the section they stand."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Curve:
    """Numbers in their order; None where there is none, which is a gap and never 0."""

    name: str
    values: tuple[float | None, ...]

    @property
    def told(self) -> str:
        """The curve in one line: its form, and from where to where it goes."""
        low, high = self._range()
        step = (high - low) / (len(_BARS) - 1) or 1.0
        form = "".join(_GAP if value is None else _BARS[round((value - low) / step)] for value in self.values)
        return f"{form} {_shown(self.values[0])} … {_shown(self.values[-1])}"

    def points(self, width: float, height: float) -> str:
        """The curve as the points of an SVG polyline in a box of that size, the least value at its bottom."""
        low, high = self._range()
        across, up = width / (len(self.values) - 1), height / ((high - low) or 1.0)
        return " ".join(
            f"{at * across:.1f},{height - (value - low) * up:.1f}"
            for at, value in enumerate(self.values)
            if value is not None
        )

    def _range(self) -> tuple[float, float]:
        known = [value for value in self.values if value is not None]
        return min(known), max(known)


@dataclass(frozen=True, slots=True)
class Section:
    """One section of a record, ready to be shown."""

    rows: list[tuple[str, str]] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)

    @property
    def lines(self) -> list[tuple[str, str]]:
        """The rows, and the curves as rows too: for where nothing can be drawn."""
        return [*self.rows, *((curve.name, curve.told) for curve in self.curves)]


def sections(record: RunRecord) -> dict[str, Section]:
    """Return each section that holds anything, by its name."""
    return {name: section(tree) for name in SECTIONS if (tree := getattr(record, name))}


def section(tree: Mapping[str, JsonValue]) -> Section:
    """Return a nested mapping as what is to be shown of it."""
    found = Section()
    for key, value in tree.items():
        _sort_in(key, value, found)
    return found


def rows(tree: Mapping[str, JsonValue]) -> list[tuple[str, str]]:
    """Return each value of a nested mapping with its dotted name; lists of plain values stay on one row."""
    found = Section()
    for key, value in tree.items():
        _sort_in(key, value, found, tabled=False)
    return [*found.rows, *((curve.name, ", ".join(map(_shown, curve.values))) for curve in found.curves)]


def _sort_in(name: str, value: JsonValue, found: Section, *, tabled: bool = True) -> None:
    if isinstance(value, dict):
        if tabled and _are_named(value):
            value = _tabled(name, value, found)
        for key, each in value.items():
            _sort_in(f"{name}.{key}", each, found, tabled=tabled)
    elif not isinstance(value, list):
        found.rows.append((name, _shown(value)))
    elif _are_numbers(value) and len(value) >= _CURVE_AT_LEAST:
        found.curves.append(Curve(name, tuple(None if each is None else float(each) for each in value)))
    elif value and _are_alike(value):
        columns = tuple(value[0])
        found.tables.append(Table(name, columns, tuple(tuple(_cell(each[key]) for key in columns) for each in value)))
    elif any(isinstance(each, (dict, list)) for each in value):
        for number, each in enumerate(value, start=1):
            _sort_in(f"{name}.{number}", each, found, tabled=tabled)
    else:
        found.rows.append((name, _cell(value)))


def _are_named(value: Mapping[str, JsonValue]) -> TypeGuard[dict[str, dict[str, JsonValue]]]:
    """Whether the values are several mappings with the same keys, and there is something plain in them."""
    first, *others = value.values() or (None,)
    return (
        bool(others)
        and isinstance(first, dict)
        and all(isinstance(each, dict) and each.keys() == first.keys() for each in others)
        and any(not _is_container(each) for each in first.values())
    )


def _tabled(name: str, named: Mapping[str, Mapping[str, JsonValue]], found: Section) -> dict[str, JsonValue]:
    """Put what is plain of alike mappings into a table, a row for each name; return the rest of them."""
    keys = tuple(next(iter(named.values())))
    plain = tuple(key for key in keys if not any(_is_container(each[key]) for each in named.values()))
    rows = tuple((each, *(_shown(values[key]) for key in plain)) for each, values in named.items())
    if plain:
        found.tables.append(Table(name, ("", *plain), rows))
    return {each: {key: values[key] for key in keys if key not in plain} for each, values in named.items()}


def _are_numbers(values: Sequence[JsonValue]) -> TypeGuard[list[float | None]]:
    """Whether they are numbers, but for some that are missing."""
    known = [each for each in values if each is not None]
    return len(known) > 1 and all(isinstance(each, (int, float)) and not isinstance(each, bool) for each in known)


def _are_alike(values: Sequence[JsonValue]) -> TypeGuard[list[dict[str, JsonValue]]]:
    first = values[0]
    return isinstance(first, dict) and all(
        isinstance(each, dict) and each.keys() == first.keys() and not any(map(_is_nested, each.values()))
        for each in values
    )


def _is_nested(value: JsonValue) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(map(_is_container, value)))


def _is_container(value: JsonValue) -> bool:
    return isinstance(value, (dict, list))


def _cell(value: JsonValue) -> str:
    if not isinstance(value, list):
        return _shown(value)
    if value and all(each is None for each in value):
        return _shown(None)
    return ", ".join(map(_shown, value)) or "none"


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
