"""Two JSON values compared as an upstream reads them: by type, by number, and in order where order means something.

The one rule: what means the same is no departure. Numbers are compared by value, `1` and `1.0` are one (JSON Schema
2020-12, core, §4.2.2); an absent key is as good as an empty one, save where a schema says something with it.
Source: RFC 8259 §4 and §6 (objects are unordered, numbers may lose what a double cannot hold); OpenAI API, structured
outputs: properties come in the order of the schema.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, TypeGuard

from harness.core.observed.reading import as_utf8
from reports.record import Level

Kind: TypeAlias = Literal["changed", "reordered", "added"]

NOTHING: Final = object()
"""What stands for a key that is not there."""
_EXACT: Final = 1 << 53
"""Up to here every whole number has a double of its own (RFC 8259 §6)."""
_MOST_IN_32_BITS: Final = 1e38
_SCHEMAS: Final = frozenset({"parameters", "schema", "input_schema"})
"""Keys that hold a JSON Schema."""
_IN_ORDER: Final = frozenset({"properties", "$defs"})
"""Objects in a schema whose keys a model is led through one after the other."""
_SETS: Final = frozenset({"required"})
_TELLING: Final = frozenset({"default", "const", "enum", "examples"})
"""Keys of a schema that say something with null, with an empty list, with anything."""
_OFF_AT_FIRST: Final = frozenset({"strict"})
"""Switches that are off unless they are set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """One place where what was sent says something else than what was asked. `level` is set where it weighs less."""

    where: str
    kind: Kind
    was: object
    now: object
    level: Level | None = None


def departures(asked: object, sent: object, where: str, *, in_schema: bool = False) -> Iterator[Departure]:
    """Yield every departure of one value from another, each with its path below `where`."""
    if isinstance(asked, dict) and isinstance(sent, dict):
        yield from _of_objects(asked, sent, where, in_schema=in_schema)
    elif isinstance(asked, list) and isinstance(sent, list) and len(asked) == len(sent):
        for at, (was, now) in enumerate(zip(asked, sent, strict=True)):
            yield from departures(was, now, f"{where}[{at}]", in_schema=in_schema)
    elif not same(asked, sent):
        level = Level.SHOULD if _is_rounded(asked, sent) else None
        yield Departure(where=where, kind="changed", was=asked, now=sent, level=level)


def _of_objects(asked: dict[str, Any], sent: dict[str, Any], where: str, *, in_schema: bool) -> Iterator[Departure]:
    for key, was in asked.items():
        now = sent.get(key, NOTHING)
        if now is NOTHING:
            if not _says_nothing(key, was, in_schema=in_schema):
                yield Departure(where=f"{where}.{key}", kind="changed", was=was, now=None)
        elif not (in_schema and key in _SETS and _same_set(was, now)):
            below = in_schema or key in _SCHEMAS
            yield from departures(was, now, f"{where}.{key}", in_schema=below)
    for key, now in sent.items():
        if key not in asked and not _says_nothing(key, now, in_schema=in_schema):
            yield Departure(where=f"{where}.{key}", kind="added", was=None, now=now, level=Level.SHOULD)
    if in_schema and where.rpartition(".")[2] in _IN_ORDER:
        was_order, now_order = [key for key in asked if key in sent], [key for key in sent if key in asked]
        if was_order != now_order:
            yield Departure(where=where, kind="reordered", was=was_order, now=now_order)


def same(one: object, other: object) -> bool:
    """Whether two JSON values are equal in type and value; key order aside, and halves of characters read alike."""
    if isinstance(one, str) and isinstance(other, str):
        return one == other or as_utf8(one) == as_utf8(other)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def _same_set(one: object, other: object) -> bool:
    if not (isinstance(one, list) and isinstance(other, list)):
        return False
    return all(isinstance(each, str) for each in (*one, *other)) and sorted(one) == sorted(other)


def _says_nothing(key: str, value: object, *, in_schema: bool) -> bool:
    """Whether a key with this value says no more than no key would."""
    if in_schema and key in _TELLING:
        return False
    return value is None or value in ("", [], {}) or (value is False and key in _OFF_AT_FIRST)


def _is_rounded(was: object, now: object) -> bool:
    """Whether a number only lost what a number type of some language cannot hold: of 64 bits, or of 32."""
    if not (_is_number(was) and _is_number(now)):
        return False
    if isinstance(was, int) and abs(was) >= _EXACT:
        return _as_double(was) == _as_double(now)
    return abs(was) < _MOST_IN_32_BITS and abs(now) < _MOST_IN_32_BITS and _in_32_bits(was) == _in_32_bits(now)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _as_double(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf")


def _in_32_bits(value: float) -> float:
    return float(struct.unpack("f", struct.pack("f", value))[0])
