"""A load's samples as curves, a point for each."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from reports.live.events import LoadEvent
from reports.measurements import Curve


def curves(samples: Sequence[LoadEvent]) -> tuple[Curve, ...]:
    """Return what can be drawn of samples, oldest first: rates between two of them, and what was so at each."""
    steps = [(before, now) for before, now in pairwise(samples) if now.at_s > before.at_s]
    if len(steps) < 2:
        return ()
    values: dict[str, tuple[float | None, ...]] = {
        "answers_per_s": tuple((now.answers - before.answers) / (now.at_s - before.at_s) for before, now in steps),
        "failed_per_s": tuple((now.failed - before.failed) / (now.at_s - before.at_s) for before, now in steps),
        "waiting": tuple(float(now.waiting) for _, now in steps),
        "ttft_p50_s": tuple(now.ttft_p50_s for _, now in steps),
        "ttft_p95_s": tuple(now.ttft_p95_s for _, now in steps),
    }
    return tuple(Curve(name, told) for name, told in values.items() if sum(value is not None for value in told) > 1)
