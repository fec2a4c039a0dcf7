from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import pytest
from pydantic import JsonValue

from harness.core.run.baseline import Baseline
from harness.core.run.gate import HeldTo, exit_code, gated
from reports.record import CaseResult, Level, RunRecord, Target, Verdict

FAIL, SOFT, PASS, INFO = Verdict.FAIL, Verdict.NON_STRICT, Verdict.PASS, Verdict.INFO
NOT_APPLICABLE, INCONCLUSIVE, CRASHED = Verdict.NOT_APPLICABLE, Verdict.INCONCLUSIVE, Verdict.HARNESS_ERROR


def record(verdicts: Mapping[str, Verdict]) -> RunRecord:
    cases = [
        CaseResult(
            id=case_id, suite="s", family="f", level=Level.MUST, verdict=verdict, duration_s=0, promised="", saw=""
        )
        for case_id, verdict in verdicts.items()
    ]
    return RunRecord.of(
        edgeproof="0", seed=1, profile="quick", target=Target(name="t", url=""), duration_s=0,
        started_at="2026-11-21T00:00:00Z", cases=cases,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("verdicts", "fail_on", "code"),
    [
        ([PASS], "must", 0),
        ([PASS, INFO, NOT_APPLICABLE], "should", 0),
        ([PASS, SOFT], "must", 0),
        ([PASS, SOFT], "should", 1),
        ([PASS, FAIL], "must", 1),
        ([FAIL, CRASHED, INCONCLUSIVE], "must", 1),
        ([PASS, INCONCLUSIVE], "must", 3),
        ([PASS, CRASHED], "must", 3),
        ([SOFT, CRASHED], "must", 3),
        ([NOT_APPLICABLE], "must", 3),
        ([], "must", 3),
    ],
)
def test_a_broken_promise_outranks_a_doubt_and_a_doubt_a_pass(
    verdicts: list[Verdict], fail_on: Literal["must", "should"], code: int
) -> None:
    of = record({str(number): verdict for number, verdict in enumerate(verdicts)})

    assert exit_code(gated(of, HeldTo(fail_on=fail_on))) == code


@pytest.mark.parametrize(
    ("before", "now", "fail_on", "code"),
    [
        (FAIL, FAIL, "must", 0),
        (PASS, FAIL, "must", 1),
        (SOFT, FAIL, "must", 1),
        (SOFT, FAIL, "should", 1),
        (FAIL, SOFT, "should", 0),
        (SOFT, SOFT, "should", 0),
        (PASS, SOFT, "should", 1),
        (CRASHED, FAIL, "must", 1),
        (FAIL, INCONCLUSIVE, "must", 3),
    ],
)
def test_what_failed_as_badly_before_does_not_count(
    before: Verdict, now: Verdict, fail_on: Literal["must", "should"], code: int
) -> None:
    held_to = HeldTo(fail_on=fail_on, baseline=Baseline.of(record({"a": before})))

    assert exit_code(gated(record({"a": now}), held_to)) == code


def test_unless_told_otherwise_only_a_broken_must_fails_a_run() -> None:
    assert exit_code(record({"a": PASS, "b": SOFT})) == 0


def test_a_case_that_the_baseline_does_not_know_counts() -> None:
    assert exit_code(gated(record({"new": FAIL}), HeldTo(baseline=Baseline.of(record({"old": FAIL}))))) == 1


@pytest.mark.parametrize(
    ("verdicts", "part", "code"),
    [
        ([PASS], {"fail_under": 80, "met": True}, 0),
        ([PASS], {"fail_under": 80, "met": False}, 4),
        ([PASS], {"fail_under": 80, "met": None}, 3),
        ([PASS], {"fail_under": 80, "met": "yes"}, 3),
        ([PASS], {"fail_under": 80}, 3),
        ([PASS], {"met": False}, 0),
        ([PASS], {"fail_under": None, "met": None}, 0),
        ([PASS, INCONCLUSIVE], {"fail_under": 80, "met": False}, 3),
        ([PASS, FAIL], {"fail_under": 80, "met": False}, 1),
    ],
)
def test_a_missed_gate_is_worse_than_a_pass_and_better_than_a_doubt(
    verdicts: list[Verdict], part: dict[str, JsonValue], code: int
) -> None:
    found = record({str(number): verdict for number, verdict in enumerate(verdicts)})

    assert exit_code(found.model_copy(update={"coverage": {"target": part}})) == code
    assert exit_code(found.model_copy(update={"load": {"objectives": part, "requests": 7}})) == code


@pytest.mark.parametrize(
    ("verdicts", "met", "code"),
    [
        ([PASS], [True, True], 0),
        ([PASS], [True, False], 4),
        ([PASS], [True, None], 3),
        ([PASS], [], 0),
        ([INCONCLUSIVE], [False], 3),
        ([FAIL], [False, None], 1),
    ],
)
def test_every_objective_of_a_load_is_a_gate(verdicts: list[Verdict], met: list[bool | None], code: int) -> None:
    found = record({str(number): verdict for number, verdict in enumerate(verdicts)})
    objectives: JsonValue = [{"objective": "ttft_p95_s < 1", "met": each} for each in met]

    assert exit_code(found.model_copy(update={"load": {"objectives": objectives}})) == code
