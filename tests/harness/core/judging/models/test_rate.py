"""The plain model of a rate limit holds only what no kind of limiter does against a target."""

from __future__ import annotations

from dataclasses import replace

from harness.core.judging.models import check
from harness.core.judging.view import CaseView
from harness.core.target.claims import Capabilities, RateLimit
from scenarios.case import Step
from scenarios.case_file import found_case
from tests.harness.core.histories import Fields, answer, client, failure, upstream, view

WALK = found_case("rate-walk.1", [Step()], fresh=True)
LIMITED = Capabilities(rate_limit=RateLimit(per_minute=3))


def asked(*statuses: int, apart_s: float = 0.5, **more: Fields) -> CaseView:
    clients = [
        client(answer() if status == 200 else failure(status), at=at * apart_s, label=f"ask-{at + 1}", **more)
        for at, status in enumerate(statuses)
    ]
    calls = [upstream(answer(), at=each.started_s + 0.01) for each in clients if each.status == 200]
    return view(clients, calls, claims=LIMITED)


def said(of: CaseView) -> list[str]:
    return [finding.message for finding in check(WALK, of)]


def test_within_the_limit_all_are_served_and_beyond_it_refused() -> None:
    assert said(asked(200, 200, 200, 429, 429)) == []


def test_a_limiter_with_a_window_that_turns_may_serve_two_windows_worth() -> None:
    assert said(asked(*[200] * 6, 429)) == []


def test_a_refusal_within_the_limit_is_told() -> None:
    (message,) = said(asked(200, 429))

    assert message.startswith("ask-2: was refused as request 2 of caller a, 3 a minute")


def test_requests_at_the_same_time_may_come_in_any_order() -> None:
    assert said(asked(429, 200, 200, 200, apart_s=0.01)) == []


def test_more_than_two_windows_worth_is_told() -> None:
    (message,) = said(asked(*[200] * 7))

    assert message.startswith("ask-7: 7 requests of caller a were served within a minute")


def test_time_makes_room_again() -> None:
    assert said(asked(*[200] * 7, apart_s=31.0)) == []


def test_callers_are_counted_apart() -> None:
    both = asked(200, 200, 200, 200, 200, 200, 200, 200)
    clients = [replace(each, identity="ab"[at % 2]) for at, each in enumerate(both.history.clients)]

    assert said(view(clients, both.history.upstreams, claims=LIMITED)) == []


def test_a_refusal_of_upstreams_is_passed_on_rightly() -> None:
    of = view(client(failure(429)), upstream(failure(429)), claims=LIMITED)

    assert said(of) == []


def test_on_a_target_that_is_not_fresh_nothing_is_known() -> None:
    assert list(check(replace(WALK, fresh=False), asked(429))) == []


def test_without_the_claim_nothing_is_held_against_it() -> None:
    assert said(view(client(failure(429)))) == []
