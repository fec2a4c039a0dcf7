"""The shape of the pauses between attempts: none, constant, linear, exponential, with or without jitter.

The one rule: a shape is named only where no other fits within what the pauses are known by. Two pauses, one twice the
other, are linear and exponential alike, and so are three on a machine that was late.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Final, Literal, TypeAlias

from harness.core.probing.pauses import Between, Observed, is_spread, longest, steady

Shape: TypeAlias = Literal["none", "single", "constant", "linear", "exponential", "growing", "irregular", "unclear"]

AT_ONCE_S: Final = 0.03
"""A pause below this is none: a target takes as long to see that a call failed, and to make the next one."""
_ALIKE: Final = 1.2
_ALIKE_JITTERED: Final = 1.6
"""How many times longer than the shortest the longest pause may be, for all that is known, where they are the same."""
_LEAST_S: Final = 0.001
"""Nothing is shorter on a scale of ratios."""
_TELLING: Final = 3
"""So many pauses at least are needed to tell one way of growing from another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """What the pauses look like. `pauses_s` is one for each place: the middle one seen, or nearly the longest where
    they are spread. `jittered` is None where that cannot be told. `factor` is from one pause to the next where they
    grow exponentially."""

    shape: Shape
    pauses_s: tuple[float, ...] = ()
    jittered: bool | None = False
    factor: float | None = None
    capped: bool = False

    def told(self) -> str:
        """Say it in words."""
        pauses = ", ".join(f"{pause_s:.2f} s" for pause_s in self.pauses_s)
        limit = ", with a limit" * self.capped
        match self.shape:
            case "none":
                return "at once, without a pause"
            case "single":
                return f"one pause of {pauses}; one pause shows no growth"
            case "growing":
                return f"growing{limit}: {pauses}; linear and exponential both fit"
            case "exponential":
                return f"exponential, times {self.factor:.2g}{limit}: {pauses}"
            case "unclear":
                return f"about {pauses}; they came too late or too unevenly to show a curve"
            case _:
                return f"{self.shape}{limit}: {pauses}"


def curve(rows: Sequence[Sequence[Observed]]) -> Curve:
    """Return the shape of pauses; a row holds those of one question, in order."""
    most = max(map(len, rows), default=0)
    columns = [[row[at] for row in rows if len(row) > at] for at in range(most)]
    columns = [column for column in columns if len(column) > len(rows) // 2]
    if not columns:
        return Curve(shape="none")
    middles = [steady(column) for column in columns]
    if all(each.high_s < AT_ONCE_S for each in middles):
        return Curve(shape="none", pauses_s=tuple(each.pause_s for each in middles))
    clearest = max(zip(middles, columns, strict=True), key=lambda pair: pair[0].pause_s)[1]
    jittered = is_spread(clearest)
    places = [longest(column) for column in columns] if jittered else middles
    shape, capped = _shape(places, alike=_ALIKE_JITTERED if jittered else _ALIKE)
    return Curve(
        shape=shape,
        pauses_s=tuple(each.pause_s for each in places),
        jittered=jittered,
        factor=_factor(places, capped=capped) if shape == "exponential" else None,
        capped=capped,
    )


def _shape(places: Sequence[Between], *, alike: float) -> tuple[Shape, bool]:
    """Return the one shape that fits, and whether it comes to a limit."""
    if len(places) == 1:
        return "single", False
    wider = [_widened(each) for each in places]
    if _may_be_one(wider):
        widest = max(each.high_s for each in places) / max(_LEAST_S, min(each.low_s for each in places))
        return ("constant" if widest <= alike else "unclear"), False
    if any(later.high_s < earlier.low_s for earlier, later in combinations(wider, 2)):
        return "irregular", False
    if wider[-1].low_s <= wider[0].high_s:
        return "unclear", False
    whole = _growth(wider)
    if whole != "irregular":
        return whole, False
    for until in range(len(places) - 1, 1, -1):
        rising, rest = wider[:until], wider[until:]
        if _may_be_one(rest) and _growth(rising) != "irregular" and _is_held_back(rising, rest[0]):
            return _growth(rising), True
    return "irregular", False


def _growth(places: Sequence[Between]) -> Shape:
    """Return how pauses grow that do so from the first to the last."""
    if len(places) < _TELLING:
        return "growing"
    linear, exponential = _is_straight(places, lambda at_s: at_s), _is_straight(places, math.log)
    if linear and exponential:
        return "growing"
    if exponential:
        return "exponential"
    return "linear" if linear else "irregular"


def _widened(place: Between) -> Between:
    """Return a place with twice the error: what it takes to rule a shape out."""
    half_s = (place.high_s - place.low_s) / 2
    return Between(low_s=max(0.0, place.low_s - half_s), high_s=place.high_s + half_s, pause_s=place.pause_s)


def _may_be_one(places: Sequence[Between]) -> bool:
    return max(each.low_s for each in places) <= min(each.high_s for each in places)


def _is_straight(places: Sequence[Between], scale: Callable[[float], float]) -> bool:
    """Whether a straight line that rises passes between the bounds of every place.

    Each pair of places bounds its slope from both sides; there is a line just where these bounds leave some room.
    """
    bounds = [(scale(max(_LEAST_S, each.low_s)), scale(max(_LEAST_S, each.high_s))) for each in places]
    pairs = [
        (later - earlier, bounds[earlier], bounds[later]) for earlier, later in combinations(range(len(bounds)), 2)
    ]
    least = max((low - before) / steps for steps, (_, before), (low, _) in pairs)
    most = min((high - before) / steps for steps, (before, _), (_, high) in pairs)
    return least <= most and most > 0


def _is_held_back(rising: Sequence[Between], then: Between) -> bool:
    """Whether a pause is shorter than the growth before it would make it, but no shorter than the last one of it."""
    before, last = rising[-2], rising[-1]
    next_s = last.high_s * last.high_s / max(_LEAST_S, before.low_s)
    return last.low_s <= then.high_s and then.low_s <= next_s


def _factor(places: Sequence[Between], *, capped: bool) -> float:
    """Return the factor from each pause to the next, of those that grow."""
    ratios = [later.pause_s / max(_LEAST_S, earlier.pause_s) for earlier, later in pairwise(places)]
    return ratios[0] if capped else math.prod(ratios) ** (1 / len(ratios))
