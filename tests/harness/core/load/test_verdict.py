from __future__ import annotations

from typing import Any

import pytest

from harness.core.load.verdict import verdict
from reports.record import Finding, Level, Verdict
from tests.harness.core.load.loads import judged, outcome, report

LOSS = Finding(invariant="no-loss", level=Level.MUST, message="lost")


def test_a_broken_promise_fails_a_load_whatever_else_is_wrong_with_it() -> None:
    found = verdict(outcome(judged(findings=(LOSS,)), trouble="it was stopped", lost=3))

    assert found.verdict is Verdict.FAIL
    assert [finding.invariant for finding in found.findings] == ["no-loss"]


def test_a_should_that_was_broken_is_non_strict() -> None:
    soft = LOSS.model_copy(update={"level": Level.SHOULD})

    assert verdict(outcome(judged(findings=(soft,)))).verdict is Verdict.NON_STRICT


@pytest.mark.parametrize(
    ("more", "cause"),
    [
        ({"trouble": "it was stopped"}, "it was stopped"),
        ({"lost": 2}, "2 of 1 answers were lost"),
        ({"reports": {3: report(number=3, final=False)}}, "load generator 3 went silent"),
        ({"reports": {0: report(judged().answer, put=3)}}, "2 requests did not finish in their load generators"),
        ({"unjudged": 4}, "4 answers could not be judged"),
        ({"generators": 2}, "only 1 of 2 load generators ever reported"),
        ({"plan_rules": 1}, "no fault of the plan ever struck"),
    ],
    ids=["trouble", "lost", "silent", "cut-off", "unjudged", "missing", "no-fault"],
)
def test_a_load_that_shows_too_little_is_inconclusive(more: dict[str, Any], cause: str) -> None:
    found = verdict(outcome(judged(), **more))

    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.cause.startswith(cause)


def test_a_crashed_check_is_a_harness_error() -> None:
    assert verdict(outcome(judged(crash="oh"))).verdict is Verdict.HARNESS_ERROR
