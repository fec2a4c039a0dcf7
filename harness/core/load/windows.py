"""A load over time: equal windows with what was begun, ended and measured in each, and whether they show saturation.

The one rule: a load is called saturated only where the windows show it and the load generators were in time
themselves; a late harness makes any target look slow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from harness.core.load.judgement import Judged
from harness.core.statistics.slope import theil_sen

_MOST_WINDOWS: Final = 60
_FEWEST_WINDOWS: Final = 6
_GROWN: Final = 1.5
_GROWN_BY_S: Final = 0.1
_NO_MORE: Final = 0.1
_HALF: Final = 0.5
_CONFIDENCE: Final = 0.95
_FEWEST_ARRIVALS: Final = 20
_ACHIEVED: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One stretch of a load. Times to first token are of the answers begun in it, all else of those ended in it.

    `streams` is how many answers were under way in the middle of it. What nothing was measured of is None.
    """

    at_s: float
    length_s: float
    begun: int
    ended: int
    errors: int
    streams: int
    tokens: int
    ttft_p50_s: float | None
    ttft_p95_s: float | None


def windows(answers: Sequence[Judged], *, start_s: float, duration_s: float) -> list[Window]:
    """Return the load cut into windows of a second, or longer ones where there would be too many."""
    length_s = max(1.0, math.ceil(duration_s / _MOST_WINDOWS))
    number = max(1, round(duration_s / length_s))
    begun: list[list[Judged]] = [[] for _ in range(number)]
    ended: list[list[Judged]] = [[] for _ in range(number)]
    for each in answers:
        for moments, at_s in ((begun, each.started_s), (ended, each.end_s)):
            index = math.floor((at_s - start_s) / length_s)
            if 0 <= index < number:
                moments[index].append(each)
    return [
        _window(begun[index], ended[index], answers, start_s=start_s, at_s=index * length_s, length_s=length_s)
        for index in range(number)
    ]


def _window(
    begun: Sequence[Judged],
    ended: Sequence[Judged],
    answers: Sequence[Judged],
    *,
    start_s: float,
    at_s: float,
    length_s: float,
) -> Window:
    first = sorted(each.answer.ttft_s for each in begun if each.answer.ttft_s is not None)
    middle_s = start_s + at_s + length_s / 2
    return Window(
        at_s=at_s,
        length_s=length_s,
        begun=len(begun),
        ended=len(ended),
        errors=sum(each.is_error for each in ended),
        streams=sum(each.started_s <= middle_s < each.end_s for each in answers),
        tokens=sum(each.answer.tokens for each in ended),
        ttft_p50_s=median(first) if first else None,
        ttft_p95_s=first[math.ceil(0.95 * len(first)) - 1] if first else None,
    )


def over_time(found: Sequence[Window]) -> dict[str, Any]:
    """Return the windows as curves, one value for each; a rate is per second, and null where nothing was measured."""
    return {
        "window_s": found[0].length_s if found else None,
        "begun_per_s": [each.begun / each.length_s for each in found],
        "ended_per_s": [each.ended / each.length_s for each in found],
        "errors_per_s": [each.errors / each.length_s for each in found],
        "streams": [each.streams for each in found],
        "tokens_per_s": [each.tokens / each.length_s for each in found],
        "ttft_p50_s": [each.ttft_p50_s for each in found],
        "ttft_p95_s": [each.ttft_p95_s for each in found],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """What became of open arrivals: how many were due and how many were put, the rest for want of a free user."""

    due: int
    put: int


def saturation(found: Sequence[Window], arrived: Arrived | None = None) -> str:
    """Say how a target was saturated; empty when nothing shows that it was.

    Either open arrivals found every user still waiting; or the time to the first token grew steadily, and of the open
    streams, which then are more as well, less than half came to their end as answers a second (by Little's law all of
    them would, did an answer take no longer).
    """
    if arrived and arrived.due >= _FEWEST_ARRIVALS and arrived.put < _ACHIEVED * arrived.due:
        return (
            f"arrivals fell behind: {arrived.put} of {arrived.due} were put, because all users still waited for answers"
        )
    told = [each for each in found if each.ttft_p50_s is not None]
    if len(told) < _FEWEST_WINDOWS:
        return ""
    third = len(told) // 3
    first, middle, last = told[:third], told[third : 2 * third], told[-third:]
    before_s, after_s = _level(first), _level(last)
    slope = theil_sen([(each.at_s, each.ttft_p50_s or 0.0) for each in told], confidence=_CONFIDENCE)
    grows = slope is not None and slope.bounded and slope.low > 0
    if not grows or after_s <= _GROWN * before_s or after_s - before_s <= _GROWN_BY_S:
        return ""
    rates = [sum(each.ended for each in part) / sum(each.length_s for each in part) for part in (middle, last)]
    streams = [sum(each.streams for each in part) / third for part in (middle, last)]
    if _growth(*rates) > max(_NO_MORE, _HALF * _growth(*streams) if streams[0] else 0.0):
        return ""
    return (
        f"the time to the first token grew from {before_s:.3f} s to {after_s:.3f} s; with {streams[0]:.0f} and then "
        f"{streams[1]:.0f} streams open, {rates[0]:.1f} and then {rates[1]:.1f} answers a second came to their end"
    )


def _growth(before: float, after: float) -> float:
    return after / before - 1 if before else math.inf


def _level(found: Sequence[Window]) -> float:
    return median(each.ttft_p50_s for each in found if each.ttft_p50_s is not None)
