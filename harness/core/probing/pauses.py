"""Between which times a pause lies, by all that was seen of it: no pause is known better than it was measured.

The one rule: one observation decides nothing. A pause that came late once is the machine's doing, so the outermost one
on either side counts for nothing where there are enough.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

_NOISE: Final = 0.02
_NOISE_S: Final = 0.004
"""How far a timer is off on a quiet machine, as a share of its time and in seconds on top of it."""
_SPREAD: Final = 0.1
_SPREAD_S: Final = 0.015
"""How far apart pauses are that are not meant to be the same."""
_ENOUGH: Final = 4
"""So many observations must there be for two on either side."""
_TOO_WIDE: Final = 0.25
"""Where the same pause may be wrong by more than this share, nobody can see whether it is spread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One pause as it was seen. It was at most `early_s` shorter and `late_s` longer than that."""

    pause_s: float
    early_s: float = 0.0
    late_s: float = 0.0

    @property
    def low_s(self) -> float:
        """The shortest that it may have been."""
        return max(0.0, self.pause_s - self.early_s)

    @property
    def high_s(self) -> float:
        """The longest that it may have been."""
        return self.pause_s + self.late_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """The bounds of a pause, in seconds, and one time between them that stands for it."""

    low_s: float
    high_s: float
    pause_s: float


def is_spread(seen: Sequence[Observed]) -> bool | None:
    """Return whether a pause differs from question to question; None where that cannot be told."""
    if len(seen) < 2:
        return None
    place = 1 if len(seen) >= _ENOUGH else 0
    lows, highs = sorted(each.low_s for each in seen), sorted(each.high_s for each in seen)
    pauses = sorted(each.pause_s for each in seen)
    middle_s = median(pauses)
    apart_s = max(_SPREAD_S, _SPREAD * middle_s)
    if place and lows[-1 - place] - highs[place] > apart_s:
        return True
    wide_s = median(each.high_s - each.low_s for each in seen)
    alike = pauses[-1 - place] - pauses[0] <= apart_s and wide_s <= max(_SPREAD_S, _TOO_WIDE * middle_s)
    return False if alike else None


def steady(seen: Sequence[Observed]) -> Between:
    """Return the bounds of a pause that is the same each time."""
    middle_s = median(each.pause_s for each in seen)
    noise_s = _NOISE_S + _NOISE * middle_s
    return Between(
        low_s=max(0.0, median(each.low_s for each in seen) - noise_s),
        high_s=median(each.high_s for each in seen) + noise_s,
        pause_s=middle_s,
    )


def longest(seen: Sequence[Observed]) -> Between:
    """Return the bounds of the longest that a spread pause can be, which nobody needs to have seen yet.

    Of n numbers drawn evenly from an interval of width w, the second largest lies within 4 w/n below its end, 19 times
    of 20 where n is ten; the second smallest and second largest lie 1 - 4/(n + 1) of w apart in the mean.
    """
    number = len(seen)
    place = 1 if number >= _ENOUGH else 0
    pauses, lows = sorted(each.pause_s for each in seen), sorted(each.low_s for each in seen)
    highs = sorted(each.high_s for each in seen)
    inner = max(0.2, 1 - 2 * (place + 1) / (number + 1))
    width_s = (pauses[-1 - place] - pauses[place]) / inner
    return Between(
        low_s=lows[-1 - place],
        high_s=highs[-1 - place] + min(1.0, 2 * (place + 1) / number) * width_s,
        pause_s=pauses[math.ceil(0.8 * (number - 1))],
    )
