"""How much of the load is on at which moment, and when open arrivals come.

The one rule: it follows from the shape, the time since the start and the seed, never from what became of requests; an
arrival that waits for an answer would hide the very stall it should meet (coordinated omission).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

from harness.core.run import seeds
from scenarios.load import LoadProfile, Shape

_RAMP_PART: Final = 0.1
"""A soak takes this part of its time to come to full load."""
_BETWEEN_SPIKES: Final = 0.2
_SPIKE: Final = (1 / 3, 2 / 3)
_STEPS: Final = 4_096
_SPAWNED_WITHIN_S: Final = 3.0


def share(shape: Shape, progress: float) -> float:
    """Return which share of the full load is on once this part of the time (0 to 1) has passed."""
    match shape:
        case "constant":
            return 1.0
        case "ramp":
            return progress
        case "soak":
            return min(1.0, progress / _RAMP_PART)
        case "spike":
            return 1.0 if _SPIKE[0] <= progress < _SPIKE[1] else _BETWEEN_SPIKES


def users_at(profile: LoadProfile, at_s: float) -> int:
    """Return how many users there are at a moment, at least one."""
    progress = min(1.0, max(0.0, at_s / profile.duration_s))
    return max(1, math.ceil(profile.users * share(profile.shape, progress)))


def spawned_per_s(profile: LoadProfile) -> float:
    """Return how many users may start in a second, so that they do not all ask in step."""
    return max(1.0, profile.users / min(_SPAWNED_WITHIN_S, profile.duration_s / 4))


def arrivals(profile: LoadProfile, *, seed: int) -> Iterator[float]:
    """Yield when open arrivals come, in seconds from the start and in order, up to the end of the load.

    `constant` arrivals are evenly spaced where the load is; `poisson` ones independent of one another.
    """
    draw = seeds.rng(seed, "load", "arrivals")
    poisson = profile.arrivals == "poisson"
    step_s = profile.duration_s / _STEPS
    due, come = (draw.expovariate(1.0) if poisson else 0.5), 0.0
    for number in range(_STEPS):
        more = profile.asked_per_s * share(profile.shape, (number + 0.5) / _STEPS) * step_s
        while more and come + more > due:
            yield (number + (due - come) / more) * step_s
            due += draw.expovariate(1.0) if poisson else 1.0
        come += more
