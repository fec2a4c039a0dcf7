from __future__ import annotations

import math
from itertools import accumulate
from random import Random

import pytest

from harness.core.statistics.slope import Slope, _inversions, _rank, fewest_points, theil_sen


def _line(count: int, slope: float, noise: float = 0.0, seed: int = 1) -> list[tuple[float, float]]:
    dice = Random(seed)
    return [(float(x), slope * x + dice.gauss(0, noise) if noise else slope * x) for x in range(count)]


def _slope(points: list[tuple[float, float]], **how: float) -> Slope:
    found = theil_sen(points, **how)
    assert found is not None
    return found


def test_a_straight_line_has_its_own_slope_and_no_doubt() -> None:
    found = _slope(_line(12, 3.0))

    assert (found.value, found.low, found.high) == (3.0, 3.0, 3.0)


def test_few_points_have_no_interval() -> None:
    found = _slope(_line(6, 3.0))

    assert (found.bounded, found.low) == (False, -math.inf)


def test_an_interval_exists_from_the_fewest_points_on() -> None:
    count = fewest_points()

    assert _slope(_line(count, 1.0)).bounded
    assert not _slope(_line(count - 1, 1.0)).bounded


def test_a_surer_interval_needs_more_points() -> None:
    """Of n points one order in n! is all inversions, so that n! must exceed one over half of what may go wrong."""
    assert [fewest_points(), fewest_points(0.95), fewest_points(0.99), fewest_points(0.5)] == [7, 5, 6, 3]


def test_points_of_one_moment_have_no_slope() -> None:
    assert theil_sen([(1.0, 1.0), (1.0, 2.0)]) is None


def test_the_published_interval_of_ten_points_is_met() -> None:
    """Kendall's table: with ten points P(S >= 23) is 0.023, so that the 12th slope of 45 bounds 95 %."""
    points = _line(10, 1.0, noise=2.0)
    slopes = sorted((b[1] - a[1]) / (b[0] - a[0]) for i, a in enumerate(points) for b in points[i + 1 :])

    found = _slope(points, confidence=0.95)

    assert (found.low, found.high) == (slopes[11], slopes[-12])


@pytest.mark.parametrize(("at_first", "bounded"), [(1, False), (3, False), (4, True)])
def test_points_of_one_moment_make_an_interval_no_surer(at_first: int, bounded: bool) -> None:
    """Ten points at two moments have at most 25 slopes; a bound that is the 12th must lie below their middle."""
    points = [(float(number >= at_first), float(number)) for number in range(10)]

    found = _slope(points, confidence=0.95)

    assert (found.bounded, found.points) == (bounded, 10)
    assert found.low <= found.value <= found.high


def test_one_wild_point_does_not_move_the_slope() -> None:
    points = _line(15, 1.0)
    points[7] = (7.0, 1e9)

    assert _slope(points).value == 1.0


@pytest.mark.parametrize("at", [3, 6, 9])
def test_one_step_is_no_growth(at: int) -> None:
    points = [(float(x), 1000.0 if x >= at else 0.0) for x in range(12)]

    assert _slope(points).low <= 0


def test_pure_noise_seldom_looks_like_growth() -> None:
    blamed = sum(_slope(_line(12, 0.0, noise=1.0, seed=seed)).low > 0 for seed in range(1000))

    assert blamed <= 5


def test_the_true_slope_lies_in_nearly_every_interval() -> None:
    found = [_slope(_line(14, 2.0, noise=3.0, seed=seed)) for seed in range(500)]

    assert sum(each.low <= 2.0 <= each.high for each in found) >= 495


def test_many_points_are_bounded_as_few_are() -> None:
    exact, normal = _slope(_line(80, 1.0, noise=5.0)), _slope(_line(81, 1.0, noise=5.0))

    assert normal.half_width == pytest.approx(exact.half_width, rel=0.2)


@pytest.mark.parametrize(("tail", "apart"), [(0.001, 3), (0.025, 1)])
def test_beyond_what_is_counted_out_the_bound_is_a_little_wider_and_never_narrower(tail: float, apart: int) -> None:
    exact = sum(share_so_far <= tail for share_so_far in accumulate(_inversions(81))) - 1

    rank = _rank(81, tail)

    assert rank is not None
    assert exact - rank == apart


def test_another_unit_scales_everything() -> None:
    found = Slope(value=2.0, low=1.0, high=4.0, points=12)

    assert found.times(10) == Slope(value=20.0, low=10.0, high=40.0, points=12)
