from __future__ import annotations

from random import Random

from harness.core.load.lateness import Lateness
from harness.core.load.overhead import added

IN_TIME = Lateness(moments=(), duration_s=10.0)
EVEN: list[tuple[float | None, float | None]] = [(0.001 * n, 0.001 * n + 0.01) for n in range(30)]


def test_what_is_added_is_told_with_its_interval() -> None:
    found = added(EVEN, EVEN, IN_TIME)

    assert found.cause == ""
    assert found.saw.startswith("ttft +10.00 ms (95 % sure between 10.00 and 10.00 ms); e2e")
    assert [row["pairs"] for row in found.rows] == [30, 30]
    assert abs((found.metrics["added_ttft_s"] or 0) - 0.01) < 1e-9


def test_a_noisy_host_is_told_of_and_gives_no_number_to_objectives() -> None:
    rng = Random(1)
    noisy: list[tuple[float | None, float | None]] = [(rng.uniform(0, 1), rng.uniform(0, 1)) for _ in range(30)]

    found = added(noisy, EVEN, IN_TIME)

    assert found.cause.startswith("too much noise on this host to measure it: ttft")
    assert set(found.metrics.values()) == {None}


def test_a_late_harness_tells_nothing() -> None:
    assert "harness itself was late" in added(EVEN, EVEN, Lateness(moments=((1.0, 3.0),), duration_s=10.0)).cause


def test_pairs_that_lack_a_time_are_left_out_and_too_few_tell_nothing() -> None:
    found = added([(None, 0.1)] * 30, EVEN, IN_TIME)

    assert found.cause == "only 0 pairs have a ttft; 20 are needed"
    assert found.rows[0]["added_s"] is None
    assert found.rows[0]["direct_s"] is None
