from __future__ import annotations

import math
from random import Random

import pytest

from harness.core.statistics.paired import difference


def _pairs(rng: Random, count: int, *, added: float, drift: float = 0.0) -> list[tuple[float, float]]:
    base = [1.0 + drift * n + rng.gauss(0, 0.01) for n in range(count)]
    return [(each, each + added + rng.gauss(0, 0.01)) for each in base]


def test_without_pairs_there_is_no_difference() -> None:
    assert difference([]) is None


def test_too_few_pairs_bound_nothing() -> None:
    found = difference([(1.0, 1.1)] * 5)

    assert found is not None
    assert found.value == pytest.approx(0.1)
    assert (found.low, found.high) == (-math.inf, math.inf)
    assert not found.is_known


def test_the_interval_is_that_of_the_signed_rank_test() -> None:
    """Ten differences: the table's critical value is 8, so the bounds are the ninth Walsh averages from each end."""
    differences = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0]
    walsh = sorted((a + b) / 2 for n, a in enumerate(differences) for b in differences[n:])

    found = difference([(0.0, each) for each in differences])

    assert found is not None
    assert found.value == 5.5
    assert (found.low, found.high) == (walsh[8], walsh[-9])


@pytest.mark.parametrize("count", [10, 40, 80], ids=["few", "exact", "normal"])
def test_the_interval_holds_the_true_difference_about_as_often_as_it_says(count: int) -> None:
    held = 0
    for seed in range(100):
        found = difference(_pairs(Random(seed), count, added=0.05))
        held += found is not None and found.low <= 0.05 <= found.high

    assert held >= 88


def test_what_drifts_for_both_halves_makes_no_difference() -> None:
    found = difference(_pairs(Random(1), 40, added=0.05, drift=1.0))

    assert found is not None
    assert found.value == pytest.approx(0.05, abs=0.01)
    assert found.is_known


def test_one_wild_pair_moves_the_estimate_hardly() -> None:
    found = difference([*_pairs(Random(2), 30, added=0.05), (1.0, 500.0)])

    assert found is not None
    assert found.value == pytest.approx(0.05, abs=0.01)
