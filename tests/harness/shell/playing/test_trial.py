"""A verdict is doubted where the harness's own lateness may have made it, and nowhere else."""

from __future__ import annotations

import pytest

from harness.core.judging.result import unrun
from harness.shell.playing.trial import TOO_LATE_S, Tried
from reports.record import Finding, Level, Verdict
from scenarios.case import Step
from scenarios.case_file import found_case


def tried(verdict: Verdict, *invariants: str, late_s: float = TOO_LATE_S) -> Tried:
    findings = tuple(Finding(invariant=each, level=Level.MUST, message="request: broken") for each in invariants)
    result = unrun(found_case("pairs.one", [Step()]), verdict, "")
    return Tried(result=result.model_copy(update={"findings": findings}), view=None, late_s=late_s)


@pytest.mark.parametrize(
    "late",
    [
        tried(Verdict.INCONCLUSIVE),
        tried(Verdict.FAIL),
        tried(Verdict.FAIL, "ends-in-time"),
        tried(Verdict.FAIL, "valid-framing", "ends-in-time"),
        tried(Verdict.NON_STRICT, "cadence"),
        tried(Verdict.FAIL, "a-model-of-ours"),
    ],
)
def test_what_a_standstill_can_make_is_doubted(late: Tried) -> None:
    assert late.is_doubtful


@pytest.mark.parametrize("invariant", ["valid-framing", "no-duplication", "backpressure"])
def test_bytes_that_no_standstill_can_make_are_believed(invariant: str) -> None:
    assert not tried(Verdict.FAIL, invariant).is_doubtful


def test_a_pass_and_a_punctual_verdict_are_believed() -> None:
    assert not tried(Verdict.PASS).is_doubtful
    assert not tried(Verdict.FAIL, "ends-in-time", late_s=TOO_LATE_S / 2).is_doubtful
