"""A value that a JSON Schema allows, as a model would fill in the arguments of a tool.

The one rule: what is made up is valid by the schema and a function of the schema and the dice alone. Strings hold what
breaks careless code (quotation marks, a backslash, characters of several bytes) wherever the schema lets them.
Whatever stands in a schema, a value is made, and has an end: a keyword without sense counts as left out, and behind
`MOST_VALUES`, `MOST_LEVELS` or `MOST_LETTERS` it is cut short, valid or not.
Source: JSON Schema 2020-12, the keywords that people write in tools. `pattern` and `not` are not understood.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from math import ceil, floor
from random import Random
from typing import Any, Final, TypeAlias

Schema: TypeAlias = Mapping[str, Any]

DEEPEST: Final = 12
"""Levels below this hold only what is required: a schema may refer to itself."""
MOST_LEVELS: Final = 40
MOST_VALUES: Final = 1_000
MOST_LETTERS: Final = 4_000
_MOST: Final = 10**30
"""A number beyond this is no bound that anybody means, and floats have none of its digits."""
_FORMATS: Final = {
    "date": "2026-11-21",
    "date-time": "2026-11-21T12:34:56Z",
    "time": "12:34:56Z",
    "email": "ada@example.org",
    "uri": "https://example.org/a?b=c",
    "uuid": "3f0c8a52-5b0e-4a7b-9c57-0d8e5d6f1a2b",
    "ipv4": "192.0.2.1",
    "hostname": "example.org",
}
_ASCII: Final = 'said "now" \\ then'
_RICH: Final = 'Zürich 東京 \U0001f469\u200d\U0001f467 said "now" \\ then'
_TYPES_BY_KEYWORD: Final = {"properties": "object", "items": "array", "minimum": "number", "minLength": "string"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filler:
    """Fills in values for one tool. `root` is where references point into; `ascii` keeps strings to plain text."""

    root: Schema
    rng: Random
    ascii: bool = False
    _numbers: Iterator[int] = field(default_factory=count, init=False, repr=False)

    def value(self, schema: object, depth: int = 0) -> object:
        """Return a value that the schema allows."""
        if next(self._numbers) >= MOST_VALUES or depth > MOST_LEVELS:
            return None
        if not isinstance(schema, Mapping):
            return self._text({})  # `true`, or none at all: everything is allowed
        schema = self._resolved(schema)
        if "const" in schema:
            return schema["const"]
        if isinstance(schema.get("enum"), list) and schema["enum"]:
            return self.rng.choice(schema["enum"])
        makers: dict[str, Callable[[], object]] = {
            "object": lambda: self._object(schema, depth),
            "array": lambda: self._array(schema, depth),
            "integer": lambda: self._integer(schema),
            "number": lambda: self._number(schema),
            "boolean": lambda: bool(self.rng.getrandbits(1)),
            "null": lambda: None,
        }
        return makers.get(_type(schema), lambda: self._text(schema))()

    def _resolved(self, schema: Schema) -> Schema:
        for _ in range(DEEPEST):
            parts = [*_dicts(schema.get("allOf"))]
            for name in ("anyOf", "oneOf"):
                parts += _dicts(schema.get(name))[:1]
            if isinstance(target := schema.get("$ref"), str):
                parts.append(self._pointed(target))
            if not parts:
                break
            own = {key: value for key, value in schema.items() if key not in ("allOf", "anyOf", "oneOf", "$ref")}
            schema = _joined([*parts, own])
        return schema

    def _pointed(self, target: str) -> Schema:
        found: object = self.root
        for step in target.removeprefix("#").split("/")[1:]:
            name = step.replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, Mapping) else None
        return found if isinstance(found, Mapping) else {}

    def _object(self, schema: Schema, depth: int) -> dict[str, object]:
        known = schema.get("properties")
        known = known if isinstance(known, Mapping) else {}
        wanted = schema.get("required")
        required = dict.fromkeys(name for name in wanted if isinstance(name, str)) if isinstance(wanted, list) else {}
        names = [name for name in known if depth < DEEPEST or name in required]
        names += [name for name in required if name not in known]
        return {name: self.value(known.get(name), depth + 1) for name in names[:MOST_VALUES]}

    def _array(self, schema: Schema, depth: int) -> list[object]:
        least = min(_size(schema, "minItems", 0), MOST_VALUES)
        most = _size(schema, "maxItems", max(least, 2))
        wanted = least if depth >= DEEPEST else max(least, min(most, 2))
        first = [self.value(item, depth + 1) for item in _dicts(schema.get("prefixItems"))[: min(most, MOST_VALUES)]]
        return [*first, *(self.value(schema.get("items"), depth + 1) for _ in range(wanted - len(first)))]

    def _integer(self, schema: Schema) -> int:
        step = max(1, _size(schema, "multipleOf", 1))
        least, most = _bounds(schema, step)
        first = -(-least // step)
        return step * self.rng.randint(first, max(first, most // step))

    def _number(self, schema: Schema) -> int | float:
        least, most = _bounds(schema, 1)
        if most - least < 1:
            return least if (said := _number(schema, "minimum")) is None else said
        if _number(schema, "multipleOf") is not None:
            return self._integer(schema)
        return self.rng.randint(least, most - 1) + 0.5

    def _text(self, schema: Schema) -> str:
        if (known := _FORMATS.get(str(schema.get("format")))) is not None:
            return known
        text = f"{self.rng.getrandbits(32):08x} {_ASCII if self.ascii else _RICH}"
        least = min(_size(schema, "minLength", 0), MOST_LETTERS)
        return text.ljust(least, "x")[: _size(schema, "maxLength", MOST_LETTERS)]


def _type(schema: Schema) -> str:
    named = schema.get("type")
    if isinstance(named, list):
        named = next((each for each in named if each != "null"), "null")
    return named if isinstance(named, str) else next((it for key, it in _TYPES_BY_KEYWORD.items() if key in schema), "")


def _bounds(schema: Schema, step: int) -> tuple[int, int]:
    """Return the least and the greatest whole number, hundred steps apart where one of them is not said."""
    least, above = _number(schema, "minimum"), _number(schema, "exclusiveMinimum")
    most, below = _number(schema, "maximum"), _number(schema, "exclusiveMaximum")
    low = ceil(least) if least is not None else None if above is None else floor(above) + 1
    high = floor(most) if most is not None else None if below is None else ceil(below) - 1
    if low is None:
        low = 1 if high is None or high >= 1 else high - 100 * step
    return low, high if high is not None else low + 100 * step


def _joined(parts: list[Schema]) -> Schema:
    """Join schemas that all hold: their properties and what they require add up, for the rest the last one counts."""
    whole: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items():
            if key == "properties":
                whole[key] = {**whole.get(key, {}), **(value if isinstance(value, Mapping) else {})}
            elif key == "required":
                whole[key] = [*whole.get(key, []), *(value if isinstance(value, list) else [])]
            else:
                whole[key] = value
    return whole


def _dicts(value: object) -> list[Schema]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _number(schema: Schema, key: str) -> int | float | None:
    """Return a number that a keyword says; None for whatever else may stand there, a number without end included."""
    value = schema.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_MOST < value < _MOST:
        return None
    return value


def _size(schema: Schema, key: str, default: int) -> int:
    value = _number(schema, key)
    return max(0, value) if isinstance(value, int) else default
