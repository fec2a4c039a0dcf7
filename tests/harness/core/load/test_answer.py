"""Every number as STYLE's vocabulary defines it, from a client's reads alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fault_injection.reply import Event, event
from harness.core.load.answer import FINISHED, LEFT, measure
from harness.core.observed.history import ClientEnd
from tests.harness.core.histories import answer, chunk, client, cut, failure, stream, streamed


def test_the_first_token_is_the_first_content_not_a_role_and_not_a_comment() -> None:
    reply = streamed(
        Event(b": hello\n\n"), chunk(delta={"role": "assistant"}), chunk("a", wait_s=0.5), chunk("b", wait_s=0.25)
    )

    measured = measure(client(reply))

    assert measured.ttft_s == pytest.approx(0.11 + 0.5)
    assert measured.gaps_s == pytest.approx((0.25,))
    assert measured.tokens == 2


def test_time_per_token_leaves_out_the_first_and_is_undefined_for_one() -> None:
    three = measure(client(stream("a", "b", "c", wait_s=0.1)))
    one = measure(client(stream("a", wait_s=0.1)))

    assert three.tpot_s == pytest.approx(0.1)
    assert one.tpot_s is None
    assert one.longest_stall_s is None
    assert one.ttft_s is not None


def test_the_longest_stall_is_the_longest_gap() -> None:
    reply = streamed(chunk("a"), chunk("b", wait_s=0.1), chunk("c", wait_s=0.7), chunk("d", wait_s=0.2))

    assert measure(client(reply)).longest_stall_s == pytest.approx(0.7)


def test_an_answer_lasts_from_its_request_to_its_last_byte() -> None:
    reply = streamed(chunk("a"), chunk("b", wait_s=0.2), event("[DONE]", 0.3), done=False)

    measured = measure(client(reply, sent_s=0.05))

    assert measured.e2e_s == pytest.approx(0.11 + 0.5 - 0.05)
    assert measured.tokens_per_s == pytest.approx(2 / 0.56)


def test_what_came_to_no_good_end_has_no_duration() -> None:
    measured = measure(client(cut(stream("a", "b"), 1), end=ClientEnd.CLOSED_EARLY))

    assert (measured.e2e_s, measured.tpot_s, measured.tokens_per_s) == (None, None, None)
    assert measured.ttft_s is not None
    assert measured.body_bytes > 0


def test_a_json_answer_has_its_first_token_when_it_is_there() -> None:
    measured = measure(client(answer("hello")))

    assert measured.ending == FINISHED
    assert measured.ttft_s == measured.e2e_s
    assert measured.gaps_s == ()


@pytest.mark.parametrize(
    ("reply", "end", "ending"),
    [
        (stream("a"), ClientEnd.COMPLETE, FINISHED),
        (stream("a"), ClientEnd.LEFT, LEFT),
        (None, ClientEnd.REFUSED, "no answer: refused"),
        (failure(503), ClientEnd.COMPLETE, "status 503"),
        (streamed(chunk("a"), {"error": {"message": "no"}}, done=False), ClientEnd.COMPLETE, "error inside the answer"),
        (cut(stream("a", "b"), 1), ClientEnd.RESET, "reset"),
        (cut(stream("a", "b"), 1), ClientEnd.COMPLETE, "no end mark"),
        (answer("hello"), ClientEnd.CLOSED_EARLY, "closed early"),
    ],
    ids=["finished", "left", "refused", "status", "error-event", "reset", "no-mark", "short-json"],
)
def test_an_ending_is_called_what_the_client_saw(reply: object, end: ClientEnd, ending: str) -> None:
    exchange = replace(client(reply), end=end)  # type: ignore[arg-type]  # a reply or none

    assert measure(exchange).ending == ending
