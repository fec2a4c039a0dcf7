"""The borders of the rules about the breaker: when it must be open, and when it may be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fault_injection.reply import Reply
from harness.core.judging.invariants.breaker import may_be_open
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd, UpstreamEnd, UpstreamExchange
from harness.core.target.claims import Breaker, Capabilities
from reports.record import Level
from tests.harness.core.histories import (
    FALLBACK,
    MAIN,
    OTHER,
    Fields,
    answer,
    breaches,
    client,
    cut,
    failure,
    message,
    silent,
    stream,
    upstream,
    view,
)

BREAKER = Capabilities(circuit_breaker=Breaker(failures=3, open_s=1.0))
UNCLAIMED = Capabilities()


def _row(
    replies: list[Reply],
    *,
    models: list[str] | None = None,
    gap_s: float = 0.1,
    call_ended: UpstreamEnd | None = None,
    **asked: Fields,
) -> CaseView:
    """Requests one after the other, each answered by upstream; what reaches the clients is the same."""
    nonces = [f"ep-{number:012x}" for number in range(len(replies))]
    ends: dict[str, Fields] = {} if call_ended is None else {"end": call_ended}
    clients = [
        client(reply, at=number * gap_s, end_s=number * gap_s + 0.06, nonce=nonce, label=f"ask#{number}", **asked)
        for number, (reply, nonce) in enumerate(zip(replies, nonces, strict=True))
    ]
    calls = [
        upstream(reply, at=number * gap_s + 0.05, nonce=nonce, model=(models or [MAIN] * 99)[number], **ends)
        for number, (reply, nonce) in enumerate(zip(replies, nonces, strict=True))
    ]
    return view(clients, calls, claims=BREAKER)


BAD, GOOD, BUSY, CUT = failure(503), answer(), failure(429), cut(stream("a"), 1)


@pytest.mark.parametrize(
    "of",
    [
        replace(_row([BAD] * 5), claims=UNCLAIMED),
        _row([BAD] * 3),
        _row([BAD, BAD, GOOD, BAD, BAD]),
        _row([BAD, BAD, BUSY, BAD, BAD]),
        _row([BAD] * 5, gap_s=1.1),
        _row([CUT] * 5),
        _row([Reply(mute=True)] * 5, call_ended=UpstreamEnd.PEER_LEFT),
        _row([BAD] * 6, models=[MAIN, "second"] * 3),
        _row([BAD] * 5, end=ClientEnd.LEFT),
    ],
    ids=[
        "not claimed", "too few", "one was served", "one was not counted", "it rested", "they had begun",
        "the target gave up", "another model's",
        "clients that left",
    ],
)  # fmt: skip
def test_a_breaker_that_may_be_closed_is_right(of: CaseView) -> None:
    assert silent("breaker-opens", [of])


@pytest.mark.parametrize("end", [UpstreamEnd.KEPT, UpstreamEnd.PEER_LEFT])
def test_a_failure_counts_whether_or_not_the_target_heard_it_out(end: UpstreamEnd) -> None:
    assert "ask#3: upstream was asked" in message("breaker-opens", _row([BAD] * 5, call_ended=end))


def test_a_failure_under_way_when_the_breaker_opened_begins_no_rest_anew() -> None:
    nonces = [f"ep-{number:012x}" for number in range(5)]
    asked = [client(BAD, at=0.1 * n, end_s=0.1 * n + 0.05, nonce=nonce) for n, nonce in enumerate(nonces[:3])]
    slow = client(BAD, at=0.0, end_s=1.1, nonce=nonces[3])
    calls = [upstream(BAD, at=0.1 * n + 0.02, nonce=nonce) for n, nonce in enumerate(nonces[:3])]
    late = upstream(BAD, at=0.02, end_s=1.0, taken_s=1.0, nonce=nonces[3])
    probe = client(BAD, at=1.3, end_s=1.4, nonce=nonces[4])

    of = view([*asked, slow, probe], [*calls, late, upstream(BAD, at=1.35, nonce=nonces[4])], claims=BREAKER)

    assert silent("breaker-opens", [of])


def test_a_success_that_may_have_been_noted_behind_the_failures_breaks_the_row() -> None:
    nonces = [f"ep-{number:012x}" for number in range(5)]
    asked = [client(BAD, at=0.1 * n, end_s=0.1 * n + 0.05, nonce=nonce) for n, nonce in enumerate(nonces[:4])]
    good = client(GOOD, at=0.0, end_s=0.3, nonce=nonces[4])
    calls = [upstream(BAD, at=0.1 * n + 0.02, nonce=nonce) for n, nonce in enumerate(nonces[:4])]

    of = view([*asked, good], [*calls, upstream(GOOD, at=0.01, nonce=nonces[4])], claims=BREAKER)

    assert silent("breaker-opens", [of])


@pytest.mark.parametrize("answered_s", [0.2, 0.9])
def test_a_breaker_rests_from_when_the_failure_was_surely_noted(answered_s: float) -> None:
    failing = client(BAD, end_s=answered_s)
    asked = [failing, client(BAD, at=answered_s + 1.4, nonce=OTHER, label="later")]

    assert silent("breaker-recovers", [view(asked, upstream(BAD), claims=BREAKER)])


def test_a_breaker_may_take_a_rare_error_for_an_answer() -> None:
    rare, usual = [failure(520)] * 5, [BAD] * 5
    between = [BAD, BAD, failure(520), BAD, BAD]

    assert [[each.level for each in breaches("breaker-opens", _row(row))] for row in (usual, rare, between)] == [
        [None],
        [Level.SHOULD],
        [Level.SHOULD],
    ]


def test_a_breaker_may_count_requests_instead_of_attempts() -> None:
    first, later = "ep-000000000000", "ep-000000000001"
    asked = [client(BAD, nonce=first), client(BAD, nonce=later, at=0.4, label="later")]
    calls = [upstream(BAD, at=0.01 * number, nonce=first) for number in range(1, 5)]

    assert silent("breaker-opens", [view(asked, [*calls, upstream(BAD, at=0.41, nonce=later)], claims=BREAKER)])


def test_a_request_that_was_served_all_the_same_breaks_the_row() -> None:
    nonces = [f"ep-{number:012x}" for number in range(5)]
    asked = [client(GOOD if n == 2 else BAD, at=n / 5, nonce=nonce) for n, nonce in enumerate(nonces)]
    calls = [upstream(BAD, at=n / 5 + 0.05, nonce=nonce) for n, nonce in enumerate(nonces)]

    assert silent("breaker-opens", [view(asked, calls, claims=BREAKER)])


@pytest.mark.parametrize("replies", [[BAD] * 5, [failure(500)] * 5, [Reply(mute=True)] * 5])
def test_a_breaker_that_must_be_open_is_told_once(replies: list[Reply]) -> None:
    assert "ask#3: upstream was asked" in message("breaker-opens", _row(replies))


def _later(got: Reply | None, *, at: float = 5.0, calls: tuple[UpstreamExchange, ...] = (), **more: Fields) -> CaseView:
    asked = [client(BAD), client(got, at=at, nonce=OTHER, label="later", **more)]
    return view(asked, [upstream(BAD), *calls], claims=BREAKER)


@pytest.mark.parametrize(
    "of",
    [
        _later(BAD, at=1.2),
        _later(GOOD),
        _later(failure(429)),
        _later(BAD, end=ClientEnd.LEFT),
        _later(None, end=ClientEnd.TIMED_OUT),
        _later(BAD, calls=(upstream(BAD, at=5.1, nonce=OTHER),)),
        replace(_later(BAD), claims=UNCLAIMED),
        view(client(BAD), claims=BREAKER),
    ],
    ids=[
        "still resting",
        "served",
        "declined as wrong",
        "left",
        "hangs",
        "asked again",
        "not claimed",
        "no failure before",
    ],
)
def test_a_breaker_that_may_be_open_or_served_is_right(of: CaseView) -> None:
    assert silent("breaker-recovers", [of])


@pytest.mark.parametrize("status", [500, 503])
def test_a_breaker_that_never_closes_again_is_told(status: int) -> None:
    assert f"later: declined ({status}), upstream unasked, 4.9 s" in message(
        "breaker-recovers", _later(failure(status))
    )


def test_a_connection_dropped_long_after_is_no_recovery() -> None:
    assert "later: declined (no answer)" in message("breaker-recovers", _later(None))


def _fallback_never_asked(*, failures: int, closed_behind: bool, passed: bool = False) -> CaseView:
    """The fallback model has failed so often before the case; upstream closes the connection of the last attempt."""
    before = [upstream(failure(500), at=-9.0 + number, model=FALLBACK, nonce=OTHER) for number in range(failures)]
    if passed:
        before.append(upstream(answer(), at=-1.0, model=FALLBACK, nonce=OTHER))
    before.append(upstream(answer(), at=-0.5, nonce=OTHER))  # the first model is well, so that the two count apart
    last = upstream(failure(500), end=UpstreamEnd.CLOSED if closed_behind else UpstreamEnd.KEPT)
    claims = Capabilities(circuit_breaker=Breaker(failures=3, open_s=1.0), fallback_model=FALLBACK)
    return view(client(failure(500)), last, claims=claims, earlier=tuple(before))


@pytest.mark.parametrize(
    ("asked", "right"),
    [
        (_fallback_never_asked(failures=2, closed_behind=True), True),
        (_fallback_never_asked(failures=3, closed_behind=True), True),
        (_fallback_never_asked(failures=2, closed_behind=False), False),
        (_fallback_never_asked(failures=1, closed_behind=True), False),
        (_fallback_never_asked(failures=2, closed_behind=True, passed=True), False),
    ],
    ids=[
        "the third died unseen",
        "the probe died unseen",
        "no connection died",
        "too few failures",
        "it was well again",
    ],
)
def test_one_failure_may_be_the_targets_own_where_a_pooled_connection_died(asked: CaseView, right: bool) -> None:
    assert silent("fallback-used", [asked]) is right


def test_a_good_call_that_was_under_way_already_proves_no_breaker_closed() -> None:
    failed = [upstream(failure(500), at=0.1 * number, nonce=OTHER) for number in range(1, 4)]
    slow = upstream(replace(answer(), wait_s=0.45), at=0.05, nonce=OTHER)
    behind = upstream(answer(), at=0.6, nonce=OTHER)
    claims = Capabilities(circuit_breaker=Breaker(failures=3, open_s=60.0))

    assert may_be_open(view([], [*failed, slow], claims=claims), 1.0, MAIN)
    assert not may_be_open(view([], [*failed, slow, behind], claims=claims), 1.0, MAIN)
