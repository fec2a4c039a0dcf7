"""A claim that is kept nowhere is told once; one that was kept once is judged case by case."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core.judging.claims import CLAIMS, Claim, with_absent_claims
from reports.record import CaseResult, Finding, Level, Verdict
from scenarios.case import Case, Expect, Seen, Step, Upstream
from scenarios.index import ALL

FAILED = {Level.MUST: Verdict.FAIL, Level.SHOULD: Verdict.NON_STRICT}


def case(name: str, *expect: tuple[Seen, str], needs: tuple[str, ...] = (), steps: int = 1, surface: str = "") -> Case:
    """Build a case that needs a claim and expects something for an invariant."""
    return Case(
        id=name,
        promise="p",
        reference="r",
        focus=("no-loss",),
        needs=needs,
        steps=(Step(times=steps),),
        expect=tuple(Expect(step="ask", seen=seen, invariant=invariant) for seen, invariant in expect),
        upstream=(Upstream(faults=(), surface=surface),) if surface else (),
    )


ONE = case("retry.one", ("answered", "retry-recovers"), needs=("retry.statuses.500",), steps=2)
TWO = case("retry.two", ("answered", "retry-recovers"), needs=("retry",))
BOUNDED = case("retry.bounded", ("answered", "retry-bounded"), needs=("retry",))
PLAIN = case("errors.plain", ("failed", "status-mapped"))
OPENS = case("breaker.opens", ("not-asked-upstream", "breaker-opens"), needs=("circuit_breaker",))
EAGER = case("breaker.eager", ("answered", "breaker-opens"), needs=("circuit_breaker",))
HIT = case("cache.hit", ("not-asked-upstream", "cache-hit-equal"), ("answered", "cache-hit-equal"), needs=("cache",))
STREAM = case("cache.stream", ("not-asked-upstream", "cache-hit-equal"), needs=("cache.streams",))
STORED = case("kv.stored", ("not-asked-upstream", "cache-hit-equal"), needs=("kv", "cache"))
STRUCK = case("kv.struck", ("answered", "kv-down-survived"), needs=("kv", "cache"), surface="kv.get")


def result(of: Case, *broken: str, level: Level = Level.MUST, verdict: Verdict | None = None) -> CaseResult:
    """Build what a case came to: the invariants it found broken, or a verdict of its own."""
    findings = tuple(Finding(invariant=each, level=level, message=f"ask: {each} is broken") for each in broken)
    told = verdict or (FAILED[level] if broken else Verdict.PASS)
    return CaseResult(
        id=of.id,
        suite="conformance",
        level=Level.MUST,
        verdict=told,
        duration_s=0,
        promised="p",
        saw="s",
        findings=findings,
        cause="never struck" if told is Verdict.INCONCLUSIVE else "",
    )  # type: ignore[call-arg]  # the family follows from the id


def told(*results: CaseResult) -> dict[str, CaseResult]:
    """Return what is told of these results, by the id of the case; their order must be kept."""
    every = [ONE, TWO, BOUNDED, PLAIN, OPENS, EAGER, HIT, STREAM, STORED, STRUCK]
    new = with_absent_claims(results, cases={each.id: each for each in every})
    assert [each.id for each in new] == [each.id for each in results]
    return {each.id: each for each in new}


def verdicts(*results: CaseResult) -> dict[str, Verdict]:
    return {name: each.verdict for name, each in told(*results).items()}


def test_a_claim_that_is_kept_nowhere_is_one_finding_that_names_what_it_stands_for() -> None:
    new = told(result(ONE, "retry-recovers"), result(TWO, "retry-recovers"), result(PLAIN, "retry-recovers"))

    (finding,) = new["retry.two"].findings
    assert new["retry.two"].verdict is Verdict.FAIL
    assert (finding.invariant, finding.level) == ("retry-recovers", Level.MUST)
    assert finding.message.startswith("claimed, but absent: ")
    assert all(name in finding.message for name in ("errors.plain", "retry.one"))
    assert finding.evidence == ("ask: retry-recovers is broken",)
    for name in ("errors.plain", "retry.one"):
        assert (new[name].verdict, new[name].findings) == (Verdict.INCONCLUSIVE, ())
        assert new[name].cause == "claimed, but absent: retry, which retry.two tells"


def test_a_claim_that_was_kept_once_is_judged_case_by_case() -> None:
    results = [result(ONE), result(TWO, "retry-recovers"), result(PLAIN, "retry-recovers")]

    assert list(told(*results).values()) == results


def test_what_one_case_shows_is_told_as_it_is() -> None:
    results = [result(TWO, "retry-recovers"), result(PLAIN)]

    assert list(told(*results).values()) == results


def test_what_a_case_found_besides_stays_with_it() -> None:
    new = told(
        result(ONE, "retry-recovers"),
        result(PLAIN, "retry-recovers", "status-mapped"),
        result(TWO, "retry-recovers"),
    )

    assert new["errors.plain"].verdict is Verdict.FAIL
    assert [each.invariant for each in new["errors.plain"].findings] == ["status-mapped"]


@pytest.mark.parametrize(("of", "verdict"), [(PLAIN, Verdict.NON_STRICT), (ONE, Verdict.INCONCLUSIVE)])
def test_a_slight_breach_is_a_verdict_only_of_a_case_that_does_not_need_the_claim(of: Case, verdict: Verdict) -> None:
    slight = Finding(invariant="error-shape", level=Level.SHOULD, message="ask: odd")
    mixed = result(of, "retry-recovers").model_copy(
        update={"findings": (*result(of, "retry-recovers").findings, slight)}
    )

    new = told(result(TWO, "retry-recovers"), mixed)[of.id]

    assert (new.verdict, new.findings) == (verdict, (slight,))


def test_a_case_disappointed_in_another_way_for_want_of_the_claim_is_not_judged() -> None:
    found = verdicts(result(TWO, "retry-recovers"), result(BOUNDED, "retry-bounded"))

    assert found == {"retry.two": Verdict.FAIL, "retry.bounded": Verdict.INCONCLUSIVE}


def test_a_breaker_that_opens_too_soon_is_not_absent_for_that() -> None:
    eager = [result(OPENS, "breaker-opens"), result(EAGER, "breaker-opens")]
    nowhere = [*eager, result(PLAIN, "breaker-opens")]

    assert list(told(*eager).values()) == eager
    assert verdicts(*nowhere) == {
        "breaker.opens": Verdict.FAIL,
        "breaker.eager": Verdict.FAIL,
        "errors.plain": Verdict.INCONCLUSIVE,
    }


def test_what_belongs_to_an_absent_claim_is_not_told_as_another() -> None:
    new = told(
        result(HIT, "cache-hit-equal"),
        result(STREAM, "cache-hit-equal"),
        result(STORED, "cache-hit-equal"),
        result(STRUCK, verdict=Verdict.INCONCLUSIVE),
    )

    assert [each.verdict for each in new.values()] == [Verdict.FAIL, *[Verdict.INCONCLUSIVE] * 3]
    assert new["kv.struck"].cause == "claimed, but absent: cache, which cache.hit tells"


def test_a_store_that_was_asked_is_there() -> None:
    absent = [result(HIT), result(STORED, "cache-hit-equal"), result(STRUCK, verdict=Verdict.INCONCLUSIVE)]
    asked = [result(HIT), result(STORED, "cache-hit-equal"), result(STRUCK)]

    assert verdicts(*absent)["kv.struck"] is Verdict.INCONCLUSIVE
    assert told(*absent)["kv.stored"].findings[0].message.startswith("claimed, but absent: ")
    assert list(told(*asked).values()) == asked


def test_what_a_search_found_counts_for_a_claim_that_is_its_invariants_own() -> None:
    found = replace(PLAIN, id="no-case.0123456789")

    new = told(result(TWO, "retry-recovers"), result(found, "retry-recovers"))

    assert new["no-case.0123456789"].verdict is Verdict.INCONCLUSIVE


def test_a_breach_that_is_light_everywhere_stays_light() -> None:
    new = told(result(ONE, "retry-recovers", level=Level.SHOULD), result(TWO, "retry-recovers", level=Level.SHOULD))

    assert new["retry.two"].verdict is Verdict.NON_STRICT


@pytest.mark.parametrize("claim", CLAIMS, ids=[claim.key for claim in CLAIMS])
def test_a_case_shows_each_claim_kept(claim: Claim) -> None:
    assert any(claim.is_shown_by(each) for each in ALL)
