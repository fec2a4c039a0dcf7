"""After a change of cases only what changed is played again, and the rest of a signature stays."""

from __future__ import annotations

import pytest

from harness.core.judging.result import unrun
from reports.record import CaseResult, Finding, Level, Verdict
from scenarios.case import Case
from scenarios.index import ALL
from tests.signatures.kept import Kept, made_of
from tests.signatures.subjects import Subject, case_digests, right_ones, wrong_ones

SUBJECT = next(iter(wrong_ones().values()))
FIRST, SECOND = ALL[:2]


def result(case: Case, *broken: str, verdict: Verdict = Verdict.FAIL) -> CaseResult:
    findings = tuple(Finding(invariant=each, level=Level.MUST, message="ask: broken") for each in broken)
    verdict = verdict if broken else Verdict.PASS
    return unrun(case, verdict, "").model_copy(update={"findings": findings})


def whole(**broken: str) -> list[CaseResult]:
    """Results of every case; a few broke something."""
    named = {case.id: name for case, name in zip(ALL, broken.values(), strict=False)}
    return [result(case, *([named[case.id]] if case.id in named else [])) for case in ALL]


@pytest.fixture
def kept() -> Kept:
    found = Kept(cases=case_digests())
    found.add(SUBJECT, whole(first="no-loss", second="no-leak"))
    return found


def with_other(kept: Kept, case: Case) -> Kept:
    """The file as it was made when a case was another one."""
    kept.cases = {**case_digests(), case.id: "another"}
    kept.wrong[SUBJECT.id]["made_of"] = made_of(SUBJECT, kept.cases)
    return kept


def test_a_fresh_signature_needs_nothing(kept: Kept) -> None:
    assert kept.needed(SUBJECT) == ()


def test_a_proxy_that_is_not_known_is_played_over_every_case(kept: Kept) -> None:
    kept.drop(SUBJECT)

    assert kept.needed(SUBJECT) == ALL


def test_a_case_that_changed_is_the_only_one_to_be_played(kept: Kept) -> None:
    assert kept.needed(SUBJECT) == ()
    assert with_other(kept, SECOND).needed(SUBJECT) == (SECOND,)


def test_what_was_seen_in_the_other_cases_stays(kept: Kept) -> None:
    with_other(kept, SECOND).add(SUBJECT, [result(SECOND, "no-invention")])

    row = kept.wrong[SUBJECT.id]
    assert row["must"] == {"no-loss": [FIRST.id], "no-invention": [SECOND.id]}
    assert [name.rpartition("-")[0] for name in row["problems"]] == ["no-invention", "no-loss"]
    assert kept.needed(SUBJECT) == ()


def test_a_case_that_is_not_judged_any_more_says_nothing(kept: Kept) -> None:
    with_other(kept, SECOND).add(SUBJECT, [unrun(SECOND, Verdict.INCONCLUSIVE, "late")])

    assert kept.wrong[SUBJECT.id]["not_judged"] == [SECOND.id]
    assert kept.wrong[SUBJECT.id]["must"] == {"no-loss": [FIRST.id]}


def test_a_claim_that_may_be_absent_is_looked_at_with_every_case(kept: Kept) -> None:
    absent = result(SECOND, "no-loss").model_copy(update={"id": "claims.streaming"})

    assert with_other(kept, SECOND).add(SUBJECT, [absent]) is None
    assert kept.needed(SUBJECT) == ALL


def test_a_proxy_that_changed_is_played_over_every_case(kept: Kept) -> None:
    other = Subject(id=SUBJECT.id, base=SUBJECT.base, target=SUBJECT.target, made_of="another")

    assert kept.needed(other) == ALL


def test_a_case_that_has_gone_is_forgotten_without_playing(kept: Kept) -> None:
    kept.cases = {**case_digests(), "streaming.gone": "digest"}
    row = kept.wrong[SUBJECT.id]
    row["made_of"] = made_of(SUBJECT, kept.cases)
    row["must"] = {**row["must"], "cadence": ["streaming.gone"]}

    kept.forget_others([*right_ones().values(), *wrong_ones().values()])

    assert kept.needed(SUBJECT) == ()
    assert "cadence" not in kept.wrong[SUBJECT.id]["must"]
