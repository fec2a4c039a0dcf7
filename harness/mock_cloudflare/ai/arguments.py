"""A value that a JSON Schema allows, as a model would fill in the arguments of a tool.

The one rule: what is made up is valid by the schema and a function of the schema and the dice alone. Strings hold what
breaks careless code (quotation marks, a backslash, characters of several bytes) wherever the schema lets them.
Source: JSON Schema 2020-12, the keywords that people write in tools. `pattern` and `not` are not understood.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final, TypeAlias

Schema: TypeAlias = Mapping[str, Any]

DEEPEST: Final = 12
"""Levels below this hold only what is required: a schema may refer to itself."""
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

    def value(self, schema: object, depth: int = 0) -> object:
        """Return a value that the schema allows."""
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
        required = [name for name in schema.get("required") or () if isinstance(name, str)]
        names = [name for name in known if depth < DEEPEST or name in required]
        names += [name for name in required if name not in known]
        return {name: self.value(known.get(name), depth + 1) for name in names}

    def _array(self, schema: Schema, depth: int) -> list[object]:
        least = _whole(schema.get("minItems"), 0)
        most = _whole(schema.get("maxItems"), max(least, 2))
        count = least if depth >= DEEPEST else max(least, min(most, 2))
        first = [self.value(item, depth + 1) for item in _dicts(schema.get("prefixItems"))][:most]
        return [*first, *(self.value(schema.get("items"), depth + 1) for _ in range(count - len(first)))]

    def _integer(self, schema: Schema) -> int:
        step = max(1, _whole(schema.get("multipleOf"), 1))
        least, most = _bounds(schema, step)
        first = -(-least // step)
        return step * self.rng.randint(first, max(first, most // step))

    def _number(self, schema: Schema) -> int | float:
        least, most = _bounds(schema, 1)
        if isinstance(schema.get("multipleOf"), int | float) or most - least < 1:
            return schema.get("minimum", least) if most - least < 1 else self._integer(schema)
        return self.rng.randint(least, most - 1) + 0.5

    def _text(self, schema: Schema) -> str:
        if (known := _FORMATS.get(str(schema.get("format")))) is not None:
            return known
        text = f"{self.rng.getrandbits(32):08x} {_ASCII if self.ascii else _RICH}"
        least, most = _whole(schema.get("minLength"), 0), schema.get("maxLength")
        return text.ljust(least, "x")[: most if isinstance(most, int) else None]


def _type(schema: Schema) -> str:
    named = schema.get("type")
    if isinstance(named, list):
        named = next((each for each in named if each != "null"), "null")
    return named if isinstance(named, str) else next((it for key, it in _TYPES_BY_KEYWORD.items() if key in schema), "")


def _bounds(schema: Schema, step: int) -> tuple[int, int]:
    """Return the least and the greatest whole number, hundred steps apart where one of them is not said."""
    least = schema.get("minimum", schema.get("exclusiveMinimum"))
    most = schema.get("maximum", schema.get("exclusiveMaximum"))
    low = int(-(-least // 1)) if isinstance(least, int | float) else None
    high = int(most // 1) if isinstance(most, int | float) else None
    if low is not None and "minimum" not in schema and low == least:
        low += 1
    if high is not None and "maximum" not in schema and high == most:
        high -= 1
    if low is None:
        low = 1 if high is None or high >= 1 else high - 100 * step
    return low, high if high is not None else low + 100 * step


def _joined(parts: list[Schema]) -> Schema:
    """Join schemas that all hold: their properties and what they require add up, for the rest the last one counts."""
    whole: dict[str, Any] = {}
    for part in parts:
        for key, value in part.items():
            if key == "properties" and isinstance(value, Mapping):
                whole[key] = {**whole.get(key, {}), **value}
            elif key == "required" and isinstance(value, list):
                whole[key] = [*whole.get(key, []), *value]
            else:
                whole[key] = value
    return whole


def _dicts(value: object) -> list[Schema]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _whole(value: object, default: int) -> int:
    return value if isinstance(value, int) else default
