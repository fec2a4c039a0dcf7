"""The two-sided wire log of a case as the geometry of a drawing: client above, target between, upstream below.

The one rule: what goes into the target is drawn on the inner side of its line and what came out of it on the outer
side, so an answer reads upwards and a request downwards.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from reports.record import WireRow

WIDTH: Final = 960
_LEFT: Final = 172
_RIGHT: Final = 112
_TRACK: Final = 46
_TRACKS_AT_MOST: Final = 6
_TOP: Final = 10
_TARGET: Final = 26
_LABELS_AT_MOST: Final = 3
_STEPS: Final = (1, 2, 5, 10)
_SPAN_S: Final = (0.001, 1e9)
"""No axis is shorter or longer: a damaged record may hold any number."""

Side = Literal["in", "out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """The line of one exchange: where it lies, how long it lasted, and the ticks on either side as SVG paths."""

    lane: str
    label: str
    y: int
    from_x: float
    to_x: float
    into_target: str
    out_of_target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A wait, a fault or an end on a track. `label` is empty where labels would lie upon one another."""

    kind: str
    x: float
    y: int
    label: str
    told: str
    anchor: Literal["start", "end"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Everything the page draws of one wire log."""

    width: int
    height: int
    tracks: tuple[Track, ...]
    marks: tuple[Mark, ...]
    axis: tuple[tuple[float, str], ...]
    client_y: int
    upstream_y: int
    target_y: int
    target_height: int
    axis_y: int
    summary: str


def draw(rows: Sequence[WireRow]) -> Timeline | None:
    """Lay the rows out on one time axis; None when there are none."""
    if not rows:
        return None
    start_s = min(0.0, *(row.at_s for row in rows))
    scale = _Scale(start_s, max(row.at_s for row in rows))
    heights = _heights(rows)
    clients = max((index for lane, index in heights.values() if lane == "client"), default=0) + 1
    upstreams = max((index for lane, index in heights.values() if lane == "upstream"), default=0) + 1
    target_y = _TOP + clients * _TRACK
    ys = {
        key: (_TOP if lane == "client" else target_y + _TARGET) + index * _TRACK + _TRACK // 2
        for key, (lane, index) in heights.items()
    }
    axis_y = target_y + _TARGET + upstreams * _TRACK + 6
    return Timeline(
        width=WIDTH,
        height=axis_y + 22,
        tracks=_tracks(rows, scale, ys),
        marks=_marks(rows, scale, ys),
        axis=scale.ticks(),
        client_y=_TOP + _TRACK // 2,
        upstream_y=target_y + _TARGET + _TRACK // 2,
        target_y=target_y,
        target_height=_TARGET,
        axis_y=axis_y,
        summary=_summary(rows),
    )


class _Scale:
    """Seconds to horizontal places."""

    def __init__(self, start_s: float, end_s: float) -> None:
        self._start_s = start_s
        self._span_s = min(max(end_s - start_s, _SPAN_S[0]), _SPAN_S[1])

    def x(self, at_s: float) -> float:
        share = min(max((at_s - self._start_s) / self._span_s, 0.0), 1.0)
        return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1)

    def ticks(self) -> tuple[tuple[float, str], ...]:
        rough_s = self._span_s / 8
        power = 10.0 ** math.floor(math.log10(rough_s))
        step_s = next(step * power for step in _STEPS if step * power >= rough_s * 0.999)
        decimals = max(0, -math.floor(math.log10(step_s) + 1e-9))
        first = math.ceil(self._start_s / step_s - 1e-9)
        last = math.floor((self._start_s + self._span_s) / step_s + 1e-9)
        return tuple((self.x(n * step_s), f"{n * step_s:.{decimals}f} s") for n in range(first, last + 1))


_Key = tuple[str, int]


def _heights(rows: Sequence[WireRow]) -> dict[_Key, tuple[str, int]]:
    """Give each exchange a track in its lane, in order of appearance; the last track is shared when many are needed."""
    found: dict[_Key, tuple[str, int]] = {}
    for row in rows:
        key = (row.lane, row.exchange)
        taken = sum(lane == row.lane for lane, _ in found)
        found.setdefault(key, (row.lane, min(taken, _TRACKS_AT_MOST - 1)))
    return found


def _tracks(rows: Sequence[WireRow], scale: _Scale, ys: dict[_Key, int]) -> tuple[Track, ...]:
    tracks = []
    for (lane, exchange), y in ys.items():
        own = [row for row in rows if (row.lane, row.exchange) == (lane, exchange)]
        paths: dict[Side, list[str]] = {"in": [], "out": []}
        inner = 1 if lane == "client" else -1
        for row in own:
            side = _side(row)
            if side is not None:
                length = _tick_length(row.size_bytes) * (inner if side == "in" else -inner)
                paths[side].append(f"M{scale.x(row.at_s):g} {y}v{length}")
        tracks.append(
            Track(
                lane=lane,
                label=_track_label(exchange, [key for key, other in ys.items() if other == y]),
                y=y,
                from_x=scale.x(min(row.at_s for row in own)),
                to_x=scale.x(max(row.at_s for row in own)),
                into_target="".join(paths["in"]),
                out_of_target="".join(paths["out"]),
            )
        )
    return tuple(tracks)


def _track_label(exchange: int, sharing: Sequence[_Key]) -> str:
    """Name a track by its exchange; a shared one is named once, by the first of those that share it."""
    first = sharing[0][1]
    if exchange != first:
        return ""
    return f"#{exchange}" if len(sharing) == 1 else f"#{exchange} and {len(sharing) - 1} more"


def _side(row: WireRow) -> Side | None:
    match row.kind:
        case "request":
            return "in" if row.lane == "client" else "out"
        case "sent":
            return "in"
        case "received":
            return "out"
        case "wait" | "fault" | "end":
            return None


def _tick_length(size_bytes: int) -> int:
    return min(20, 7 + round(math.log2(size_bytes + 1)))


def _marks(rows: Sequence[WireRow], scale: _Scale, ys: dict[_Key, int]) -> tuple[Mark, ...]:
    labelled: dict[tuple[int, str], int] = {}
    shared = {y for y in ys.values() if list(ys.values()).count(y) > 1}
    marks = []
    for row in rows:
        if row.kind not in {"wait", "fault", "end"}:
            continue
        x, y = scale.x(row.at_s), ys[row.lane, row.exchange]
        before = labelled.get((y, row.kind), 0)
        labelled[y, row.kind] = before + 1
        spoken = row.kind != "wait" and y not in shared and before < (1 if row.kind == "end" else _LABELS_AT_MOST)
        marks.append(
            Mark(
                kind=row.kind,
                x=x,
                y=y,
                label=_short(row.label, 17 if row.kind == "end" else 40) if spoken else "",
                told=f"{row.at_s:.3f} s, {row.lane} {row.exchange}, {row.kind}: {_short(row.label, 120)}",
                anchor="end" if row.kind == "fault" and x > WIDTH / 2 else "start",
            )
        )
    return tuple(marks)


def _short(text: str, at_most: int) -> str:
    return text if len(text) <= at_most else text[: at_most - 1] + "…"


def _summary(rows: Sequence[WireRow]) -> str:
    clients = len({row.exchange for row in rows if row.lane == "client"})
    upstreams = len({row.exchange for row in rows if row.lane == "upstream"})
    faults = sum(row.kind == "fault" for row in rows)
    last_s = max(row.at_s for row in rows)
    return (
        f"Wire log over {last_s:.3f} s: {clients} client and {upstreams} upstream exchanges, {faults} faults. "
        "The table that follows holds every row."
    )
