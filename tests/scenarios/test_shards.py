from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.expected import USUAL_S, measured_s, seconds
from scenarios.index import BY_ID
from scenarios.shards import split

NAMES = st.dictionaries(st.text(max_size=8), st.integers(min_value=0, max_value=60_000), min_size=1, max_size=60)


@given(NAMES, st.integers(min_value=1, max_value=8))
def test_every_name_is_in_one_part_and_no_part_is_empty(expected: dict[str, int], parts: int) -> None:
    parts = min(parts, len(expected))

    shares = split(expected, parts)

    assert sorted(name for share in shares for name in share) == sorted(expected)
    assert len(shares) == parts
    assert all(shares)


@given(NAMES, st.integers(min_value=1, max_value=8))
def test_no_part_has_more_to_do_than_another_by_more_than_one_name(expected: dict[str, int], parts: int) -> None:
    parts = min(parts, len(expected))

    loads_ms = sorted(sum(expected[name] for name in share) for share in split(expected, parts))

    assert all(later - earlier <= max(expected.values()) for earlier, later in pairwise(loads_ms))


def test_the_split_hangs_on_no_order() -> None:
    one = dict.fromkeys("abcdefgh", 100)

    assert split(one, 3) == split(dict(reversed(one.items())), 3)


def test_fewer_names_than_parts_cannot_be_split() -> None:
    with pytest.raises(ValueError, match="cannot be split into 3"):
        split({"a": 1, "b": 1}, 3)


def test_a_case_is_expected_to_take_as_long_as_it_was_measured_to() -> None:
    slowest = max(measured_s(), key=measured_s().__getitem__)

    assert seconds(slowest) > USUAL_S
    assert seconds("no.such-case") == USUAL_S


def test_nothing_is_expected_of_cases_that_are_gone() -> None:
    assert set(measured_s()) <= set(BY_ID)
