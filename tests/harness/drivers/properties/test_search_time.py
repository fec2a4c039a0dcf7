"""Lanes that come to a search one by one search together for as long as all of them at once would have."""

from __future__ import annotations

from math import inf
from pathlib import Path

import pytest

from harness.core.run.budget import Budget
from harness.drivers.properties.search_time import SearchTime
from harness.shell.target.targets import load
from tests.harness.drivers.properties.grounds import settings


class Clock:
    """A clock that is set by hand."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def searching(folder: Path, clock: Clock, *, lanes: int, profile: str = "quick", suite_s: float = inf) -> SearchTime:
    budget = Budget(total_s=suite_s, begun_s=clock.now_s)
    own = settings(load("reference"), folder, [], profile=profile, budget=budget)
    return SearchTime(settings=own, lanes=lanes, clock=clock)


def test_a_search_is_over_when_its_lanes_have_had_their_time_together(tmp_path: Path) -> None:
    clock = Clock()
    time = searching(tmp_path, clock, lanes=2)
    time.come()
    clock.now_s += 8
    time.come()

    assert time.lacks == 0
    assert time.ends_s() == 100 + 4 + 20  # the one has 24 s, the other 16 s
    assert time.searched_s == 8


def test_who_has_not_come_yet_is_taken_to_come_now(tmp_path: Path) -> None:
    clock = Clock()
    time = searching(tmp_path, clock, lanes=4)
    time.come()
    ends_s = [time.ends_s()]
    clock.now_s += 4
    ends_s.append(time.ends_s())

    assert time.lacks == 3
    assert ends_s == [120, 123]


def test_rows_leave_time_for_searches_unless_the_gate_is_not_met(tmp_path: Path) -> None:
    time = searching(tmp_path, Clock(), lanes=8)
    for _ in range(8):
        time.come()

    assert (time.pairs_until_s(), time.ends_s(), time.pairs_end_s()) == (106, 110, 120)
    assert time.words == "for 10 s"


@pytest.mark.parametrize(("suite_s", "ends_s", "cut_short"), [(100.0, 120, False), (20.0, 115, True)])
def test_a_search_ends_with_its_suites_time(suite_s: float, ends_s: float, cut_short: bool, tmp_path: Path) -> None:
    time = searching(tmp_path, Clock(), lanes=1, suite_s=suite_s)
    time.come()

    assert (time.ends_s(), time.is_cut_short) == (ends_s, cut_short)


def test_a_soak_searches_on(tmp_path: Path) -> None:
    time = searching(tmp_path, Clock(), lanes=4, profile="soak")

    assert time.ends_s() == inf
    assert (time.words, time.searched_s, time.is_cut_short) == ("on", 0.0, False)
