"""The borders of the rules about asking again: a claim, and a breach under every way of counting."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial

import pytest

from fault_injection.reply import Reply, event, json_reply
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd, ClientExchange, UpstreamEnd, UpstreamExchange
from harness.core.target.claims import Breaker, Capabilities, Retry
from reports.record import Level
from tests.harness.core.histories import (
    FALLBACK,
    MAIN,
    OTHER,
    RESILIENT,
    Fields,
    answer,
    breaches,
    client,
    cut,
    failure,
    gave_up,
    message,
    silent,
    stream,
    streamed,
    upstream,
    view,
    wait_header,
)

RETRY = Capabilities(retry=Retry(max_attempts=3))
BOTH = replace(RETRY, circuit_breaker=Breaker(failures=1, open_s=1.0))
UNCLAIMED = Capabilities()
SPENT = json_reply(json.dumps({"errors": [{"code": 3036}]}).encode(), status=429)
SLOW = replace(failure(500), wait_s=1.0)
GONE = UpstreamEnd.PEER_LEFT
_failed = partial(gave_up, claims=RETRY)


@pytest.mark.parametrize(
    "of",
    [
        _failed(failure(500), claims=UNCLAIMED),
        _failed(failure(500), failure(500), failure(500)),
        _failed(),
        _failed(failure(400)),
        _failed(SPENT),
        _failed(failure(503, headers=wait_header("30"))),
        _failed(failure(503, headers=wait_header("tomorrow"))),
        _failed(failure(500), end=ClientEnd.LEFT),
        _failed(failure(500), end=ClientEnd.TIMED_OUT),
        _failed(cut(stream("a", "b"), 1)),
        _failed(upstream(b"nonsense\r\n\r\n")),
        _failed(upstream(b"", end=GONE)),
        _failed(failure(500), upstream(failure(500), at=0.4, model=FALLBACK), failure(500)),
        _failed(failure(500), claims=BOTH),
        _failed(SLOW, end_s=9.5),
        view(client(answer()), upstream(failure(500)), claims=RETRY),
    ],
    ids=[
        "not claimed", "all attempts made", "not asked at all", "declined", "allowance spent", "a long wait",
        "an unknown wait", "a client that left", "a client that gave up", "part of an answer", "no HTTP",
        "given up by the target", "the fallback counts", "the breaker is open", "out of time", "answered all the same",
    ],
)  # fmt: skip
def test_giving_up_with_a_reason_is_right(of: CaseView) -> None:
    assert silent("retry-recovers", [of])


@pytest.mark.parametrize("value", ["1", "0"])
def test_a_short_wait_is_no_reason_to_give_up(value: str) -> None:
    assert breaches("retry-recovers", _failed(failure(503, headers=wait_header(value))))


@pytest.mark.parametrize("end", [UpstreamEnd.KEPT, GONE])
def test_leaving_behind_the_head_of_an_error_is_no_reason_to_give_up(end: UpstreamEnd) -> None:
    assert breaches("retry-recovers", _failed(upstream(failure(503), end=end)))


@pytest.mark.parametrize("end", [UpstreamEnd.KEPT, GONE])
@pytest.mark.parametrize(("after_s", "right"), [(0.99, True), (0.5, False)])
def test_a_wait_counts_from_the_head_whatever_became_of_the_body(end: UpstreamEnd, after_s: float, right: bool) -> None:
    failed = upstream(failure(503, headers=wait_header("1")), end_s=0.6, taken_s=0.6, end=end)
    of = view(client(answer(), end_s=2.0), [failed, upstream(answer(), at=0.1 + after_s)], claims=RETRY)

    assert silent("honours-retry-after", [of]) is right


@pytest.mark.parametrize("end", [UpstreamEnd.KEPT, GONE])
@pytest.mark.parametrize("body_s", [0.1, 0.4], ids=["head and body", "body behind the next attempt"])
def test_an_attempt_may_come_before_the_body_of_the_failure(end: UpstreamEnd, body_s: float) -> None:
    failed = upstream(failure(503), end=end)
    head, body = failed.pieces
    late = replace(failed, pieces=(head, replace(body, at_s=body_s)), end_s=body_s)

    assert breaches("backoff", view(client(answer()), [late, upstream(answer(), at=0.105)], claims=RETRY))


def _listing(*statuses: int) -> Capabilities:
    return Capabilities(retry=Retry(max_attempts=3, statuses=frozenset(statuses)))


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_every_claim_means_the_usual_failures(status: int) -> None:
    (breach,) = breaches("retry-recovers", _failed(failure(status)))

    assert breach.level is None


@pytest.mark.parametrize("status", [501, 520, 522, 524, 530])
def test_a_rare_failure_is_retried_as_the_target_chooses(status: int) -> None:
    (breach,) = breaches("retry-recovers", _failed(failure(status)))

    assert breach.level is Level.SHOULD
    assert silent("retry-recovers", [_failed(failure(503), failure(404)), _failed(failure(520), failure(404))])
    assert [each.level for each in breaches("retry-recovers", _failed(failure(503), failure(status)))] == [Level.SHOULD]


def test_a_list_says_exactly_what_is_retried() -> None:
    listed = _listing(404, 522)

    for status in (404, 522):
        assert [each.level for each in breaches("retry-recovers", _failed(failure(status), claims=listed))] == [None]
    assert silent("retry-recovers", [_failed(failure(status), claims=listed) for status in (429, 500, 503, 520)])


def test_a_lost_connection_is_retried_whatever_the_list_says() -> None:
    assert [each.level for each in breaches("retry-recovers", _failed(Reply(mute=True), claims=_listing()))] == [None]


def test_a_client_error_is_asked_again_where_the_list_says_so() -> None:
    again = partial(gave_up, failure(404), failure(404))

    assert silent("no-retry-of-client-errors", [again(claims=_listing(404))])
    assert breaches("no-retry-of-client-errors", again(claims=_listing(503)))


def test_no_answer_at_all_is_told_as_such() -> None:
    assert "failed with no answer" in message("retry-recovers", _failed(Reply(mute=True)))


def _asked_at(*times_s: float, **asked: Fields) -> ClientExchange:
    return client(failure(502), at=times_s[0] - 0.1, end_s=times_s[-1] + 0.1, **asked)


def test_attempts_are_bounded_for_all_who_ask_the_same_at_once() -> None:
    four = [upstream(failure(500), at=0.1 + number / 10) for number in range(4)]
    alone, together = _asked_at(0.1, 0.4), [_asked_at(0.1, 0.4), _asked_at(0.1, 0.4)]
    left = client(end=ClientEnd.LEFT, end_s=0.05)

    assert breaches("retry-bounded", view(alone, four, claims=RETRY))
    assert silent("retry-bounded", [view(together, four, claims=RETRY), view(alone, four, claims=UNCLAIMED)])
    assert silent("retry-bounded", [view([left, _asked_at(0.16, 0.4)], four, claims=RETRY)])


@pytest.mark.parametrize(
    ("statuses", "right"),
    [
        ([300, 500, 500, 500], True),
        ([500, 500, 399, 500], True),
        ([500, 500, 500, 302], False),
        ([299, 500, 500, 500], False),
        ([400, 500, 500, 500], False),
    ],
)
def test_to_follow_a_redirect_is_no_attempt(statuses: list[int], right: bool) -> None:
    assert silent("retry-bounded", [_failed(*map(failure, statuses))]) is right


def test_the_breaker_that_excuses_is_that_of_the_model_asked_for() -> None:
    main_is_well = upstream(replace(answer(), wait_s=0.15), at=0.1, nonce=OTHER)

    def asking(model: str) -> CaseView:
        return _failed(
            upstream(failure(500), model="second"), main_is_well, claims=BOTH, params={"model": model}, end_s=1.5
        )

    assert silent("retry-recovers", [asking("second")])
    assert breaches("retry-recovers", asking(MAIN))


def test_the_fallbacks_attempts_are_bounded_by_nothing() -> None:
    calls = [upstream(failure(500), at=0.1 + number / 10, model=FALLBACK) for number in range(4)]

    assert silent("retry-bounded", [view(_asked_at(0.1, 0.4), calls, claims=RESILIENT)])


@pytest.mark.parametrize("status", [408, 409, 421, 425, 429, 500, 302])
def test_what_was_not_declined_as_wrong_may_be_asked_again(status: int) -> None:
    assert silent("no-retry-of-client-errors", [_failed(failure(status), failure(status))])


def test_a_refusal_under_a_head_that_many_clients_refuse_may_not_have_been_heard() -> None:
    huge = failure(400).with_header("x-padding", "p" * 65_536)

    assert silent("no-retry-of-client-errors", [_failed(huge, huge, failure(400))])
    assert breaches("no-retry-of-client-errors", _failed(failure(400), huge))


@pytest.mark.parametrize("how", [{"whole": False, "end": UpstreamEnd.PEER_LEFT}, {"end": UpstreamEnd.RESET}])
def test_a_refusal_whose_body_never_ended_may_be_taken_for_no_answer(how: Fields) -> None:
    refusal = upstream(failure(400), **how)

    assert silent("no-retry-of-client-errors", [_failed(refusal, upstream(failure(400), at=0.5))])


def test_another_model_another_request_or_another_client_is_no_retry() -> None:
    declined = upstream(failure(400))
    others = [
        upstream(failure(400), at=0.5, model=FALLBACK),
        upstream(failure(400), at=0.5, body=b"{}"),
        upstream(b"", at=0.5, nonce=OTHER),
    ]
    both = view([_asked_at(0.1, 0.5), _asked_at(0.1, 0.5)], [declined, upstream(failure(400), at=0.5)])

    assert silent("no-retry-of-client-errors", [*(_failed(declined, other) for other in others), both])


@pytest.mark.parametrize(
    ("got", "more"),
    [
        (failure(502), {}),
        (stream("a"), {"stream": False}),
        (stream("a"), {"late_s": 2.0}),
    ],
    ids=["nothing of an answer", "a client that wants JSON", "behind the last attempt"],
)
def test_before_the_first_byte_upstream_may_be_asked_again(got: Reply, more: Fields) -> None:
    calls = [upstream(cut(stream("a"), 1)), upstream(stream("a"), at=0.5)]

    assert silent("no-retry-after-first-byte", [view(client(got, **{"end_s": 3.0, **more}), calls)])


@pytest.mark.parametrize(
    "first",
    [
        upstream(b"", end=GONE),
        upstream(failure(503, headers=wait_header("0"))),
        upstream(answer()),
        upstream(failure(500), model=FALLBACK),
        upstream(replace(failure(500), wait_s=1.0)),
    ],
    ids=["given up by the target", "told to go on", "no failure", "another model", "a race"],
)
def test_an_attempt_with_a_reason_needs_no_pause(first: UpstreamExchange) -> None:
    of = view(client(answer(), end_s=1.0), [first, upstream(answer(), at=0.101)])

    assert silent("backoff", [of])


def test_of_several_pauses_the_mean_tells() -> None:
    times_s = (0.1, 0.105, 0.3)

    assert silent("backoff", [view(_asked_at(*times_s), [upstream(failure(500), at=at_s) for at_s in times_s])])
    assert "came 5 ms after" in message(
        "backoff", view(_asked_at(0.1, 0.11), [upstream(failure(500), at=at_s) for at_s in (0.1, 0.105, 0.11)])
    )


@pytest.mark.parametrize(
    ("value", "gap_s", "right"), [("1", 0.96, True), ("1", 0.9, False), ("90", 0.1, True), ("x", 0.1, True)]
)
def test_a_wait_is_honoured_to_the_clocks_exactness(value: str, gap_s: float, right: bool) -> None:
    calls = [upstream(failure(503, headers=wait_header(value))), upstream(answer(), at=0.1 + gap_s)]

    assert silent("honours-retry-after", [view(client(answer(), end_s=2.0), calls)]) is right


ERROR = event('{"error":{"message":"boom"}}')
AT_ONCE = streamed(ERROR, done=False)
NOTHING = streamed(done=False)


def _opened(
    sent: Reply, *more: Reply, got: Reply | None = None, claims: Capabilities = RETRY, **asked: Fields
) -> CaseView:
    calls = [upstream(reply, at=0.1 + number / 4) for number, reply in enumerate((sent, *more))]
    return view(client(got or failure(502), **{"stream": True, "end_s": 2.0, **asked}), calls, claims=claims)


@pytest.mark.parametrize(
    "sent",
    [AT_ONCE, streamed(ERROR), NOTHING, cut(stream("a"), 0)],
    ids=["an error", "an error and [DONE]", "nothing", "cut before it"],
)
def test_a_stream_that_failed_before_any_text_is_asked_for_again(sent: Reply) -> None:
    assert "although retries would have cost" in message("openings-retried", _opened(sent))
    assert "although retries" in message("openings-retried", _opened(sent, got=sent))


def test_a_fallback_is_another_way_out_of_a_failed_opening() -> None:
    falls_back = Capabilities(fallback_model=FALLBACK)

    assert "although a fallback would have cost" in message("openings-retried", _opened(AT_ONCE, claims=falls_back))


@pytest.mark.parametrize(
    "of",
    [
        _opened(AT_ONCE, claims=UNCLAIMED),
        _opened(AT_ONCE, AT_ONCE),
        _opened(AT_ONCE, got=stream("a")),
        _opened(cut(stream("a", "b"), 1)),
        _opened(failure(500)),
        _opened(AT_ONCE, end=ClientEnd.LEFT),
        _opened(AT_ONCE, end=ClientEnd.TIMED_OUT),
        _opened(AT_ONCE, stream=False),
    ],
    ids=[
        "not claimed", "asked again", "answered all the same", "it had begun", "refused",
        "a client that left", "a client that gave up", "no stream was asked for",
    ],
)  # fmt: skip
def test_a_failed_opening_with_a_reason_is_right(of: CaseView) -> None:
    assert silent("openings-retried", [of])
