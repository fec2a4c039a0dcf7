"""The parts of a sweep as one result."""

from __future__ import annotations

import pytest

from harness.core.judging.result import unrun
from harness.core.run.sweep_result import sweep_result
from reports.record import CaseResult, Verdict, WireRow
from scenarios.searching.sweep import GOLDEN

PASS, FAIL, UNSURE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE
TEXT = GOLDEN[0]


@pytest.mark.parametrize(
    ("verdicts", "expected", "decided_by"),
    [
        ((PASS, PASS, PASS), PASS, 0),
        ((PASS, FAIL, FAIL), FAIL, 1),
        ((UNSURE, FAIL, PASS), FAIL, 1),
        ((PASS, PASS, UNSURE), UNSURE, 2),
    ],
)
def test_the_first_part_of_the_worst_verdict_tells(
    verdicts: tuple[Verdict, ...], expected: Verdict, decided_by: int
) -> None:
    cases = list(TEXT.cases())
    parts = [
        unrun(case, verdict, f"cause {number}", replay=f"replay {number}")
        for number, (case, verdict) in enumerate(zip(cases, verdicts, strict=False))
    ]

    result = sweep_result(TEXT, parts, suite="properties", replay="all again")

    assert (result.id, result.suite, result.family, result.verdict) == ("sweep.text", "properties", "sweep", expected)
    assert (result.title, result.promised) == (TEXT.whole.promise, TEXT.whole.promise)
    assert result.replay == ("all again" if expected is PASS else f"replay {decided_by}")
    assert result.cause == f"cause {decided_by}"


def _part(verdict: Verdict, number: int) -> CaseResult:
    part = unrun(list(TEXT.cases())[number], verdict, "", replay=f"replay {number}")
    row = WireRow(at_s=0.0, lane="client", exchange=1, kind="request", label="GET /")
    seen = {"saw": f"saw {number}", "curl": f"curl {number}", "wire": (row,), "duration_s": 0.1234}
    return part.model_copy(update=seen)


def test_a_sweep_that_passed_shows_no_single_cut() -> None:
    result = sweep_result(TEXT, [_part(PASS, 0), _part(PASS, 1)], suite="properties", replay="all again")

    assert result.saw == f"{TEXT.length_bytes} ways to cut the stream, and the same was read each time"
    assert (result.curl, result.wire, result.duration_s) == ("", (), 0.247)


def test_a_sweep_that_failed_shows_the_first_cut_and_how_many_more() -> None:
    parts = [_part(PASS, 0), _part(FAIL, 1), _part(FAIL, 2)]

    result = sweep_result(TEXT, parts, suite="properties", replay="all again")

    assert result.saw == f"2 of 3 parts of {TEXT.length_bytes} ways to cut the stream; first saw 1"
    assert (result.curl, result.wire, result.replay) == ("curl 1", parts[1].wire, "replay 1")
