"""Where each caller has answers of its own, two who ask at once are not given one of them."""

from __future__ import annotations

from typing import Any

from harness.core.judging.view import CaseView
from harness.core.target.claims import Cache, Capabilities
from tests.harness.core.histories import CACHING, STREAMING, answer, breaches, client, failure, upstream, view


def asked(*calls: float, second_at: float = 0.02, identity: str = "b", claims: Capabilities = CACHING) -> CaseView:
    mine: dict[str, Any] = {"label": "mine", "end_s": 0.5}
    theirs: dict[str, Any] = {"label": "theirs", "end_s": second_at + 0.5, "identity": identity}
    return view(
        [client(answer("Hello"), at=0.0, **mine), client(answer("Hello"), at=second_at, **theirs)],
        [upstream(answer("Hello"), at=at) for at in calls],
        claims=claims,
    )


def test_one_call_for_two_callers_is_a_breach() -> None:
    (breach,) = breaches("cache-isolated", asked(0.1))

    assert breach.message == "theirs: callers a and b were given one answer: upstream was asked once for both"


def test_one_failure_for_two_callers_gives_neither_an_answer() -> None:
    both = [client(failure(502), end_s=0.5), client(failure(502), at=0.02, end_s=0.5, identity="b")]

    assert breaches("cache-isolated", view(both, upstream(failure(500)), claims=CACHING)) == []


def test_a_call_for_each_is_none() -> None:
    assert breaches("cache-isolated", asked(0.1, 0.12)) == []


def test_one_call_for_one_caller_is_none() -> None:
    assert breaches("cache-isolated", asked(0.1, identity="a")) == []


def test_who_claims_no_cache_may_share_what_is_under_way() -> None:
    assert breaches("cache-isolated", asked(0.1, claims=STREAMING)) == []


def test_who_claims_one_cache_for_all_may_share_as_well() -> None:
    shared = Capabilities(streaming=True, cache=Cache(ttl_s=2.0, streams=True, per_identity=False))

    assert breaches("cache-isolated", asked(0.1, claims=shared)) == []
