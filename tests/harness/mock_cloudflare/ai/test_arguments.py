from __future__ import annotations

import json
from random import Random
from typing import Any

import jsonschema
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.mock_cloudflare.ai.arguments import MOST_LEVELS, Filler
from tests.harness.mock_cloudflare.asking import NONCE, Asker, user

WHOLE = st.integers(-50, 50)
BOUNDS = st.tuples(WHOLE, st.integers(0, 40)).map(lambda pair: {"minimum": pair[0], "maximum": pair[0] + pair[1]})
OPEN: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}),
    st.builds(dict, minimum=WHOLE),
    st.builds(dict, maximum=WHOLE),
    st.builds(dict, exclusiveMinimum=WHOLE),
    st.builds(dict, exclusiveMaximum=WHOLE),
)
LENGTHS = st.tuples(st.integers(0, 9), st.integers(0, 90)).map(
    lambda pair: {"minLength": pair[0], "maxLength": pair[0] + pair[1]}
)
LEAVES: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.builds(lambda bounds: {"type": "integer", **bounds}, BOUNDS | OPEN),
    st.builds(lambda bounds: {"type": "number", **bounds}, BOUNDS | OPEN),
    st.builds(lambda lengths: {"type": "string", **lengths}, LENGTHS | st.just({})),
    st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"type": ["string", "null"]}, {}, {"const": [1, "a"]}]),
    st.lists(WHOLE | st.text(max_size=3), min_size=1, max_size=3).map(lambda values: {"enum": values}),
    st.sampled_from(["date", "date-time", "email", "uri", "uuid"]).map(lambda name: {"type": "string", "format": name}),
)


def _around(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    properties = st.dictionaries(st.sampled_from("abcdef"), inner, max_size=4)
    return st.one_of(
        properties.map(lambda known: {"type": "object", "properties": known, "required": sorted(known)[:2]}),
        properties.map(lambda known: {"properties": known, "additionalProperties": False}),
        st.tuples(inner, st.integers(0, 3), st.integers(0, 3)).map(
            lambda told: {"type": "array", "items": told[0], "minItems": told[1], "maxItems": told[1] + told[2]}
        ),
        st.lists(inner, min_size=1, max_size=3).map(lambda options: {"anyOf": options}),
        properties.map(lambda known: {"allOf": [{"type": "object", "properties": known}, {"required": ["z"]}]}),
    )


SCHEMAS = st.recursive(LEAVES, _around, max_leaves=8)


def filled(schema: dict[str, Any], *, seed: int = 7, plain: bool = False) -> object:
    return Filler(root=schema, rng=Random(seed), ascii=plain).value(schema)


@given(schema=SCHEMAS, seed=st.integers(0, 3), plain=st.booleans())
def test_what_is_filled_in_is_valid(schema: dict[str, Any], seed: int, plain: bool) -> None:
    value = filled(schema, seed=seed, plain=plain)

    jsonschema.validate(value, schema)
    assert value == filled(schema, seed=seed, plain=plain)


KEYWORDS = (
    "type properties required items prefixItems minItems maxItems minimum maximum exclusiveMinimum exclusiveMaximum "
    "multipleOf minLength maxLength format const enum allOf anyOf oneOf $ref $defs a"
)
ODD: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from([True, None, float("inf"), float("nan"), 10**400, -(10**29), 1e308, 10**12, -1, 0.1, "\ud800"]),
    st.sampled_from(["object", "array", "integer", "number", "string", "#", "#/properties/a", "#/$defs/a", "date"]),
    st.text(max_size=3),
)
ANYTHING = st.recursive(
    ODD,
    lambda inner: st.one_of(
        st.dictionaries(st.sampled_from(KEYWORDS.split()), inner, max_size=5),
        st.dictionaries(st.text(max_size=2), inner, max_size=3),
        st.lists(inner, max_size=3),
    ),
    max_leaves=12,
)
TWICE_ITSELF = {
    "type": "object",
    "properties": {"a": {"$ref": "#"}, "b": {"$ref": "#"}},
    "required": ["a", "b"],
}


@settings(max_examples=60)
@given(parameters=ANYTHING | st.dictionaries(st.sampled_from(KEYWORDS.split()), ANYTHING, max_size=6))
@example(parameters={"properties": {"a": {"type": "object", "required": True, "properties": {"b": {}}}}})
@example(parameters={"properties": {"a": {"type": "integer", "maximum": float("inf")}}})
@example(parameters={"properties": {"a": {"type": "number", "minimum": "5", "maximum": "5"}}})
@example(parameters={"properties": {"a": {"allOf": [{"properties": 5}, {"properties": {"b": {}}}]}}})
@example(parameters={"properties": {"a": {"allOf": [{"required": True}, {"required": ["b"]}]}}})
@example(parameters=TWICE_ITSELF)
@example(parameters={"properties": {letter: {"$ref": "#"} for letter in "abcdefghij"}})
@example(parameters={"properties": {"a": {"type": "array", "minItems": 10**12, "items": {"minLength": 10**12}}}})
@example(parameters={"properties": {"a": {"$ref": "#/properties/a"}}})
def test_whatever_stands_in_a_schema_the_mock_answers(parameters: object) -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": parameters}}

    answer = Asker().run(
        "@cf/meta/llama-3.3-70b-instruct-fp8-fast", messages=user(NONCE), tools=[tool], tool_choice="required"
    )

    assert answer.reply.status < 500
    json.loads(answer.reply.body_bytes)


def test_a_tool_that_has_to_call_itself_is_cut_short() -> None:
    value = filled({"properties": {"next": {"$ref": "#"}}, "required": ["next"]})

    levels = 0
    while isinstance(value, dict):
        value, levels = value["next"], levels + 1
    assert (value, levels) == (None, MOST_LEVELS + 1)


def test_references_are_followed_as_deep_as_they_go() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/$defs/node"}, "name": {"$ref": "#/$defs/a~1b"}}}
    schema = {"$ref": "#/$defs/node", "$defs": {"node": node, "a/b": {"enum": ["found"]}}}

    value = filled(schema)

    jsonschema.validate(value, schema)
    assert isinstance(value, dict)
    assert value["name"] == "found"


@pytest.mark.parametrize("schema", [{"$ref": "#/nowhere"}, {"$ref": "#"}, {"type": "unknown"}, {"enum": []}])
def test_a_schema_that_says_nothing_is_filled_in_somehow(schema: dict[str, Any]) -> None:
    assert filled(schema) is not None


def test_a_text_holds_what_breaks_careless_code_unless_it_is_to_be_plain() -> None:
    rich, plain = str(filled({"type": "string"})), str(filled({"type": "string"}, plain=True))

    assert not rich.isascii()
    assert plain.isascii()
    assert '"' in plain
    assert "\\" in plain
