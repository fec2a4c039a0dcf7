from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from harness.core.load.lateness import Lateness
from harness.core.load.objectives import Objective
from harness.core.load.record import LoadPart
from harness.core.load.result import Outcome, section
from harness.core.load.verdict import verdict
from reports.record import Verdict
from tests.harness.core.load.loads import judged, outcome, report

FAULT = "http.status(code=500)"
LATE = Lateness(moments=((1.0, 5.0),), duration_s=10.0)
SLOW = judged(at=1.0, ttft_s=3.0)


def _met(of: Outcome) -> dict[str, Any]:
    return {row["objective"]: row["met"] for row in section(of)["objectives"]}


def test_a_load_without_an_answer_measured_nothing_and_met_nothing() -> None:
    nothing = outcome()

    told = section(nothing)

    assert verdict(nothing).verdict is Verdict.INCONCLUSIVE
    assert verdict(nothing).cause == "nothing was measured: no answer came in"
    assert set(_met(nothing).values()) == {None}
    assert told["error_rate"] is None
    assert told["goodput_per_s"] is None
    assert {row["p95"] for row in told["seconds"]} == {None}


def test_right_answers_pass_and_meet_the_objectives() -> None:
    fine = outcome(*(judged(f"0/{n}", at=float(n), e2e_s=0.15) for n in range(9)))

    assert verdict(fine).verdict is Verdict.PASS
    assert verdict(fine).saw.startswith("9 answers to 4 users in 8.2 s: 9 right, 0 left by their clients, 0 errors")
    assert set(_met(fine).values()) == {True}
    assert section(fine)["goodput_per_s"] == pytest.approx(9 / 8.2)


def test_an_objective_that_is_missed_says_so_unless_the_harness_was_late() -> None:
    assert _met(outcome(SLOW))["ttft_p95_s < 1"] is False
    assert _met(outcome(SLOW, lateness=LATE))["ttft_p95_s < 1"] is None


def test_errors_are_held_against_a_target_however_late_the_harness_was() -> None:
    assert _met(outcome(judged(ending="status 503"), lateness=LATE))["error_rate < 0.01"] is False


def test_an_answer_that_is_right_but_slow_is_throughput_and_no_goodput() -> None:
    told = section(outcome(judged(at=0.0), judged("0/1", at=0.8, in_time=False)))

    assert told["throughput_per_s"] == pytest.approx(2.0)
    assert told["goodput_per_s"] == pytest.approx(1.0)


def test_the_section_tells_errors_of_faults_apart_from_the_target_s_own() -> None:
    told = section(
        outcome(
            judged("0/0"),
            judged("0/1"),
            judged("0/2", ending="status 503", faults=(FAULT,), struck_s=0.1),
            judged("0/3", ending="reset"),
        )
    )

    assert (told["errors"], told["errors_by_faults"], told["errors_by_target"]) == (2, 1, 1)
    assert (told["error_rate"], told["own_error_rate"]) == (0.5, 0.25)


def test_clients_that_left_are_not_counted_among_those_who_waited() -> None:
    told = section(outcome(judged("0/0"), judged("0/1", ending="left"), judged("0/2", ending="reset")))

    assert told["error_rate"] == 0.5
    assert told["left_by_clients"] == 1


def test_the_section_is_the_sum_of_its_generators() -> None:
    first, second = report(judged().answer, judged().answer, number=0), report(judged().answer, number=1)
    whole = LoadPart()
    for each in (first, second):
        whole.merge(each.part)

    told = section(outcome(*(judged(f"0/{n}") for n in range(3)), part=whole, reports={0: first, 1: second}))

    assert told["answers"] == sum(row["answers"] for row in told["generators"]) == 3
    assert told["tokens"] == sum(row["tokens"] for row in told["generators"])
    assert told["seconds"][0]["samples"] == sum(row["ttfts"] for row in told["generators"])


def test_what_a_target_adds_can_be_an_objective() -> None:
    wanted = (Objective("added_ttft_s", "<", 0.02),)

    assert _met(outcome(judged(), objectives=wanted, added={"added_ttft_s": 0.01})) == {"added_ttft_s < 0.02": True}
    assert _met(outcome(judged(), objectives=wanted)) == {"added_ttft_s < 0.02": None}


def test_open_arrivals_that_fell_behind_are_told_unless_the_harness_was_late() -> None:
    behind = {0: report(judged().answer, due=100, put=50)}
    found = outcome(judged(), reports=behind)
    opened = replace(found, profile=replace(found.profile, arrivals="poisson"))

    assert "50 of 100" in section(opened)["saturation"]
    assert section(replace(opened, lateness=LATE))["saturation"] == "not seen"
    assert section(found)["saturation"] == "not seen"
