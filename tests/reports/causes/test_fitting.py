"""A mistake is named only where the target can make it, by what it claims or by what was found."""

from __future__ import annotations

from dataclasses import fields
from fnmatch import fnmatch

import pytest

from harness.core.judging.invariants import ALL as INVARIANTS
from harness.core.target.claims import Capabilities
from reports.causes import causes
from reports.causes.cover import Library
from reports.causes.fitting import SHOWN_BY, fitting
from reports.causes.mistakes import ALL, MADE_BY, Mistake
from reports.causes.seen import Pair
from reports.causes.signatures import known
from reports.record import RunRecord, Target, Verdict
from scenarios.case import Case
from scenarios.index import BY_ID
from scenarios.mutants import ALL as MUTANTS
from tests.reports.causes.samples import case, finding

LIBRARY = Library(signatures=known().signatures, made_by=MADE_BY)
JSON_INSTEAD = [
    Pair("streaming.json-instead", invariant) for invariant in ("no-loss", "no-laundering", "tool-calls-intact")
]
"""What proxies without a cache have shown, and what one with a cache that loses tool calls shows as well."""
NAMED = {name for mistake in ALL for name in mistake.presupposes}
_CASES = {mutant.id: mutant.cases for mutant in MUTANTS if mutant.target == "reference"}


def _target(*claims: str, file: str = "edgeproof.toml") -> Target:
    return Target(name="t", url="http://127.0.0.1", file=file, capabilities=dict.fromkeys(claims, True))


def _possible(target: Target, *found: Pair) -> set[str]:
    return {MADE_BY[each.id].id for each in fitting(LIBRARY, target, found).signatures}


def _needs(one: Case) -> set[str]:
    return {need.partition(".")[0] for need in one.needs}


def test_a_target_without_a_cache_makes_no_mistake_of_caches() -> None:
    impossible = {each.id for each in ALL if each.presupposes} & _possible(_target("streaming"))

    assert impossible == set()
    assert "parses-events-by-hand" in _possible(_target("streaming"))


def test_a_claim_makes_the_mistakes_possible_that_presuppose_it() -> None:
    possible = _possible(_target("streaming", "cache"))

    assert "keeps-parts-of-answers" in possible
    assert not {"trusts-workers-kv", "retries-too-often", "keeps-other-turns"} & possible


def test_one_of_several_claims_is_enough() -> None:
    assert "spends-the-request" in _possible(_target("retry"))
    assert "spends-the-request" in _possible(_target("fallback_model"))


def test_what_a_target_does_without_claiming_it_is_possible() -> None:
    assert "retries-too-often" in _possible(_target("streaming"), Pair("retry.bounded", "retry-bounded"))


def test_everything_is_possible_where_nobody_says_what_is_claimed() -> None:
    assert _possible(_target(file="")) == {MADE_BY[each.id].id for each in LIBRARY.signatures}


def _record(target: Target) -> RunRecord:
    """A run that saw nothing wrong but what a Worker without a cache showed, in every case that needs no claim."""
    (name,) = {each.case for each in JSON_INSTEAD}
    clean = [case(each, verdict=Verdict.PASS) for each, known in BY_ID.items() if not known.needs and each != name]
    return RunRecord.of(
        edgeproof="0",
        seed=1,
        profile="quick",
        target=target,
        started_at="2026-01-01T00:00:00Z",
        duration_s=1.0,
        cases=[case(name, *(finding(each.invariant) for each in JSON_INSTEAD)), *clean],
    )


def test_what_caches_show_as_well_names_no_mistake_of_caches_where_there_is_none() -> None:
    unsaid, without, claimed = (
        {each.id for each in causes(_record(target))}
        for target in (_target(file=""), _target("streaming"), _target("streaming", "cache"))
    )

    assert "keeps-parts-of-answers" in unsaid & claimed
    assert without
    assert not any(mistake.presupposes for mistake in ALL if mistake.id in without)


def test_what_is_presupposed_can_be_claimed() -> None:
    assert {*SHOWN_BY} | NAMED <= {each.name for each in fields(Capabilities)}


def test_what_shows_a_capability_is_an_invariant() -> None:
    assert set().union(*SHOWN_BY.values()) <= {*INVARIANTS}


@pytest.mark.parametrize("mistake", ALL, ids=lambda mistake: mistake.id)
def test_a_mistake_presupposes_what_every_case_needs_that_shows_it(mistake: Mistake) -> None:
    shown_by = [BY_ID[name] for name in mistake.best]
    made_in = [
        one
        for name in mistake.made_by
        for pattern in _CASES.get(name.removeprefix("mutant:"), ())
        for one in BY_ID.values()
        if fnmatch(one.id, pattern)
    ]

    if mistake.presupposes:
        assert all(_needs(one) & {*mistake.presupposes} for one in (*shown_by, *made_in))
        assert {*mistake.presupposes} <= set().union(*map(_needs, shown_by))
    else:
        assert any(not _needs(one) & NAMED for one in (*shown_by, *made_in))
