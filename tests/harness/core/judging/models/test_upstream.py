"""The plain model of retries and a breaker demands an answer only where no breaker can be open."""

from __future__ import annotations

import pytest

from harness.core.judging.models import check
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd
from harness.core.target.claims import Capabilities, Retry
from scenarios.case import Step
from scenarios.case_file import found_case
from tests.harness.core.histories import (
    FALLBACK,
    OTHER,
    RESILIENT,
    Fields,
    answer,
    client,
    failure,
    stream,
    upstream,
    view,
)

WALK = found_case("upstream-walk.1", [Step()])
RETRYING = Capabilities(streaming=True, retry=Retry(max_attempts=3))


def failing(times: int, *, claims: Capabilities = RETRYING, status: int = 500, **asked: Fields) -> CaseView:
    """Ask once; upstream fails so many times and is not asked any more."""
    calls = [upstream(failure(status), at=0.1 + at / 10) for at in range(times)]
    return view(client(failure(502), end_s=2.0, **asked), calls, claims=claims)


def said(of: CaseView) -> list[str]:
    return [finding.invariant for finding in check(WALK, of)]


def test_a_request_given_up_too_early_is_told() -> None:
    assert said(failing(1)) == ["retry-recovers"]
    assert said(failing(2)) == ["retry-recovers"]


def test_so_is_one_that_upstream_was_never_asked_for() -> None:
    assert said(failing(0)) == ["retry-recovers"]


@pytest.mark.parametrize(
    ("status", "statuses", "levels"),
    [(503, None, ["must"]), (520, None, ["should"]), (520, [520], ["must"]), (503, [520], [])],
)
def test_a_claim_means_its_own_statuses(status: int, statuses: list[int] | None, levels: list[str]) -> None:
    listed = None if statuses is None else frozenset(statuses)
    claims = Capabilities(streaming=True, retry=Retry(max_attempts=3, statuses=listed))

    assert [finding.level for finding in check(WALK, failing(1, claims=claims, status=status))] == levels


def test_every_attempt_spent_is_enough() -> None:
    assert said(failing(3)) == []


def test_more_attempts_than_claimed_are_told() -> None:
    assert said(failing(4)) == ["retry-bounded"]


def test_an_answer_is_all_that_is_wanted() -> None:
    assert said(view(client(answer(), end_s=1.0), [upstream(failure()), upstream(answer(), at=0.2)])) == []


@pytest.mark.parametrize(
    "of",
    [
        failing(1, status=400),
        failing(1, end=ClientEnd.LEFT),
        view(
            client(failure(502), end_s=2.0),
            upstream(failure(503, headers=(("retry-after", "9"),)), at=0.1),
            claims=RETRYING,
        ),
        view(client(stream("one", done=False, finish=None)), upstream(stream("one", done=False, finish=None))),
        view([client(failure(502), end_s=2.0), client(answer(), nonce=OTHER, at=0.5)], upstream(failure())),
    ],
    ids=["a refusal", "a client that left", "a wait that was asked for", "text had been sent", "not alone"],
)
def test_where_a_right_target_may_give_up_the_model_is_silent(of: CaseView) -> None:
    assert said(of) == []


def test_a_breaker_that_may_be_open_excuses_a_request_that_is_not_answered() -> None:
    failed = [client(failure(502), end_s=1.0)]
    calls = [upstream(failure(), at=0.1 + at / 10) for at in range(3)]
    of = view([*failed, client(failure(503), nonce=OTHER, at=1.2)], calls, claims=RESILIENT)

    assert said(of) == []


def test_a_breaker_may_open_in_the_middle_of_a_request() -> None:
    first = client(failure(502), end_s=1.0, label="first")
    calls = [upstream(failure(), at=0.1), upstream(failure(), at=0.2), upstream(failure(), at=1.3, nonce=OTHER)]
    of = view([first, client(failure(502), nonce=OTHER, at=1.2, end_s=1.9)], calls, claims=RESILIENT)

    assert said(of) == ["retry-recovers"]  # the first had an attempt left, and two failures open no breaker of three


@pytest.mark.parametrize("earlier", [1, 2])
def test_what_the_fallback_answers_does_not_close_the_breaker_of_the_model_asked_for(earlier: int) -> None:
    answered = client(answer(), end_s=1.0)
    calls = [
        *(upstream(failure(), at=0.1 + at / 10) for at in range(earlier)),
        upstream(answer(), at=0.5, model=FALLBACK),
        upstream(failure(), at=1.3, nonce=OTHER),
    ]
    of = view([answered, client(failure(502), nonce=OTHER, at=1.2, end_s=2.0)], calls, claims=RESILIENT)

    assert said(of) == ([] if earlier == 2 else ["retry-recovers"])


def test_what_failed_before_the_case_counts() -> None:
    earlier = tuple(upstream(failure(), at=-9.0 + at / 10, nonce=OTHER) for at in range(3))
    of = view(client(failure(503)), claims=RESILIENT, earlier=earlier)

    assert said(of) == []
