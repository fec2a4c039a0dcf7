"""A run is compared with a signature only by what both have judged, and rare findings weigh more."""

from __future__ import annotations

import pytest

from reports.causes.likeness import Scales, compare
from reports.causes.seen import Pair
from tests.reports.causes.samples import CASES, pairs, signature

RARE = signature("rare", pairs("a"))
SCALES = Scales(signatures=(RARE, *(signature(f"common-{at}", pairs("bc")) for at in range(9))))


def test_what_few_signatures_hold_weighs_more() -> None:
    assert SCALES.weigh(pairs("a")) > SCALES.weigh(pairs("b")) > 0


def test_what_no_signature_holds_weighs_most() -> None:
    assert SCALES.weigh(pairs("j")) > SCALES.weigh(pairs("a"))


def test_the_same_pairs_score_one() -> None:
    assert compare(pairs("bc"), CASES, signature("one", pairs("bc"))).score(SCALES) == pytest.approx(1)


def test_the_same_invariant_in_another_case_of_the_family_scores_a_little_and_in_another_family_less() -> None:
    elsewhere = frozenset({Pair("json.a", "no-loss")})

    near = compare(pairs("bc"), CASES, signature("one", pairs("de"))).score(SCALES)
    far = compare(elsewhere, CASES | {"json.a"}, signature("one", pairs("de"), judged=CASES | {"json.a"})).score(SCALES)

    assert 0 < far < near < 0.5


def test_another_invariant_scores_nothing() -> None:
    assert compare(pairs("b", "no-invention"), CASES, signature("one", pairs("b"))).score(SCALES) == 0


def test_nothing_seen_and_nothing_expected_scores_nothing() -> None:
    assert compare(frozenset(), CASES, signature("one", frozenset())).score(SCALES) == 0


def test_what_was_found_besides_lowers_the_score() -> None:
    assert compare(pairs("bcd"), CASES, signature("one", pairs("bc"))).score(SCALES) < 1


def test_a_case_that_the_run_did_not_judge_is_not_missed() -> None:
    likeness = compare(pairs("b"), CASES - {"streaming.c"}, signature("one", pairs("bc")))

    assert likeness.score(SCALES) == pytest.approx(1)


def test_a_case_that_was_not_judged_for_the_signature_is_not_held_against_it() -> None:
    known = signature("one", pairs("b"), judged=CASES - {"streaming.c"})

    assert compare(pairs("bc"), CASES, known).score(SCALES) == pytest.approx(1)


def test_a_claim_kept_nowhere_is_compared_although_it_is_no_case() -> None:
    absent = frozenset({Pair("claims.retry", "retry-recovers")})

    assert absent <= compare(absent, CASES, signature("one", absent)).both
