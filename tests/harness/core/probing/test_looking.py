"""A limit is what two observations agree on; what is late, shorter or single shows none."""

from __future__ import annotations

import pytest

from harness.core.probing.experiments.looking import Cut, agreeing


def _agreed(*times: float, late_s: float = 0.0) -> list[float]:
    return [each.after_s for each in agreeing([Cut(after_s=each, late_s=late_s) for each in times])]


@pytest.mark.parametrize(
    ("times", "agreed"),
    [
        ((), []),
        ((0.525,), []),
        ((1.5, 1.52), [1.5, 1.52]),
        ((5.0, 3.0, 5.1, 3.0), [5.0, 5.1]),
        ((0.525, 2.5), []),
        ((0.5, 2.5, 1.2, 4.0, 0.2, 2.6), []),
        ((30.0, 1.5, 1.5), [1.5, 1.5]),
    ],
)
def test_a_limit_takes_two_that_agree_and_half_of_all(times: tuple[float, ...], agreed: list[float]) -> None:
    assert _agreed(*times) == agreed


def test_what_the_harness_may_have_made_itself_shows_no_limit() -> None:
    assert _agreed(1.5, 1.5, late_s=0.5) == []
    assert _agreed(10.0, 10.2, late_s=0.5) == [10.0, 10.2]
