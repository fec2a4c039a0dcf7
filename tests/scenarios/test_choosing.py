from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.choosing import chosen

CASES = st.sampled_from("abcdefgh")
SHOWS = st.dictionaries(CASES, st.sets(st.sampled_from("12345")))


def choose(
    shows: Mapping[str, str], needed: tuple[str, ...] = (), *, budget_s: float = 0, **seconds: float
) -> tuple[str, ...]:
    return chosen(shows, needed=needed, seconds={**dict.fromkeys("abcdefgh", 1.0), **seconds}, budget_s=budget_s)


def test_what_is_needed_is_chosen_whatever_it_takes() -> None:
    assert choose({}, ("a", "b"), a=9, b=9, budget_s=1) == ("a", "b")


def test_one_case_that_is_enough_for_several_needs_is_chosen_once() -> None:
    assert choose({}, ("ab", "bc", "bd")) == ("b",)


def test_the_cheaper_of_two_that_do_the_same_is_chosen() -> None:
    assert choose({}, ("ab",), b=0.5) == ("b",)
    assert choose({"a": "1", "b": "1"}, b=0.5, budget_s=1) == ("b",)


def test_time_that_is_left_goes_to_what_was_shown_least() -> None:
    shows = {"a": "12", "b": "12", "c": "34"}

    assert choose(shows, ("a",), budget_s=2) == ("a", "c")
    assert choose(shows, ("a",), budget_s=3) == ("a", "c", "b")


def test_a_case_that_is_too_long_makes_room_for_a_shorter_one() -> None:
    assert choose({"a": "1234", "b": "1"}, a=3, budget_s=2) == ("b",)


def test_a_case_that_shows_nothing_known_comes_last() -> None:
    assert choose({"a": "", "b": "1"}, budget_s=2) == ("b", "a")


@given(SHOWS, st.lists(st.sets(CASES), max_size=6), st.floats(min_value=0, max_value=20))
def test_needs_are_met_and_the_rest_keeps_to_the_budget(
    shows: dict[str, set[str]], needed: list[set[str]], budget_s: float
) -> None:
    seconds = dict.fromkeys("abcdefgh", 1.0)

    found = chosen(shows, needed=needed, seconds=seconds, budget_s=budget_s)
    least = chosen({}, needed=needed, seconds=seconds, budget_s=0)

    assert all(each & {*found} for each in needed if each)
    assert found[: len(least)] == least
    assert len(found) <= max(len(least), budget_s)
    assert len({*found}) == len(found)


@pytest.mark.parametrize("budget_s", [0.0, 3.0])
def test_the_choice_hangs_on_no_order(budget_s: float) -> None:
    shows = {"a": "1", "b": "1", "c": "1", "d": "2"}

    assert choose(shows, ("ab", "cd"), budget_s=budget_s) == choose(
        dict(reversed(shows.items())), ("dc", "ba"), budget_s=budget_s
    )
