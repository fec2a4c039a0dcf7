"""The difference of interleaved pairs, by ranks: Hodges-Lehmann with the interval of the signed-rank test.

The one rule: what the pairs cannot bound is infinite, never a guess. No distribution is assumed, only that a pair's
difference is as likely to be above the true one as below it; a wild pair moves neither estimate nor interval far.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations_with_replacement
from statistics import NormalDist, median
from typing import Final

CONFIDENCE: Final = 0.95
_MOST_EXACT: Final = 60
_KNOWN_TO_S: Final = 0.005
_KNOWN_TO: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The typical difference of pairs, and the interval that holds the true one."""

    value: float
    low: float
    high: float
    pairs: int

    @property
    def is_known(self) -> bool:
        """Whether it is known to within 5 ms, or to within half of itself."""
        half_width = (self.high - self.low) / 2
        return half_width <= max(_KNOWN_TO_S, _KNOWN_TO * abs(self.value))


def difference(pairs: Sequence[tuple[float, float]], *, confidence: float = CONFIDENCE) -> Difference | None:
    """Return by how much the second of a pair is typically more than the first; None without any pair."""
    if not pairs:
        return None
    differences = [second - first for first, second in pairs]
    walsh = sorted((one + other) / 2 for one, other in combinations_with_replacement(differences, 2))
    rank = _rank(len(differences), (1 - confidence) / 2)
    low, high = (-math.inf, math.inf) if rank is None else (walsh[rank], walsh[-1 - rank])
    return Difference(value=median(walsh), low=low, high=high, pairs=len(pairs))


@lru_cache(maxsize=64)
def _rank(count: int, tail: float) -> int | None:
    """Return the rank of the average that is the lower bound, from 0; None when no average is sure enough."""
    if count > _MOST_EXACT:
        middle = count * (count + 1) / 4
        spread = math.sqrt(count * (count + 1) * (2 * count + 1) / 24)
        return math.floor(middle + NormalDist().inv_cdf(tail) * spread) - 1
    at_most, rank = 0.0, None
    for statistic, chance in enumerate(_signed_ranks(count)):
        at_most += chance
        if at_most > tail:
            break
        rank = statistic
    return rank


def _signed_ranks(count: int) -> list[float]:
    """Return the chance of each sum of ranks with a sign that is as likely plus as minus."""
    chances = [1.0]
    for rank in range(1, count + 1):
        longer = [0.0] * (len(chances) + rank)
        for total, chance in enumerate(chances):
            longer[total] += chance / 2
            longer[total + rank] += chance / 2
        chances = longer
    return chances
