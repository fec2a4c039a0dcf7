from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.judging.invariants.difference import canonical, compare, same_text

PARTS = ["Hello", " world", " and", " all"]


@pytest.mark.parametrize(
    ("got", "kind", "detail"),
    [
        ("Hello world", "lost", "11 of 19 characters arrived"),
        ("Hello and all", "lost", "piece 2 of 4 is missing"),
        ("Helo world and all", "lost", "characters are missing within the text"),
        ("Hello world and al all", "invented", "' al all' was never sent"),
        ("Hello world and all!", "invented", "'!' was never sent"),
        ("Hello world world and all", "doubled", "piece 2 of 4 arrived more than once"),
        (" worldHello and all", "moved", "the pieces arrived in the order [2, 1, 3, 4]"),
        ("Hello and al", "lost", "piece 2 of 4 is missing"),
    ],
)  # fmt: skip
def test_a_difference_is_told_by_its_kind(got: str, kind: str, detail: str) -> None:
    found = compare(got, PARTS, finished=True)

    assert found is not None
    assert found.kind == kind
    assert detail in found.detail


def test_of_pieces_that_are_alike_the_first_is_read_first() -> None:
    found = compare("ab", ["a", "a", "b"], finished=True)

    assert found is not None
    assert found.detail == "piece 2 of 3 is missing"


@pytest.mark.parametrize("got", ["", "Hello", "Hello wor", "Hello world and all"])
def test_a_beginning_will_do_for_what_broke_off(got: str) -> None:
    assert compare(got, PARTS, finished=False) is None


def test_what_was_kept_of_half_a_character_is_no_difference() -> None:
    assert compare("a\ufffd", ["a\ud83d", "\udc4b"], finished=False) is None
    assert compare("a\U0001f44b", ["a\ud83d", "\udc4b"], finished=True) is None


@given(st.lists(st.text(min_size=1, max_size=3), max_size=8))
def test_the_same_is_never_a_difference(parts: list[str]) -> None:
    assert compare("".join(parts), parts, finished=True) is None


@given(st.lists(st.sampled_from(["a", "b", "ab", "cc"]), max_size=8), st.text(alphabet="abcd", max_size=12))
def test_another_text_always_is_one(parts: list[str], got: str) -> None:
    assert (compare(got, parts, finished=True) is None) is (got == "".join(parts))


def test_a_hundred_thousand_pieces_are_compared() -> None:
    parts = [f"{number} " for number in range(100_000)]

    found = compare("".join(reversed(parts)), parts, finished=True)

    assert found is not None
    assert found.kind == "moved"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a", "a", True),
        ('{"a":1,"b":2}', '{"b":2,"a":1}', True),
        ('{"a":1}', '{"a": 1}', True),
        ("[1]", "[1 ]", False),
        ("{", "{ ", False),
        ("1", "1.0", False),
    ],
)
def test_only_an_object_may_be_written_in_more_than_one_way(one: str, other: str, same: bool) -> None:
    assert same_text(one, other) is same


def test_what_nests_too_deeply_stays_as_it_is() -> None:
    assert canonical("[" * 100_000) == "[" * 100_000
