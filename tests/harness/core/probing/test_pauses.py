"""A pause is known no better than it was measured, and one late observation decides nothing."""

from __future__ import annotations

import pytest

from harness.core.probing.pauses import Observed, is_spread, longest, steady


def _seen(*pauses: float, early_s: float = 0.0, late_s: float = 0.0) -> list[Observed]:
    return [Observed(pause_s=each, early_s=early_s, late_s=late_s) for each in pauses]


def test_a_pause_lies_between_what_was_seen_and_what_may_have_been_late() -> None:
    between = steady(_seen(0.2, 0.2, 0.2, early_s=0.05, late_s=0.1))

    assert between.low_s < 0.15 < 0.3 < between.high_s
    assert between.pause_s == 0.2


def test_pauses_that_differ_are_spread_and_alike_ones_are_not() -> None:
    assert is_spread(_seen(0.1, 0.15, 0.2, 0.25)) is True
    assert is_spread(_seen(0.1, 0.101, 0.1, 0.102)) is False


def test_one_late_pause_is_no_spread() -> None:
    assert is_spread(_seen(0.1, 0.1, 0.9, 0.1)) is False


def test_pauses_that_differ_by_no_more_than_they_may_be_wrong_are_not_called_alike() -> None:
    assert is_spread(_seen(0.12, 0.14, 0.16, 0.18, early_s=0.02)) is None


def test_two_or_three_pauses_that_differ_tell_nothing() -> None:
    assert is_spread(_seen(0.1)) is None
    assert is_spread(_seen(0.1, 0.5, 0.9)) is None


@pytest.mark.parametrize("pauses", [(0.1, 0.15, 0.2, 0.25), (0.1, 0.1, 0.1, 0.1)])
def test_what_the_harness_may_have_made_itself_tells_nothing(pauses: tuple[float, ...]) -> None:
    assert is_spread(_seen(*pauses, late_s=0.2)) is None


def test_the_longest_of_a_spread_pause_may_be_longer_than_was_seen() -> None:
    between = longest(_seen(0.1, 0.12, 0.14, 0.16, 0.18))

    assert between.low_s <= 0.18 < between.high_s


def test_the_longest_of_all_does_not_make_a_pause_longer() -> None:
    assert longest(_seen(0.1, 0.12, 0.14, 0.16, 9.0)).high_s < 0.5
