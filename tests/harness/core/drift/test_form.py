"""Forms of JSON values: they match themselves, merge in any order, and tell what is missing and what is more."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.drift.difference import Weight, differences
from harness.core.drift.form import Field, form_of, from_json, merged, shown, to_json

KEYS = st.sampled_from(["a", "b", "a/b", "~", "*", "type"])
SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | st.text("xyz", max_size=3)
JSON = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12
)
SAMPLES = st.lists(JSON, min_size=1, max_size=3)


@given(SAMPLES)
def test_a_form_matches_itself(samples: list[object]) -> None:
    form = form_of(samples)

    assert differences(form, form) == ()


@given(SAMPLES, SAMPLES, SAMPLES)
def test_the_form_of_all_samples_is_that_of_each_merged_in_any_order(
    one: list[object], other: list[object], third: list[object]
) -> None:
    whole = form_of([*one, *other, *third])

    assert merged(merged(form_of(one), form_of(other)), form_of(third)) == whole
    assert merged(form_of(third), merged(form_of(other), form_of(one))) == whole


@given(SAMPLES, SAMPLES)
def test_nothing_breaks_on_an_answer_that_the_mock_has_given_before(seen: list[object], further: list[object]) -> None:
    known = merged(form_of(seen), form_of(further))

    assert all(each.weight is Weight.GONE for each in differences(known, form_of(further)))


@given(SAMPLES)
def test_a_form_survives_its_file(samples: list[object]) -> None:
    form = form_of(samples)

    assert from_json(to_json(form)) == form


@given(st.dictionaries(st.sampled_from("pqrs"), st.integers() | st.text("x"), min_size=1), st.data())
def test_a_key_that_was_always_there_and_is_gone_is_breaking(value: dict[str, object], data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from(sorted(value)))
    less = {key: inner for key, inner in value.items() if key != gone}

    (found,) = differences(form_of([value]), form_of([less]))

    assert (found.path, found.weight, found.upstream) == (f"/{gone}", Weight.BREAKING, "absent")


@given(JSON, st.dictionaries(st.sampled_from("pqrs"), SCALARS))
def test_a_key_that_is_more_is_new_and_told_once_whatever_is_in_it(inner: object, value: dict[str, object]) -> None:
    (found,) = differences(form_of([value]), form_of([{**value, "more": inner}]))

    assert (found.path, found.weight, found.mock) == ("/more", Weight.NEW, "absent")


@pytest.mark.parametrize(
    ("mock", "upstream", "path", "weight"),
    [
        ({"a": "x"}, {"a": None}, "/a", Weight.BREAKING),
        ({"a": "x"}, {"a": 1}, "/a", Weight.BREAKING),
        ({"a": None}, {"a": "x"}, "/a", Weight.NEW),
        ({"a": None}, {}, "/a", Weight.GONE),
        ({"a": [{"b": 1}]}, {"a": []}, "/a/*", Weight.BREAKING),
        ({"a": [{"b": 1}]}, {"a": [{"b": 1}, {}]}, "/a/*/b", Weight.BREAKING),
        ({"a": [{"b": 1}, {}]}, {"a": [{}]}, "/a/*/b", Weight.GONE),
        ({"finish_reason": "stop"}, {"finish_reason": "end"}, "/finish_reason", Weight.BREAKING),
        ({"success": True}, {"success": False}, "/success", Weight.BREAKING),
        ({"status": 401}, {"status": 403}, "/status", Weight.BREAKING),
    ],
)
def test_each_way_to_differ_has_a_path_and_a_weight(mock: Any, upstream: Any, path: str, weight: Weight) -> None:  # noqa: ANN401 - any JSON
    (found,) = differences(form_of([mock]), form_of([upstream]))

    assert (found.path, found.weight) == (path, weight)


@pytest.mark.parametrize(
    ("mock", "upstream"),
    [
        ({"content": "one"}, {"content": "two"}),
        ({"n": 1}, {"n": 1.5}),
        ({"a": [1]}, {"a": [1, 2, 3]}),
    ],
)
def test_values_are_not_compared(mock: object, upstream: object) -> None:
    assert differences(form_of([mock]), form_of([upstream])) == ()


def test_what_the_mock_only_sometimes_sends_may_always_come() -> None:
    mock = form_of([{"a": 1}, {}, {"a": None}])

    assert mock["/a"] == Field(frozenset({"number", "null"}), always=False)
    assert differences(mock, form_of([{"a": 1}])) == ()


def test_a_path_is_shown_as_people_write_it() -> None:
    (path,) = (path for path in form_of([{"json": [{"a/b": [1]}]}]) if path.endswith("~1b/*"))

    assert shown(path) == "json[].a/b[]"
    assert shown("") == "(root)"


@pytest.mark.parametrize("told", [[], {"/a": 1}, {"/a": {"kinds": "x", "words": []}}, None])
def test_a_file_without_a_form_is_refused(told: object) -> None:
    with pytest.raises(ValueError, match="is not a field of a form"):
        from_json(told)
