"""The borders of the rules about the fallback: when it must be asked, and when it may be asked at once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from fault_injection.reply import Reply
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd
from harness.core.target.claims import Breaker, Capabilities
from reports.record import Level
from tests.harness.core.histories import (
    FALLBACK,
    NONCE,
    OTHER,
    Fields,
    answer,
    breaches,
    client,
    cut,
    failure,
    gave_up,
    silent,
    stream,
    upstream,
    view,
    wait_header,
)

FALLING = Capabilities(fallback_model=FALLBACK)
UNCLAIMED = Capabilities()
SLOW = replace(failure(500), wait_s=1.0)
_failed = partial(gave_up, claims=FALLING)


@pytest.mark.parametrize(
    "of",
    [
        _failed(failure(500), claims=UNCLAIMED),
        _failed(failure(500), upstream(failure(500), at=0.5, model=FALLBACK), claims=FALLING),
        _failed(failure(400), claims=FALLING),
        _failed(cut(stream("a"), 1), claims=FALLING),
        _failed(failure(429, headers=wait_header("30")), claims=FALLING),
        _failed(failure(500), claims=FALLING, params={"model": FALLBACK}),
        _failed(failure(500), claims=FALLING, end=ClientEnd.TIMED_OUT),
        _failed(failure(500), claims=FALLING, end=ClientEnd.LEFT),
        _failed(SLOW, claims=FALLING, end_s=9.5),
        _failed(claims=FALLING),
        view(client(answer()), upstream(failure(500)), claims=FALLING),
        view(
            client(failure(502), at=0.5),
            [upstream(failure(500), at=0.1, model=FALLBACK, nonce=OTHER), upstream(failure(500), at=0.55)],
            claims=replace(FALLING, circuit_breaker=Breaker(failures=1, open_s=1.0)),
        ),
    ],
    ids=[
        "not claimed", "used", "declined", "part of an answer", "told to wait", "it was asked for", "given up", "left",
        "out of time", "not asked at all", "answered all the same", "its own breaker is open",
    ],
)  # fmt: skip
def test_a_fallback_unused_with_a_reason_is_right(of: CaseView) -> None:
    assert silent("fallback-used", [of])


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_every_claim_means_that_a_usual_failure_falls_back(status: int) -> None:
    (breach,) = breaches("fallback-used", _failed(failure(status)))

    assert (breach.level, breach.message[-3:]) == (None, str(status))


def test_every_claim_means_a_lost_connection() -> None:
    (breach,) = breaches("fallback-used", _failed(Reply(mute=True)))

    assert (breach.level, breach.message[-9:]) == (None, "no answer")


@pytest.mark.parametrize("status", [408, 429, 520, 530])
def test_what_else_falls_back_is_the_targets_choice(status: int) -> None:
    assert [each.level for each in breaches("fallback-used", _failed(failure(status)))] == [Level.SHOULD]
    assert [each.level for each in breaches("fallback-used", _failed(failure(503), failure(status)))] == [Level.SHOULD]


def _at_once(**asked: Fields) -> CaseView:
    return view(client(answer(), at=1.0, **asked), upstream(answer(), at=1.1, model=FALLBACK), claims=FALLING)


def test_the_fallback_at_once_may_have_a_reason() -> None:
    failed = upstream(failure(500), nonce=OTHER)
    told = upstream(failure(503, headers=wait_header("30")), nonce=OTHER)
    open_breaker = replace(FALLING, circuit_breaker=Breaker(failures=1, open_s=5.0))
    call = upstream(answer(), at=1.1, model=FALLBACK)

    assert breaches("fallback-not-sticky", view(client(answer(), at=1.0), [failed, call], claims=FALLING))
    assert silent(
        "fallback-not-sticky",
        [
            _at_once(params={"model": FALLBACK}),
            view(client(answer(), at=1.0), [failed, call], claims=open_breaker),
            view(client(answer(), at=1.0), call, claims=open_breaker, earlier=(failed,)),
            view(client(answer(), at=1.0), [told, call], claims=FALLING),
            view([client(answer(), at=1.0), client(answer(), at=1.0)], call, claims=FALLING),
            view(client(answer(), at=1.0), call, claims=UNCLAIMED),
        ],
    )


@pytest.mark.parametrize(
    ("told", "after_s", "right"),
    [("1", 1.4, True), ("1", 1.6, False), ("soon", 0.4, True), ("soon", 0.6, False), (None, 0.4, False)],
)
def test_a_target_told_to_wait_may_do_so_for_as_long_and_a_little(
    told: str | None, after_s: float, right: bool
) -> None:
    failed = upstream(failure(503, headers=wait_header(told) if told else ()), nonce=OTHER)
    call = upstream(answer(), at=0.1 + after_s, model=FALLBACK)

    of = view(client(answer(), at=0.1 + after_s - 0.05), [failed, call], claims=FALLING)

    assert silent("fallback-not-sticky", [of]) is right


@pytest.mark.parametrize(("after_s", "right"), [(1.4, True), (1.6, False)])
def test_a_breaker_may_rest_for_the_claimed_time_and_a_little(after_s: float, right: bool) -> None:
    resting = replace(FALLING, circuit_breaker=Breaker(failures=1, open_s=1.0))
    calls = [upstream(failure(500), nonce=OTHER), upstream(answer(), at=0.1 + after_s, model=FALLBACK)]

    of = view(client(answer(), at=0.1 + after_s - 0.05), calls, claims=resting)

    assert silent("fallback-not-sticky", [of]) is right


def test_a_call_that_went_well_closes_every_doubt() -> None:
    open_breaker = replace(FALLING, circuit_breaker=Breaker(failures=1, open_s=5.0))
    calls = [
        upstream(failure(500)),
        upstream(answer(), at=0.5),
        upstream(answer(), at=1.1, model=FALLBACK, nonce=OTHER),
    ]
    clients = [client(answer(), end_s=0.6, nonce=NONCE), client(answer(), at=1.0, nonce=OTHER)]

    later = upstream(failure(500), at=3.0, nonce="ep-ffffffffffff")

    assert breaches("fallback-not-sticky", view(clients, [*calls, later], claims=open_breaker))
