"""What a run has not judged, summed up by reason."""

from __future__ import annotations

from reports.left_out import left_out
from reports.record import CaseResult, Level, Verdict


def result(name: str, verdict: Verdict, cause: str = "", suite: str = "conformance") -> CaseResult:
    return CaseResult(
        id=f"{suite}.{name}", suite=suite, family="f", level=Level.MUST, verdict=verdict, duration_s=0.0,
        promised="", saw="", cause=cause,
    )  # fmt: skip


def test_each_reason_is_one_row_with_the_commonest_first() -> None:
    rows = left_out(
        [
            result("a", Verdict.INCONCLUSIVE, "no time"),
            *(result(name, Verdict.INCONCLUSIVE, "it hangs") for name in "bcde"),
            result("g", Verdict.INCONCLUSIVE, "no time", suite="leaks"),
        ]
    )

    assert rows == [
        {
            "suite": "conformance",
            "cases": 4,
            "why": "it hangs",
            "such_as": "conformance.b, conformance.c, conformance.d",
        },
        {"suite": "conformance", "cases": 1, "why": "no time", "such_as": "conformance.a"},
        {"suite": "leaks", "cases": 1, "why": "no time", "such_as": "leaks.g"},
    ]


def test_what_was_judged_or_does_not_apply_is_not_left_out() -> None:
    assert left_out([result("a", verdict) for verdict in Verdict if verdict is not Verdict.INCONCLUSIVE]) == []
