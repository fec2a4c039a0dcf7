"""A JSON schema in words: what a value must be, short enough for a cell of a table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

_WORDS: Final = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "null": "null",
    "object": "table",
    "array": "list",
}
_BOUNDS: Final = (("minimum", "at least {}"), ("exclusiveMinimum", "above {}"), ("maximum", "at most {}"))

_PAIR: Final = 2


def in_words(schema: Mapping[str, Any], *, links: Mapping[str, str]) -> str:
    """Return what a schema asks for, as Markdown. `links` has by name what a reference to a definition turns into."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return links.get(name, name)
    if "enum" in schema or "const" in schema:
        return "one of " + ", ".join(f"`{each}`" for each in schema.get("enum", [schema.get("const")]))
    if "anyOf" in schema:
        parts = [in_words(each, links=links) for each in schema["anyOf"] if each.get("type") != "null"]
        return " or ".join(dict.fromkeys(parts))
    kind = schema.get("type")
    if kind == "array":
        return (
            f"list of {_several(in_words(schema['items'], links=links))}"
            if schema.get("items")
            else _fixed(schema, links)
        )
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return "table of " + in_words(schema["additionalProperties"], links=links)
    if kind is None:
        return "anything"
    bounds = [words.format(f"{schema[name]:g}") for name, words in _BOUNDS if name in schema]
    return ", ".join([_WORDS[kind], *bounds])


def _several(words: str) -> str:
    """Return the words for one thing as those for several."""
    one = next((one for one in ("whole number", "number", "table", "pair") if words.startswith(one)), "")
    return f"{one}s{words.removeprefix(one)}" if one else words


def _fixed(schema: Mapping[str, Any], links: Mapping[str, str]) -> str:
    parts = [in_words(each, links=links) for each in schema.get("prefixItems", ())]
    if len(parts) == _PAIR and len({*parts}) == 1:
        return f"pair of {parts[0]}"
    return f"list of {', then '.join(parts)}" if parts else "list"


def default_of(schema: Mapping[str, Any]) -> str:
    """Return the default as it would be written, or nothing where there is none to speak of."""
    default = schema.get("default")
    is_empty = default in (None, "", [], {}) or (isinstance(default, dict) and not any(default.values()))
    return "" if is_empty else f"`{json.dumps(default)}`"
