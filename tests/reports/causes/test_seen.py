"""What a run saw is told by pairs of the cases that were judged."""

from __future__ import annotations

from harness.core.judging.claims import CLAIMS, with_absent_claims
from reports.causes.seen import Pair, seen
from reports.record import Level, Verdict
from scenarios.case import Case, Expect
from tests.reports.causes.samples import case, finding


def test_a_finding_is_a_pair_of_its_case_and_its_invariant() -> None:
    saw = seen([case("streaming.a", finding("no-loss"), finding("no-loss", "ask: again")), case("streaming.b")])

    assert saw.must == {Pair("streaming.a", "no-loss")}
    assert saw.judged == {"streaming.a", "streaming.b"}


def test_what_was_not_judged_says_nothing() -> None:
    saw = seen([case("streaming.a", finding("no-loss"), verdict=Verdict.INCONCLUSIVE)])

    assert (saw.must, saw.judged) == (frozenset(), frozenset())


def test_what_was_only_observed_is_left_out() -> None:
    saw = seen([case("streaming.a", finding("no-loss", level=Level.OBSERVE), verdict=Verdict.INFO)])

    assert not saw.must | saw.should


def test_a_pair_found_at_both_levels_counts_as_the_heavier() -> None:
    saw = seen([case("streaming.a", finding("no-loss", level=Level.SHOULD), finding("no-loss"))])

    assert (len(saw.must), len(saw.should)) == (1, 0)


def test_a_claim_that_is_kept_nowhere_is_a_case_of_its_own_as_the_harness_tells_it() -> None:
    known = {
        name: Case(
            id=name,
            promise="p",
            reference="r",
            focus=("retry-recovers",),
            needs=("retry",),
            expect=(Expect(step="ask", seen="answered", invariant="retry-recovers"),),
        )
        for name in ("retry.a", "retry.b")
    }
    told = with_absent_claims([case(name, finding("retry-recovers")) for name in known], cases=known)

    assert seen(told).must == {Pair("claims.retry", "retry-recovers")}


def test_the_harness_knows_no_claim_whose_name_would_be_missed() -> None:
    assert all(set(claim.key) <= set("abcdefghijklmnopqrstuvwxyz0123456789_.") for claim in CLAIMS)
