from __future__ import annotations

import pytest

from harness.core.load.judgement import Judged
from harness.core.load.windows import Arrived, over_time, saturation, windows
from tests.harness.core.load.loads import judged


def _load(ttft_s: list[float], *, ended: list[int]) -> list[Judged]:
    """Answers by second: `ended` of them end in each, with that time to the first token."""
    return [
        judged(f"0/{second}.{number}", at=second + 0.4, ttft_s=first_s)
        for second, (first_s, many) in enumerate(zip(ttft_s, ended, strict=True))
        for number in range(many)
    ]


def test_a_window_counts_what_begins_and_ends_in_it() -> None:
    found = windows([judged(at=10.9), judged(at=11.5, ending="reset")], start_s=10.0, duration_s=3.0)

    assert [(each.begun, each.ended, each.errors) for each in found] == [(1, 0, 0), (1, 2, 1), (0, 0, 0)]
    assert [each.streams for each in found] == [0, 1, 0]


def test_what_nothing_was_measured_of_is_unknown_and_not_0() -> None:
    curves = over_time(windows([judged(at=0.1, ttft_s=0.3)], start_s=0.0, duration_s=2.0))

    assert curves["ttft_p50_s"] == [0.3, None]
    assert curves["ttft_p95_s"] == [0.3, None]
    assert curves["ended_per_s"] == [1.0, 0.0]


@pytest.mark.parametrize(("duration_s", "number", "length_s"), [(0.5, 1, 1), (30, 30, 1), (900, 60, 15)])
def test_a_long_load_has_longer_windows_and_no_more_of_them(duration_s: float, number: int, length_s: float) -> None:
    found = windows([], start_s=0.0, duration_s=duration_s)

    assert (len(found), found[0].length_s) == (number, length_s)


def test_a_target_is_saturated_where_first_tokens_take_longer_and_no_more_answers_come() -> None:
    load = _load([0.1 * (n + 1) for n in range(12)], ended=[10] * 12)

    told = saturation(windows(load, start_s=0.0, duration_s=12.0))

    assert "grew from 0.250 s to 1.050 s" in told
    assert "10.0 and then 10.0 answers a second" in told


def test_a_target_is_saturated_where_many_more_streams_bring_few_more_answers() -> None:
    load = _load([0.1 * (n + 1) for n in range(12)], ended=[5] * 4 + [10] * 4 + [12] * 4)
    waiting = [judged(f"1/{n}", at=8.0, end_s=99.0, ttft_s=0.9) for n in range(40)]

    assert "answers a second" in saturation(windows([*load, *waiting], start_s=0.0, duration_s=12.0))
    assert saturation(windows(load, start_s=0.0, duration_s=12.0)) == ""


@pytest.mark.parametrize(
    ("ttft_s", "ended"),
    [
        ([0.1] * 12, [10] * 12),
        ([0.1 * (n + 1) for n in range(12)], [10 * (n + 1) for n in range(12)]),
        ([0.1, 0.9] * 6, [10] * 12),
        ([0.1 + 0.001 * n for n in range(12)], [10] * 12),
        ([0.1, 0.5, 1.0], [10, 10, 10]),
    ],
    ids=["steady", "more-answers-too", "up-and-down", "hardly-slower", "too-short"],
)
def test_a_load_that_shows_no_saturation_is_not_called_saturated(ttft_s: list[float], ended: list[int]) -> None:
    assert saturation(windows(_load(ttft_s, ended=ended), start_s=0.0, duration_s=float(len(ended)))) == ""


def test_arrivals_that_find_no_free_user_show_saturation() -> None:
    assert "90 of 100 were put" in saturation([], Arrived(due=100, put=90))
    assert saturation([], Arrived(due=100, put=99)) == ""
    assert saturation([], Arrived(due=5, put=1)) == ""
