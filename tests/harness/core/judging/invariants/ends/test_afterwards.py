"""The borders of the rules about what is left behind: what more is a breach, and what is none."""

from __future__ import annotations

import pytest

from harness.core.observed.history import ClientEnd, UpstreamEnd
from harness.core.target.claims import Breaker, Capabilities, RateLimit
from tests.harness.core.histories import OTHER, answer, breaches, client, failure, message, silent, upstream, view

LEFT = ClientEnd.LEFT
LIMITED = Capabilities(rate_limit=RateLimit(per_minute=5))


@pytest.mark.parametrize(("after_s", "right"), [(2.2, True), (2.3, False)])
def test_a_busy_mock_sees_an_end_a_little_late(after_s: float, right: bool) -> None:
    of = view(client(end=LEFT, end_s=0.2), upstream(answer(), end_s=0.2 + after_s))

    assert silent("cancel-propagates", [of]) is right


def test_an_upstream_call_that_outlives_its_client_is_told() -> None:
    late = view(client(end=LEFT, end_s=0.2), upstream(answer(), end_s=4.7))

    (breach,) = breaches("cancel-propagates", late)

    assert "it ended 4.5 s later" in breach.message
    assert breach.overrun_s == pytest.approx(2.25)


@pytest.mark.parametrize(("held_s", "right"), [(2.2, True), (2.3, False)])
def test_the_time_of_a_call_that_was_on_its_way_begins_when_it_arrives(held_s: float, right: bool) -> None:
    of = view(client(end=LEFT, end_s=0.2), upstream(answer(), at=2.0, end_s=2.0 + held_s))

    assert silent("cancel-propagates", [of]) is right


@pytest.mark.parametrize(("taken_s", "right"), [(0.1, True), (0.3, True), (5.0, False), (None, False)])
def test_a_connection_that_stays_open_behind_a_whole_answer_is_no_running_call(
    taken_s: float | None, right: bool
) -> None:
    of = view(client(end=LEFT, end_s=0.2), upstream(answer(), taken_s=taken_s, end=UpstreamEnd.RUNNING))

    assert silent("cancel-propagates", [of]) is right


def test_another_client_that_waits_keeps_a_call_alive_and_a_later_one_does_not() -> None:
    left, call = client(end=LEFT, end_s=0.2), upstream(answer(), end_s=8.0)

    assert silent("cancel-propagates", [view([left, client(answer(), at=0.1, end_s=8.0)], call)])
    assert breaches("cancel-propagates", view([left, client(answer(), at=9.0)], call))


def test_a_stranger_excuses_no_call_behind_a_client_that_left() -> None:
    clients = [client(end=LEFT, end_s=0.2), client(answer(), nonce=OTHER, at=5.0)]

    found = breaches("cancel-propagates", view(clients, [upstream(answer()), upstream(answer(), at=5.1, end_s=5.2)]))

    assert [breach.message for breach in found] == ["ask: a new upstream call was made 4.9 s after the client left"]


def test_what_a_later_client_asks_for_is_its_own() -> None:
    clients = [client(end=LEFT, end_s=0.2), client(answer(), at=5.0)]

    assert silent("cancel-propagates", [view(clients, [upstream(answer()), upstream(answer(), at=5.1, end_s=5.2)])])


def test_a_death_is_told_with_its_last_words() -> None:
    (breach,) = breaches("alive-after", view(deaths=("died of signal 11\nsegmentation fault",)))

    assert breach.message == "the target's process died of signal 11 in the course of this case"
    assert breach.evidence == ("segmentation fault",)


def test_an_error_in_place_of_the_clean_answer_is_told() -> None:
    assert message("alive-after", view(alive=client(end=ClientEnd.REFUSED))) == (
        "a clean request afterwards was not answered; status None, refused"
    )
    assert "'failed with 500'" in message("alive-after", view(alive=client(failure(500), nonce=OTHER)))
    assert silent("alive-after", [view(alive=client(answer())), view()])


@pytest.mark.parametrize(
    ("status", "claims", "right"),
    [(429, LIMITED, True), (429, Capabilities(), False), (503, LIMITED, False)],
    ids=["by a claimed limit", "nothing is claimed", "another status"],
)
def test_who_declines_the_clean_request_by_a_limit_that_it_claims_is_alive(
    status: int, claims: Capabilities, right: bool
) -> None:
    assert silent("alive-after", [view(alive=client(failure(status)), claims=claims)]) is right


@pytest.mark.parametrize(
    ("failures", "at_s", "called", "right"),
    [(3, 5.0, False, True), (2, 5.0, False, False), (3, 62.0, False, False), (3, 5.0, True, False)],
    ids=["it may be open", "too few failures", "its rest is over", "upstream was asked"],
)
def test_a_breaker_that_rests_rightly_may_decline_the_clean_request(
    failures: int, at_s: float, called: bool, right: bool
) -> None:
    claims = Capabilities(circuit_breaker=Breaker(failures=3, open_s=60.0))
    calls = [upstream(failure(503), at=0.1 * number) for number in range(1, failures + 1)]
    calls += [upstream(answer(), at=at_s + 0.05, nonce=OTHER)] if called else []

    of = view(upstreams=calls, alive=client(failure(503), at=at_s, nonce=OTHER), claims=claims)

    assert silent("alive-after", [of]) is right


def test_a_breaker_that_rests_is_no_reason_to_give_no_answer() -> None:
    claims = Capabilities(circuit_breaker=Breaker(failures=1, open_s=60.0))
    gone = client(at=5.0, nonce=OTHER, end=ClientEnd.REFUSED)

    assert breaches("alive-after", view(upstreams=upstream(failure(503)), alive=gone, claims=claims))
