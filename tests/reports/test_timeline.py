"""The geometry of the wire log."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.record import WireRow
from reports.timeline import WIDTH, Timeline, draw
from tests.reports.sample import cut_stream

ROWS = st.lists(
    st.builds(
        WireRow,
        at_s=st.floats(-1, allow_infinity=False, allow_nan=False),
        lane=st.sampled_from(["client", "upstream"]),
        exchange=st.integers(1, 9),
        kind=st.sampled_from(["request", "sent", "received", "wait", "fault", "end"]),
        label=st.text(max_size=60),
        size_bytes=st.integers(0, 2**40),
    ),
    min_size=1,
    max_size=30,
)


def drawn(rows: tuple[WireRow, ...]) -> Timeline:
    timeline = draw(rows)
    assert timeline is not None
    return timeline


def row(at_s: float, *, lane: str = "client", exchange: int = 1, kind: str = "sent", label: str = "x") -> WireRow:
    return WireRow.model_validate({"at_s": at_s, "lane": lane, "exchange": exchange, "kind": kind, "label": label})


def test_nothing_is_drawn_of_nothing() -> None:
    assert draw(()) is None


def test_client_lies_above_the_target_and_upstream_below() -> None:
    timeline = drawn(cut_stream())
    client, upstream = timeline.tracks

    assert client.y < timeline.target_y < timeline.target_y + timeline.target_height < upstream.y < timeline.axis_y


def test_what_goes_into_the_target_points_at_it() -> None:
    client, upstream = drawn(cut_stream()).tracks

    assert all(int(length) > 0 for length in re.findall(r"v(-?\d+)", client.into_target))
    assert all(int(length) < 0 for length in re.findall(r"v(-?\d+)", client.out_of_target))
    assert all(int(length) < 0 for length in re.findall(r"v(-?\d+)", upstream.into_target))
    assert all(int(length) > 0 for length in re.findall(r"v(-?\d+)", upstream.out_of_target))


def test_every_row_is_a_tick_or_a_mark() -> None:
    rows = cut_stream()
    timeline = drawn(rows)
    ticks = sum(track.into_target.count("M") + track.out_of_target.count("M") for track in timeline.tracks)

    assert ticks + len(timeline.marks) == len(rows)


def test_both_sides_lie_on_one_axis() -> None:
    timeline = drawn((row(0.0), row(1.0, lane="upstream"), row(1.0), row(2.0, lane="upstream", kind="end")))

    assert timeline.tracks[0].to_x == timeline.tracks[1].from_x


@pytest.mark.parametrize(("last_s", "label"), [(0.4, "0.10 s"), (35.0, "5 s"), (0.0004, "0.0002 s")])
def test_the_axis_has_round_seconds(last_s: float, label: str) -> None:
    assert label in [text for _, text in drawn((row(0.0), row(last_s))).axis]


def test_many_exchanges_share_the_last_track() -> None:
    timeline = drawn(tuple(row(n, exchange=n, kind="end") for n in range(1, 10)))

    assert [track.label for track in timeline.tracks if track.label] == ["#1", "#2", "#3", "#4", "#5", "#6 and 3 more"]
    assert len({track.y for track in timeline.tracks}) == 6
    assert sum(bool(mark.label) for mark in timeline.marks) == 5


def test_labels_that_would_lie_upon_one_another_are_left_out() -> None:
    timeline = drawn(tuple(row(n, kind="fault", label="y" * 99) for n in range(9)))

    assert [len(mark.label) for mark in timeline.marks] == [40] * 3 + [0] * 6
    assert all("fault: yyy" in mark.told for mark in timeline.marks)


def test_the_drawing_is_told_in_words() -> None:
    assert "1 client and 1 upstream exchanges, 1 faults" in drawn(cut_stream()).summary


@given(ROWS)
def test_everything_lies_within_the_drawing(rows: list[WireRow]) -> None:
    timeline = drawn(tuple(rows))

    places = [track.from_x for track in timeline.tracks] + [track.to_x for track in timeline.tracks]
    places += [mark.x for mark in timeline.marks] + [x for x, _ in timeline.axis]

    assert all(0 < x < WIDTH for x in places)
    heights = [track.y for track in timeline.tracks] + [mark.y for mark in timeline.marks]
    assert all(0 < y < timeline.height for y in heights)
    assert 2 <= len(timeline.axis) <= 12
