"""The borders of the rules about what is counted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fault_injection.reply import Reply, json_reply
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd
from harness.core.target.claims import Cache
from tests.harness.core.histories import (
    FALLBACK,
    OTHER,
    STREAMING,
    Fields,
    answer,
    breaches,
    client,
    failure,
    message,
    silent,
    stream,
    upstream,
    view,
    visit,
)
from tests.harness.core.judging.invariants.caught.counting import CLAIMS, report, reports, write

TRUE, ASIDE, TOLD = "analytics-true", "analytics-aside", "drops-told"
USAGE = {"prompt_tokens": 4, "completion_tokens": 6, "total_tokens": 10}
BLUE = answer("Blue.", usage=USAGE)


def counted(before: Reply, after: Reply, *, hit: bool = False, asks: int = 1) -> CaseView:
    """Return answers of ten tokens between two reports; with a hit, upstream was asked for none of them."""
    calls = (
        []
        if hit
        else [upstream(BLUE, at=0.1 + number, nonce=f"{number:012x}".join(("ep-", ""))) for number in range(asks)]
    )
    clients = [client(BLUE, at=float(number), nonce=f"ep-{number:012x}") for number in range(asks)]
    claims = replace(CLAIMS, cache=Cache(ttl_s=2.0))
    return view(clients, calls, claims=claims, visits=reports(before, after))


def numbers(requests: int, tokens: int, hits: int = 0, **more: Fields) -> Reply:
    return report(requests, prompt_tokens=tokens * 4, completion_tokens=tokens * 6, hits=hits, **more)


def test_an_answer_that_is_counted_once_with_its_tokens_is_right() -> None:
    assert silent(
        TRUE,
        [
            counted(numbers(3, 3), numbers(4, 4)),
            counted(numbers(0, 0), numbers(2, 2), asks=2),
            counted(numbers(3, 3), numbers(4, 4, hits=1), hit=True),
            counted(numbers(3, 3), numbers(4, 3, hits=1), hit=True),
            counted(numbers(3, 3), numbers(3, 3, waiting=1)),
            counted(numbers(3, 3, waiting=1), numbers(5, 5)),
            counted(numbers(3, 3), numbers(3, 3, dropped=1)),
        ],
    )


@pytest.mark.parametrize(
    ("after", "hit", "words"),
    [
        (numbers(5, 5), False, "2 requests are counted under a model of which 1 were asked"),
        (numbers(2, 2), False, "1 requests that were counted are counted no more"),
        (numbers(4, 5), False, "8 prompt_tokens are counted, the answers had 4"),
        (numbers(4, 3), False, "0 prompt_tokens are counted, the answers had 4"),
        (numbers(4, 4), True, "0 hits are counted, upstream was not asked for 1"),
        (numbers(4, 4, hits=1), False, "1 hits are counted, upstream was not asked for 0"),
    ],
    ids=["twice", "less", "more-tokens", "no-tokens", "a-miss", "a-hit"],
)
def test_what_is_counted_otherwise_is_told(after: Reply, hit: bool, words: str) -> None:
    assert any(words in breach.message for breach in breaches(TRUE, counted(numbers(3, 3), after, hit=hit)))


def test_another_model_is_told() -> None:
    of = counted(report(0, model=FALLBACK), report(1, model=FALLBACK))

    assert "under a model of which 0 were asked" in message(TRUE, of)


def test_another_callers_questions_are_not_counted() -> None:
    asks = [client(stream("One."), identity="b", nonce=OTHER), client(stream("Two."), at=1.0)]
    calls = [upstream(stream("One."), nonce=OTHER), upstream(stream("Two."), at=1.1)]
    theirs = visit("usage", report(9), at=6.0, identity="b", talk="")

    assert silent(TRUE, [view(asks, calls, claims=CLAIMS, visits=(*reports(report(0), report(1)), theirs))])
    assert message(TRUE, view(asks, calls, claims=CLAIMS, visits=reports(report(0), report(2))))


def test_what_failed_or_was_left_may_be_counted_or_not() -> None:
    asks = [client(failure(502)), client(end=ClientEnd.LEFT, at=1.0, nonce=OTHER)]

    assert silent(TRUE, [view(asks, claims=CLAIMS, visits=reports(report(0), report(n))) for n in range(3)])
    assert "3 requests" in message(TRUE, view(asks, claims=CLAIMS, visits=reports(report(0), report(3))))


@pytest.mark.parametrize(
    ("said", "words"),
    [(json_reply(b"no"), "got no JSON"), (failure(500), "got 500"), (None, "got no answer")],
    ids=["no-json", "an-error", "nothing"],
)
def test_a_report_that_is_none_is_told_unless_its_numbers_could_not_be_had(said: Reply | None, words: str) -> None:
    asked = visit("usage", said, at=1.0, talk="")
    struck = upstream(failure(500), at=1.05, nonce="", surface="analytics.query", faults=("http.status(code=500)",))

    assert words in message(TRUE, view(claims=CLAIMS, visits=(asked,)))
    if said is None or said.status != 200:
        assert silent(TRUE, [view((), struck, claims=CLAIMS, visits=(asked,))])


def test_an_answer_that_waits_for_a_slow_write_is_told_and_one_beside_it_is_not() -> None:
    call = upstream(BLUE, at=0.1, end_s=0.2)
    slow = "tcp.blackhole(for_s=20)"
    waited = client(BLUE, end_s=2.0)

    assert "waited 1.5 s" in message(ASIDE, view(waited, [call, write(slow, at=0.3, end_s=1.8)], claims=CLAIMS))
    assert silent(
        ASIDE,
        [
            view(waited, [call, write(slow, at=0.3, end_s=2.5)], claims=CLAIMS),  # it went on behind the answer
            view(waited, [upstream(BLUE, at=0.1, end_s=1.9), write(slow, at=0.3, end_s=1.8)], claims=CLAIMS),
            view(waited, [call, write(at=0.3, end_s=1.8)], claims=CLAIMS),  # a status is not late by itself
            view(waited, [call], claims=CLAIMS),
        ],
    )


def test_a_request_that_failed_with_upstream_is_not_held_against_counting() -> None:
    assert silent(
        ASIDE,
        [
            view(client(failure(502)), [upstream(failure(500)), write()], claims=CLAIMS),
            view(client(end=ClientEnd.LEFT), [upstream(BLUE), write()], claims=CLAIMS),
            view(client(failure(500)), upstream(BLUE), claims=CLAIMS),
        ],
    )


def test_what_is_lost_is_told_or_waits() -> None:
    asked, calls = client(BLUE), [upstream(BLUE), write()]

    def told(after: Reply) -> CaseView:
        return view(asked, calls, claims=CLAIMS, visits=reports(report(3), after))

    assert silent(
        TOLD, [told(report(3, dropped=1)), told(report(3, waiting=1)), told(report(4)), told(report(4, dropped=1))]
    )
    assert silent(TRUE, [told(report(3))])
    assert "3 wait to be counted; 2 are claimed" in message(TOLD, told(report(3, waiting=3)))


def test_nothing_is_judged_of_who_does_not_count() -> None:
    of = view(client(failure(500)), [upstream(BLUE), write()], claims=STREAMING, visits=reports(report(3), report(9)))

    assert all(silent(name, [of]) for name in (TRUE, ASIDE, TOLD))


def test_a_number_that_is_not_told_is_not_judged() -> None:
    assert silent(TRUE, [counted(report(3), report(4))])
    other = json_reply(b'{"by": [{"model": "x", "requests": true}, {"model": 1, "requests": 2}, [[[[[[[1]]]]]]]]}')
    assert "1 of 1" in message(TRUE, counted(other, other))
