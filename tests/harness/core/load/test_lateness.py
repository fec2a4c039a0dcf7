from __future__ import annotations

import pytest

from harness.core.load.lateness import HostUse, Lateness, worth_telling


def test_a_harness_in_time_has_nothing_to_tell() -> None:
    assert Lateness(moments=((1.0, 0.05), (2.0, 0.1)), duration_s=10.0).told == ""


@pytest.mark.parametrize(
    "moments", [((5.0, 1.2),), tuple((0.1 * n, 0.05) for n in range(60))], ids=["one-standstill", "starved"]
)
def test_a_late_harness_blames_nobody(moments: tuple[tuple[float, float], ...]) -> None:
    assert "not enforced" in Lateness(moments=moments, duration_s=10.0).told


def test_time_lost_counts_for_each_clock() -> None:
    moments = ((1.0, 0.5), (1.0, 0.5))

    assert Lateness(moments=moments, duration_s=10.0, clocks=2).lost == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("idle", "strangers", "blames"),
    [(0.0, 0.5, False), (0.5, 0.5, True), (0.0, 0.05, True)],
    ids=["full", "room", "own"],
)
def test_a_machine_that_others_keep_busy_excuses_a_target(idle: float, strangers: float, *, blames: bool) -> None:
    use = HostUse(idle=idle, strangers=strangers)

    late = Lateness(moments=(), duration_s=10.0, host=use)

    assert (late.told == "", use.crowd == 0.0) == (blames, blames)


def test_a_stretch_of_time_is_spared_where_no_standstill_reaches_into_it() -> None:
    late = Lateness(moments=((5.0, 0.5), (9.0, 0.1)), duration_s=10.0)

    assert late.spared(5.1, 10.0)
    assert late.spared(0.0, 4.4)
    assert not late.spared(4.0, 4.6)
    assert not late.spared(4.9, 10.0)


def test_the_longest_standstills_are_told_in_order_of_time() -> None:
    moments = [(1.0, 0.2), (2.0, 0.01), (3.0, 0.5), (4.0, 0.3)]

    assert worth_telling(moments, 2) == ((3.0, 0.5), (4.0, 0.3))
