"""The borders of the rules about the breaker and the fallback: what may be open, and what may be left alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fault_injection.reply import Headers, Reply
from harness.core.history import ClientEnd, UpstreamEnd, UpstreamExchange
from harness.core.target_file import Breaker, Capabilities, Retry
from harness.core.view import CaseView
from tests.harness.core.histories import (
    FALLBACK,
    MAIN,
    NONCE,
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

RETRY = Capabilities(retry=Retry(max_attempts=3))
BREAKER = Capabilities(circuit_breaker=Breaker(failures=3, open_s=1.0))
FALLING = Capabilities(fallback_model=FALLBACK)
UNCLAIMED = Capabilities()
SLOW = replace(failure(500), wait_s=1.0)


def _wait(value: str) -> Headers:
    return (("Retry-After", value),)


def _failed(*calls: Reply | UpstreamExchange, claims: Capabilities = RETRY, **asked: Fields) -> CaseView:
    """An exchange that failed, and what upstream was asked in its time, a quarter of a second apart."""
    known = [
        upstream(call, at=0.1 + number / 4) if isinstance(call, Reply) else call for number, call in enumerate(calls)
    ]
    return view(client(failure(502), **{"end_s": 2.0, **asked}), known, claims=claims)


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
        _row([BAD] * 5, gap_s=0.6),
        _row([CUT] * 5),
        _row([BAD] * 5, call_ended=UpstreamEnd.PEER_LEFT),
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


@pytest.mark.parametrize(
    "of",
    [
        _failed(failure(500), claims=UNCLAIMED),
        _failed(failure(500), upstream(failure(500), at=0.5, model=FALLBACK), claims=FALLING),
        _failed(failure(400), claims=FALLING),
        _failed(cut(stream("a"), 1), claims=FALLING),
        _failed(failure(429, headers=_wait("30")), claims=FALLING),
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


def _at_once(**asked: Fields) -> CaseView:
    return view(client(answer(), at=1.0, **asked), upstream(answer(), at=1.1, model=FALLBACK), claims=FALLING)


def test_the_fallback_at_once_may_have_a_reason() -> None:
    failed = upstream(failure(500), nonce=OTHER)
    told = upstream(failure(503, headers=_wait("30")), nonce=OTHER)
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
    failed = upstream(failure(503, headers=_wait(told) if told else ()), nonce=OTHER)
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
