from __future__ import annotations

from harness.core.load.chaos.outcome import Part, outcome, over_time
from harness.core.load.chaos.phases import Stretch, felt
from harness.core.load.chaos.verdict import phase
from tests.harness.core.load.chaos.answers import answer, call

ANSWERS = [
    answer(10.1, ttft_s=0.1),
    answer(10.7, ttft_s=0.3),
    answer(10.8, ending="status 503"),
    answer(11.9, broke="no-loss"),
    answer(99.0),
]
CALLS = [call(10.2, "tcp.reset"), call(10.3), call(11.6, "tcp.reset")]


def test_a_run_lies_on_one_axis_in_equal_windows() -> None:
    found = over_time(ANSWERS, CALLS, start_s=10.0, end_s=12.0)

    assert found == {
        "window_s": 0.5,
        "asked": [1, 2, 0, 1],
        "right": [1, 1, 0, 0],
        "failed": [0, 1, 0, 0],
        "wrong": [0, 0, 0, 1],
        "struck": [1, 0, 0, 1],
        "ttft_p50_s": [0.1, 0.3, None, None],
        "ttft_max_s": [0.1, 0.3, None, None],
    }


def test_a_long_run_has_longer_windows() -> None:
    found = over_time([], [], start_s=0.0, end_s=3600.0)

    assert (found["window_s"], len(found["asked"])) == (15.0, 240)


def test_a_run_is_told_in_a_section_on_the_runs_own_clock() -> None:
    stretch = Stretch(name="storm", start_s=10.0, end_s=12.0, injects=True)
    state = felt(stretch, ANSWERS, CALLS)
    part = Part(kind="phase", felt=state, found=phase(state, ANSWERS))

    found = outcome(
        [part], ANSWERS, CALLS, start_s=8.0, end_s=12.5, plan="ttl_s = 1\n", run="r1", stopped="", injects=True
    )

    (row,) = found.section["phases"]
    assert (row["name"], row["start_s"], row["end_s"], row["verdict"]) == ("storm", 2.0, 4.0, "fail")
    assert (found.section["asked"], found.section["wrong"], found.section["struck"]) == (5, 1, 2)
    assert found.section["faults"] == [{"phase": "storm", "fault": "tcp.reset", "struck": 2, "bypassed": 0}]
    assert len(found.section["plan_sha256"]) == 64
    assert found.has_failed
