from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from reports.chaos import Drawing, draw

SECTION: dict[str, Any] = {
    "asked": 6,
    "struck": 2,
    "wrong": 1,
    "phases": [
        {"name": "steady state", "start_s": 0.0, "end_s": 2.0, "injects": False, "asked": 2, "verdict": "pass"},
        {"name": "storm", "start_s": 2.0, "end_s": 4.0, "injects": True, "asked": 4, "verdict": "fail"},
        {"name": "a name that has no room", "start_s": 4.0, "end_s": 4.2, "injects": False, "verdict": "pass"},
    ],
    "over_time": {
        "window_s": 1.0,
        "right": [1, 1, 0, 1, 0],
        "failed": [0, 0, 1, 0, 0],
        "wrong": [0, 0, 0, 1, 0],
        "struck": [0, 0, 2, 0, 0],
        "ttft_p50_s": [0.1, 0.1, None, 0.4, None],
        "ttft_max_s": [0.1, 0.2, None, 0.8, None],
    },
}


def drawn() -> Drawing:
    found = draw(SECTION)
    assert found is not None
    return found


def test_phases_lie_where_their_time_is_and_say_which_inject() -> None:
    steady, storm, narrow = drawn().bands

    assert steady.x == drawn().left
    assert storm.x == pytest.approx(steady.x + steady.width)
    assert (steady.injects, storm.injects, storm.verdict) == (False, True, "fail")
    assert (storm.label, narrow.label) == ("storm", "")


def test_what_struck_stands_above_what_was_felt_at_the_same_place() -> None:
    struck, answers, first = drawn().lanes

    (hit,) = struck.bars
    failed = next(bar for bar in answers.bars if bar.kind == "failed")
    assert hit.x == failed.x
    assert hit.told == "2 struck at 2 s"
    assert struck.base < answers.base < first.base


def test_answers_are_stacked_by_what_became_of_them() -> None:
    _, answers, _ = drawn().lanes

    last = [bar for bar in answers.bars if bar.told.endswith("at 3 s")]
    assert [bar.kind for bar in last] == ["right", "wrong"]
    assert last[1].y + last[1].height == pytest.approx(last[0].y)


def test_where_nothing_was_measured_the_curve_has_a_gap_and_no_zero() -> None:
    *_, first = drawn().lanes

    assert [len(line.split()) for line in first.lines] == [3, 3]


@pytest.mark.parametrize(
    "section", [{}, {"phases": []}, {"phases": [], "over_time": {}}, {"phases": 1, "over_time": 2}]
)
def test_a_record_without_a_run_draws_nothing(section: dict[str, Any]) -> None:
    assert draw(section) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=True) | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(name=st.sampled_from([*SECTION["over_time"], "phases", "over_time"]), value=json_values)
def test_a_damaged_record_is_drawn_or_not_and_never_breaks(name: str, value: Any) -> None:  # noqa: ANN401 - any JSON
    damaged = {**SECTION, "over_time": {**SECTION["over_time"]}}
    if name in SECTION["over_time"]:
        damaged["over_time"][name] = value
    else:
        damaged[name] = value

    draw(damaged)
