"""How long a target is watched: in stages, each as long as all before it, until what grows has stopped or has not.

The one rule: memory is judged by the last stage alone, so that warm-up lies ever further back; and what one stage says
is a suspicion, which only another confirms.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from harness.core.leaks.leak import Growth, Limits, Measure, RoundSample, State, growth
from harness.core.statistics.slope import fewest_points

_WORTH_WATCHING: Final = 2
"""Memory that grows by more than it may, and perhaps by so many times that, is watched on; less is let go."""


def watched(samples: Sequence[RoundSample], starts: Sequence[int], measure: Measure, limits: Limits) -> Growth:
    """Judge one measure. `starts` are the places of the stages' first samples, the first of which is 0.

    What is counted is exact, so that all samples together judge it.
    """
    if not measure.in_bytes:
        return growth(samples, measure, limits)
    whole = [start for start in starts if len(samples) - start >= fewest_points()] or [0]
    found = growth(samples[whole[-1] :], measure, limits, at_first=samples[0] if samples else None)
    return replace(found, state=State.GROWING) if found.state is State.LEAK and len(whole) == 1 else found


def undecided(growths: Iterable[Growth], limits: Mapping[Measure, Limits]) -> bool:
    """Whether more of the same could still tell whether memory leaks."""
    return any(_is_open(each, limits[each.measure]) for each in growths if each.measure.in_bytes)


def _is_open(found: Growth, limits: Limits) -> bool:
    if found.state is State.STEADY and found.slope is not None:
        return found.slope.value > limits.least_bytes and found.slope.high > _WORTH_WATCHING * limits.least_bytes
    return found.state in {State.GROWING, State.UNCLEAR}
