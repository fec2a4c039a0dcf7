"""Numbers as their owner wrote them: the roundest one that agrees with what was seen.

The one rule: what is returned lies between the bounds.
"""

from __future__ import annotations

import math


def roundest(low: float, high: float) -> float:
    """Return the number between two bounds, both included, with the fewest digits; 0 < low <= high."""
    if high < low:
        low, high = high, low
    scale = 10.0 ** math.ceil(math.log10(high)) if high > 0 else 1.0
    for _ in range(8):
        for step in (scale, scale / 2, scale / 4):
            nearest = round((low + high) / 2 / step) * step
            if low <= nearest <= high and nearest > 0:
                return round(nearest, 9)
        scale /= 10
    return (low + high) / 2
