"""A chaos run as the geometry of a drawing: its phases, what struck, and what clients felt, on one axis of time.

The one rule: every lane is drawn against the same seconds, so that what lies above something else happened with it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import JsonValue

WIDTH: Final = 960
_LEFT: Final = 120
_RIGHT: Final = 940
_TOP: Final = 32
_LANE: Final = 62
_BARS: Final = 46
_NARROWEST_LABEL: Final = 7.0
"""Pixels that one letter of a phase's name wants."""
_STEPS: Final = (1, 2, 5, 10)
_VERDICTS: Final = frozenset({"pass", "fail", "non-strict", "info", "not-applicable", "inconclusive", "harness-error"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """One phase, behind everything. `label` is empty where there is no room for it."""

    x: float
    width: float
    label: str
    told: str
    verdict: str
    injects: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """So many of a kind in one window."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One measure over time; `most` says how much its full height is."""

    name: str
    most: str
    base: int
    bars: tuple[Bar, ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Everything the page draws of one run."""

    width: int
    height: int
    left: int
    right: int
    top: int
    bottom: int
    bands: tuple[Band, ...]
    lanes: tuple[Lane, ...]
    ticks: tuple[tuple[float, str], ...]
    summary: str


def draw(section: Mapping[str, JsonValue]) -> Drawing | None:
    """Lay a run out; None when the record holds none, or one that cannot be drawn."""
    over, phases = section.get("over_time"), section.get("phases")
    if not isinstance(over, dict) or not isinstance(phases, list):
        return None
    window_s = _number(over.get("window_s"))
    series = {
        name: _series(over.get(name)) for name in ("struck", "right", "failed", "wrong", "ttft_p50_s", "ttft_max_s")
    }
    length = len(series["right"])
    if window_s <= 0 or not length:
        return None
    scale = (_RIGHT - _LEFT) / (length * window_s)
    lanes = (
        _stacked("faults struck", 0, series, ("struck",), window_s, scale),
        _stacked("answers", 1, series, ("right", "failed", "wrong"), window_s, scale),
        _curves("first token", 2, (series["ttft_p50_s"], series["ttft_max_s"]), window_s, scale),
    )
    bottom = lanes[-1].base
    return Drawing(
        width=WIDTH,
        height=bottom + 20,
        left=_LEFT,
        right=_RIGHT,
        top=_TOP,
        bottom=bottom,
        bands=tuple(_band(row, scale, length * window_s) for row in phases if isinstance(row, dict)),
        lanes=lanes,
        ticks=_ticks(length * window_s, scale),
        summary=_summary(section),
    )


def _band(row: Mapping[str, Any], scale: float, whole_s: float) -> Band:
    start_s = min(max(_number(row.get("start_s")), 0.0), whole_s)
    end_s = min(max(_number(row.get("end_s")), start_s), whole_s)
    width, name = (end_s - start_s) * scale, str(row.get("name", ""))
    verdict = str(row.get("verdict", ""))
    told = f"{name}: {row.get('asked', 0)} asked, {row.get('struck', 0)} struck, {row.get('right', 0)} right"
    return Band(
        x=round(_LEFT + start_s * scale, 1),
        width=round(width, 1),
        label=name if len(name) * _NARROWEST_LABEL < width else "",
        told=told,
        verdict=verdict if verdict in _VERDICTS else "inconclusive",
        injects=row.get("injects") is True,
    )


def _stacked(
    name: str,
    place: int,
    series: Mapping[str, Sequence[float | None]],
    kinds: Sequence[str],
    window_s: float,
    scale: float,
) -> Lane:
    base = _TOP + (place + 1) * _LANE
    columns = [[column or 0.0 for column in each] for each in zip(*(series[kind] for kind in kinds), strict=False)]
    most = max((sum(column) for column in columns), default=0.0) or 1.0
    width = max(1.0, window_s * scale - 1)
    bars: list[Bar] = []
    for index, column in enumerate(columns):
        up = 0.0
        for kind, value in zip(kinds, column, strict=True):
            height = value / most * _BARS
            up += height
            if value:
                bars.append(
                    Bar(
                        kind=kind,
                        x=round(_LEFT + index * window_s * scale, 1),
                        y=round(base - up, 1),
                        width=round(width, 1),
                        height=round(height, 1),
                        told=f"{value:g} {kind} at {index * window_s:g} s",
                    )
                )
    return Lane(name=name, most=f"at most {most:g} in {window_s:g} s", base=base, bars=tuple(bars))


def _curves(name: str, place: int, curves: Sequence[Sequence[float | None]], window_s: float, scale: float) -> Lane:
    base = _TOP + (place + 1) * _LANE
    known = [value for curve in curves for value in curve if value is not None]
    most = max(known, default=0.0) or 1.0
    lines = tuple(
        " ".join(
            f"{_LEFT + (index + 0.5) * window_s * scale:.1f},{base - value / most * _BARS:.1f}"
            for index, value in enumerate(curve)
            if value is not None
        )
        for curve in curves
    )
    return Lane(name=name, most=f"at most {most:.3g} s", base=base, lines=tuple(filter(None, lines)))


def _ticks(whole_s: float, scale: float) -> tuple[tuple[float, str], ...]:
    rough_s = max(whole_s / 10, 1e-3)
    power = 10.0 ** math.floor(math.log10(rough_s))
    step_s = next(step * power for step in _STEPS if step * power >= rough_s * 0.999)
    count = math.floor(whole_s / step_s + 1e-9)
    return tuple((round(_LEFT + n * step_s * scale, 1), f"{n * step_s:g} s") for n in range(count + 1))


def _summary(section: Mapping[str, JsonValue]) -> str:
    return f"{section.get('asked', 0)} asked, {section.get('struck', 0)} struck, {section.get('wrong', 0)} wrong"


def _number(value: object) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    return 0.0


def _series(value: object) -> tuple[float | None, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(None if each is None else max(0.0, _number(each)) for each in value)
