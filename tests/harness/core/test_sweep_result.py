"""The parts of a sweep as one result."""

from __future__ import annotations

import pytest

from harness.core.result import unrun
from harness.core.sweep_result import sweep_result
from reports.record import Verdict
from scenarios.sweep import GOLDEN

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
    assert result.replay == ("all again" if expected is PASS else f"replay {decided_by}")
    assert result.cause == f"cause {decided_by}"
