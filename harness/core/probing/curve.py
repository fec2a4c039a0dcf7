"""The shape of the pauses between attempts: none, constant, linear, exponential, with or without jitter.

The one rule: a shape is named only where no other fits about as well. Two pauses, one twice the other, are linear and
exponential alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final, Literal, TypeAlias

Shape: TypeAlias = Literal["none", "single", "constant", "linear", "exponential", "growing", "irregular"]

AT_ONCE_S: Final = 0.03
"""A pause below this is none: a target takes as long to see that a call failed, and to make the next one."""
_SPREAD: Final = 0.15
_SPREAD_S: Final = 0.03
_FITS: Final = 0.12
_FITS_JITTERED: Final = 0.3
"""How far a pause may lie off a curve, as a share of it."""
_ALIKE: Final = 1.2
_ALIKE_JITTERED: Final = 1.4
"""How many times longer the longest pause may be than the shortest, where all are meant to be the same."""
_CLEARLY: Final = 2.0
"""How many times better one shape must fit than another that fits as well, to be told apart from it."""
_GROWS: Final = 1.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """What the pauses look like. `pauses_s` is one for each place: the middle one seen, or nearly the longest where
    they are spread. `factor` is from one pause to the next where they grow exponentially."""

    shape: Shape
    pauses_s: tuple[float, ...] = ()
    jittered: bool = False
    factor: float | None = None
    capped: bool = False

    def told(self) -> str:
        """Say it in words."""
        pauses = ", ".join(f"{pause_s:.2f} s" for pause_s in self.pauses_s)
        match self.shape:
            case "none":
                return "at once, without a pause"
            case "single":
                return f"one pause of {pauses}; its growth cannot be told from one"
            case "growing":
                return f"growing: {pauses}; linear and exponential both fit"
            case "exponential":
                return f"exponential, times {self.factor:.2g}{', with a limit' * self.capped}: {pauses}"
            case _:
                return f"{self.shape}: {pauses}"


def curve(rows: Sequence[Sequence[float]]) -> Curve:
    """Return the shape of pauses in seconds; a row holds those of one question, in order."""
    longest = max(map(len, rows), default=0)
    columns = [[row[at] for row in rows if len(row) > at] for at in range(longest)]
    columns = [column for column in columns if len(column) > len(rows) // 2]
    if not columns:
        return Curve(shape="none")
    if all(median(column) < AT_ONCE_S for column in columns):
        return Curve(shape="none", pauses_s=tuple(median(column) for column in columns))
    spread = [max(column) - min(column) > max(_SPREAD_S, _SPREAD * median(column)) for column in columns]
    jittered = sum(spread) * 2 > len(spread)
    pauses = tuple(_nearly_longest(column) if jittered else median(column) for column in columns)
    if len(pauses) == 1:
        return Curve(shape="single", pauses_s=pauses, jittered=jittered)
    return _shaped(pauses, jittered=jittered)


def _shaped(pauses: tuple[float, ...], *, jittered: bool) -> Curve:
    tolerance = _FITS_JITTERED if jittered else _FITS
    if max(pauses) <= min(pauses) * (_ALIKE_JITTERED if jittered else _ALIKE):
        return Curve(shape="constant", pauses_s=pauses, jittered=jittered)
    if pauses[-1] < pauses[0] * _GROWS:
        return Curve(shape="irregular", pauses_s=pauses, jittered=jittered)
    if len(pauses) == 2:
        return Curve(shape="growing", pauses_s=pauses, jittered=jittered)
    base, factor = _exponential(pauses)
    exponential = _off(pauses, lambda at: base * factor**at)
    start, step = _line(pauses)
    linear = _off(pauses, lambda at: start + step * at)
    until = _growing(pauses)
    capped = math.inf
    if 1 < until < len(pauses):
        base_c, factor_c = pauses[0], pauses[1] / pauses[0]
        top = max(pauses)
        capped = _off(pauses, lambda at: min(base_c * factor_c**at, top))
    if min(exponential, capped) * _CLEARLY <= linear and min(exponential, capped) <= tolerance:
        is_capped = capped < exponential
        return Curve(
            shape="exponential",
            pauses_s=pauses,
            jittered=jittered,
            factor=pauses[1] / pauses[0] if is_capped else factor,
            capped=is_capped,
        )
    if linear * _CLEARLY <= min(exponential, capped) and linear <= tolerance:
        return Curve(shape="linear", pauses_s=pauses, jittered=jittered)
    if min(linear, exponential, capped) <= tolerance:
        return Curve(shape="growing", pauses_s=pauses, jittered=jittered)
    return Curve(shape="irregular", pauses_s=pauses, jittered=jittered)


def _nearly_longest(column: Sequence[float]) -> float:
    """Return one of the longest, but not the longest of many: that may be the machine's own doing."""
    return sorted(column)[math.ceil(0.8 * (len(column) - 1))]


def _off(pauses: Sequence[float], at: Callable[[int], float]) -> float:
    """Return how far the pauses lie off a curve at the worst, as a share of it."""
    return max(abs(pause - at(number)) / max(at(number), AT_ONCE_S) for number, pause in enumerate(pauses))


def _line(values: Sequence[float]) -> tuple[float, float]:
    """Return start and step of the straight line that lies closest (least squares)."""
    middle = (len(values) - 1) / 2
    mean = sum(values) / len(values)
    step = sum((at - middle) * (value - mean) for at, value in enumerate(values)) / sum(
        (at - middle) ** 2 for at in range(len(values))
    )
    return mean - step * middle, step


def _exponential(pauses: Sequence[float]) -> tuple[float, float]:
    start, step = _line([math.log(max(pause, AT_ONCE_S)) for pause in pauses])
    return math.exp(start), math.exp(step)


def _growing(pauses: Sequence[float]) -> int:
    """Return how many pauses there are up to the last that is clearly longer than the one before."""
    return max((at + 1 for at in range(1, len(pauses)) if pauses[at] > pauses[at - 1] * _GROWS), default=1)
