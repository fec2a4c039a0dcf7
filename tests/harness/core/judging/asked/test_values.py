"""What makes two JSON values the same to an upstream, and what does not."""

from __future__ import annotations

import json

import pytest

from harness.core.judging.asked.values import Departure, departures, same
from harness.core.observed import json_text
from reports.record import Level


def _found(asked: str, sent: str, *, in_schema: bool = False) -> list[Departure]:
    return list(departures(json_text.loads(asked), json_text.loads(sent), "it", in_schema=in_schema))


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ("1", "1.0"),
        ("1e2", "100"),
        ("-0.0", "0"),
        ('"\\u00fc"', '"ü"'),
        ('{"a":1,"b":2}', '{"b":2,"a":1}'),
        ('{"a":null,"b":[],"c":""}', "{}"),
        ('{"strict":false}', "{}"),
        ("18446744073709551616", "18446744073709551616"),
    ],
)
def test_what_means_the_same_is_no_departure(asked: str, sent: str) -> None:
    assert _found(asked, sent) == []


@pytest.mark.parametrize(
    ("asked", "sent", "level"),
    [
        ("1", '"1"', None),
        ("1", "true", None),
        ("false", "0", None),
        ("null", "0", None),
        ("[1,2]", "[1,3]", None),
        ("[1]", "[1,1]", None),
        ("0.1", "0.2", None),
        ("0.1", "0.10000000149011612", Level.SHOULD),
        ("9007199254740993", "9007199254740992", Level.SHOULD),
        ("2512292042121000001", "2.512292042121e18", Level.SHOULD),
        ("4711", "4712", None),
        ("1" + "0" * 400, "1", None),
    ],
)
def test_a_value_of_another_type_or_size_is_one(asked: str, sent: str, level: Level | None) -> None:
    assert [each.level for each in _found(asked, sent)] == [level]


@pytest.mark.parametrize(
    ("asked", "sent", "where"),
    [
        ('{"default":null}', "{}", "it.default"),
        ('{"const":""}', "{}", "it.const"),
        ('{"minimum":0}', "{}", "it.minimum"),
        ('{"a":{"b":[{"c":1}]}}', '{"a":{"b":[{"c":2}]}}', "it.a.b[0].c"),
    ],
)
def test_in_a_schema_null_and_nought_say_something(asked: str, sent: str, where: str) -> None:
    assert [(each.where, each.kind) for each in _found(asked, sent, in_schema=True)] == [(where, "changed")]


def test_only_the_properties_of_a_schema_are_in_order() -> None:
    one, other = '{"properties":{"z":1,"a":1}}', '{"properties":{"a":1,"z":1}}'

    assert [(each.where, each.kind) for each in _found(one, other, in_schema=True)] == [("it.properties", "reordered")]
    assert _found(one, other) == []
    assert [each.where for each in _found(f'{{"schema":{one}}}', f'{{"schema":{other}}}')] == ["it.schema.properties"]


def test_what_came_besides_is_told_apart() -> None:
    (added,) = _found('{"a":1}', '{"a":1,"b":2,"c":null}')

    assert (added.where, added.kind, added.now, added.level) == ("it.b", "added", 2, Level.SHOULD)


def test_equality_goes_all_the_way_down() -> None:
    value = {"a": [1, {"b": None}], "c": "x"}

    assert same(value, json.loads(json.dumps(value)))
    assert not same(value, {"a": [1, {"b": None}]})
    assert not same([1], 1)
