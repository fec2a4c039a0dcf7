"""The slope of a series that is full of noise: Theil-Sen, with an interval that assumes no distribution.

The one rule: what too few points cannot bound has no bound; the interval is then infinite, never a guess.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from statistics import NormalDist, median
from typing import Final

CONFIDENCE: Final = 0.998
"""How sure an interval is; a run computes dozens, and must not blame anybody by chance."""
_MOST_EXACT = 80
"""Up to so many points the distribution of Kendall's statistic is counted out; beyond it is normal enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slope:
    """The median slope of all pairs of points, and the interval that holds the true one."""

    value: float
    low: float
    high: float
    points: int

    @property
    def bounded(self) -> bool:
        """Whether there were points enough for an interval."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    @property
    def half_width(self) -> float:
        """How far the true slope may lie from the estimate, at most."""
        return max(self.high - self.value, self.value - self.low)

    def times(self, factor: float) -> Slope:
        """Return the slope in another unit; the factor is positive."""
        return Slope(value=self.value * factor, low=self.low * factor, high=self.high * factor, points=self.points)


def theil_sen(points: Sequence[tuple[float, float]], *, confidence: float = CONFIDENCE) -> Slope | None:
    """Return the slope of y over x; None when no two points have different x.

    One wild point, or one step, moves neither the estimate nor its interval far: both are ranks among the slopes of
    all pairs.
    """
    slopes = sorted((y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in combinations(points, 2) if x1 != x2)
    if not slopes:
        return None
    rank = _rank(len(points), (1 - confidence) / 2)
    if rank is None or rank >= len(slopes) / 2:
        low, high = -math.inf, math.inf
    else:
        low, high = slopes[rank], slopes[-1 - rank]
    return Slope(value=median(slopes), low=low, high=high, points=len(points))


def fewest_points(confidence: float = CONFIDENCE) -> int:
    """Return how many points an interval needs at least."""
    count = 2
    while _rank(count, (1 - confidence) / 2) is None:
        count += 1
    return count


@lru_cache(maxsize=256)
def _rank(count: int, tail: float) -> int | None:
    """Return the rank of the slope that is the lower bound, from 0; None when no slope is sure enough.

    By chance alone at most a share of `tail` of all orders has that few pairs, or fewer, in the wrong order.
    """
    if count > _MOST_EXACT:
        pairs = count * (count - 1) / 2
        spread = math.sqrt(count * (count - 1) * (2 * count + 5) / 18)
        return math.floor((pairs + NormalDist().inv_cdf(tail) * spread) / 2) - 1
    at_most, rank = 0.0, None
    for inversions, share in enumerate(_inversions(count)):
        at_most += share
        if at_most > tail:
            break
        rank = inversions
    return rank


def _inversions(count: int) -> list[float]:
    """Return which share of all orders of `count` things has 0, 1, 2, … pairs in the wrong order."""
    shares = [1.0]
    for length in range(2, count + 1):
        longer = [0.0] * (len(shares) + length - 1)
        window = 0.0
        for index in range(len(longer)):
            window += shares[index] if index < len(shares) else 0.0
            window -= shares[index - length] if index >= length else 0.0
            longer[index] = max(0.0, window) / length
        shares = longer
    return shares
