from __future__ import annotations

from collections.abc import Mapping

import pytest

from harness.core.run.stability import settle
from reports.record import CaseResult, Finding, Level, Verdict
from tests.reports.sample import case, cut_stream

PASS, FAIL, SOFT = Verdict.PASS, Verdict.FAIL, Verdict.NON_STRICT
DOUBT, BUG, SKIP = Verdict.INCONCLUSIVE, Verdict.HARNESS_ERROR, Verdict.NOT_APPLICABLE


def result(verdict: Verdict, *invariants: str, message: str = "") -> CaseResult:
    findings = tuple(Finding(invariant=name, level=Level.MUST, message=message) for name in invariants)
    return case("a.b", verdict, findings=findings, wire=cut_stream(), cause="why" if verdict is DOUBT else "")


def rounds(*verdicts: Verdict) -> list[Mapping[str, CaseResult]]:
    return [{"a.b": result(verdict)} for verdict in verdicts]


@pytest.mark.parametrize("verdict", Verdict)
def test_rounds_that_agree_stand_as_they_are(verdict: Verdict) -> None:
    settled, stability = settle(rounds(verdict, verdict, verdict))

    assert settled == {"a.b": result(verdict)}
    assert (stability.rounds, stability.cases) == (3, ())


@pytest.mark.parametrize("verdicts", [(PASS, FAIL, PASS), (SOFT, FAIL, FAIL), (PASS, DOUBT, SOFT), (PASS, BUG, PASS)])
def test_verdicts_that_differ_leave_the_case_inconclusive(verdicts: tuple[Verdict, ...]) -> None:
    settled, stability = settle(rounds(*verdicts))

    (unsteady,) = stability.cases
    assert settled["a.b"].verdict is DOUBT
    assert unsteady.differs == "verdict"
    assert unsteady.verdicts == verdicts


def test_an_inconclusive_case_names_the_rounds_of_each_verdict_and_how_to_repeat_them() -> None:
    settled, _ = settle(rounds(PASS, FAIL, PASS))

    assert "pass in rounds 1, 3; fail in round 2" in settled["a.b"].cause
    assert settled["a.b"].replay == f"{result(FAIL).replay} --repeat 3"


def test_the_first_round_with_each_verdict_is_kept_with_its_wire_log() -> None:
    _, stability = settle(rounds(PASS, PASS, FAIL, PASS, FAIL))

    sides = stability.cases[0].sides
    assert [(side.round, side.verdict) for side in sides] == [(1, PASS), (3, FAIL)]
    assert all(side.wire == cut_stream() for side in sides)


@pytest.mark.parametrize(("known", "stands"), [(PASS, DOUBT), (SOFT, DOUBT), (FAIL, FAIL)])
def test_a_round_that_was_not_judged_is_told_apart_and_the_worst_stands(known: Verdict, stands: Verdict) -> None:
    settled, stability = settle(rounds(known, DOUBT, known))

    (unsteady,) = stability.cases
    assert settled["a.b"].verdict is stands
    assert unsteady.differs == "judged"
    assert [(side.round, side.cause, side.wire) for side in unsteady.sides] == [(1, "", ()), (2, "why", ())]


def test_other_findings_under_one_verdict_are_told_and_change_nothing() -> None:
    settled, stability = settle([{"a.b": result(FAIL, "no-loss")}, {"a.b": result(FAIL, "no-loss", "order-kept")}])

    assert settled["a.b"].verdict is FAIL
    assert stability.cases[0].differs == "findings"
    assert [len(side.findings) for side in stability.cases[0].sides] == [1, 2]


def test_the_words_of_a_finding_may_differ() -> None:
    _, stability = settle([{"a.b": result(FAIL, "no-loss", message=f"after {n} ms")} for n in range(3)])

    assert stability.cases == ()


def test_verdicts_that_differ_are_told_first() -> None:
    one = {"a.a": result(PASS), "a.b": result(PASS), "a.c": result(SKIP)}
    other = {"a.a": result(DOUBT), "a.b": result(FAIL), "a.c": result(SKIP)}

    _, stability = settle([one, other])

    assert [(case.id, case.differs) for case in stability.cases] == [("a.b", "verdict"), ("a.a", "judged")]


def test_cases_keep_their_order() -> None:
    one = {name: case(name) for name in ("b.b", "a.a", "c.c")}

    assert list(settle([one, dict(reversed(one.items()))])[0]) == ["b.b", "a.a", "c.c"]
