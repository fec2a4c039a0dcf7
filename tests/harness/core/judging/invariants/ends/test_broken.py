"""The borders of the rules about broken upstreams: what more is a breach, and what is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fault_injection.reply import Event, Length, Reply, UntilClose, event, json_reply
from fault_injection.wire import Close, Reset
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd, UpstreamEnd
from reports.record import Level
from tests.harness.core.histories import (
    Fields,
    answer,
    breaches,
    chunk,
    client,
    cut,
    failure,
    message,
    passed,
    silent,
    stream,
    streamed,
    upstream,
    view,
)

ERROR_JSON = b'{"error":{"message":"boom"}}'
ERROR = event(ERROR_JSON)
LEFT = ClientEnd.LEFT
GONE = UpstreamEnd.PEER_LEFT


@pytest.mark.parametrize(
    ("sent", "got", "words"),
    [
        (cut(stream("a", "b"), 1), stream("a", done=False), "a finish_reason reached the client"),
        (cut(stream("a", "b"), 1), answer("a", finish=""), "a 200 answer reached the client"),
        (streamed(chunk("a"), done=False), stream("a"), "(upstream kept, no end mark)"),
        (streamed(chunk("a"), chunk("b", index=1), chunk(finish="stop"), done=False), stream("a"), "after 3 events"),
    ],
)
def test_a_broken_answer_may_not_be_finished_in_any_form(sent: Reply, got: Reply, words: str) -> None:
    assert words in message("no-laundering", passed(sent, got))


def test_an_error_inside_is_the_matter_of_another_rule() -> None:
    of = passed(streamed(chunk("a"), ERROR, done=False), stream("a"))

    assert silent("no-laundering", [of])
    assert breaches("error-surfaced", of)


def test_one_whole_answer_among_broken_ones_is_enough() -> None:
    calls = [upstream(cut(stream("a"), 0)), upstream(stream("a"), at=0.3)]

    assert silent("no-laundering", [view(client(stream("a"), end_s=1.0), calls)])


@pytest.mark.parametrize(
    "of",
    [
        passed(cut(stream("a"), 1), answer("a")),
        passed(cut(stream("a"), 1), streamed(chunk("a"), ERROR, done=False)),
        passed(cut(stream("a"), 1), failure(502)),
        passed(cut(stream("a"), 1), streamed(done=False), end=ClientEnd.RESET),
        passed(stream("a"), stream("a", finish=None, done=False)),
    ],
    ids=["JSON", "an error event", "a status", "a reset", "upstream was well"],
)
def test_a_break_that_shows_is_visible(of: CaseView) -> None:
    assert silent("break-visible", [of])


def test_a_200_with_an_error_inside_weighs_less_in_a_stream() -> None:
    late = passed(failure(500), streamed(ERROR, done=False))
    plain = passed(failure(500), Reply(headers=(("content-type", "application/json"),), body=ERROR.data))

    assert [breach.level for breach in breaches("status-mapped", late)] == [Level.SHOULD]
    assert [breach.level for breach in breaches("status-mapped", plain)] == [None]


@pytest.mark.parametrize(
    ("reply", "level"),
    [(failure(500), None), (failure(429), None), (Reply(mute=True), Level.SHOULD)],
    ids=["500", "429", "no answer"],
)
def test_a_200_that_broke_off_loses_the_status_of_a_refusal(reply: Reply, level: Level | None) -> None:
    of = passed(reply, streamed(Event(b": one moment\n\n"), done=False), end=ClientEnd.CLOSED_EARLY)

    (breach,) = breaches("status-mapped", of)

    assert (breach.level, "a 200 that broke off" in breach.message) == (level, True)


@pytest.mark.parametrize("end", [ClientEnd.LEFT, ClientEnd.TIMED_OUT])
def test_a_200_whose_end_was_not_seen_is_not_judged_by_its_status(end: ClientEnd) -> None:
    assert silent("status-mapped", [view(client(streamed(done=False), end=end), upstream(b"", end=GONE))])


HALF_JSON = Reply(headers=(("content-type", "application/json"),), body=b'{"choices":[')


@pytest.mark.parametrize(
    ("got", "end"),
    [
        (answer("a"), ClientEnd.CLOSED_EARLY),
        (HALF_JSON, ClientEnd.CLOSED_EARLY),
        (streamed(chunk("a"), done=False), ClientEnd.COMPLETE),
        (streamed(done=False), ClientEnd.COMPLETE),
    ],
    ids=["JSON that lacks its end", "half of JSON", "a stream without an end mark", "an empty stream"],
)
def test_any_other_200_for_a_failure_has_its_full_weight(got: Reply, end: ClientEnd) -> None:
    (breach,) = breaches("status-mapped", passed(failure(500), got, end=end))

    assert (breach.level, breach.message) == (None, "ask: upstream only ever failed (500), the client got a 200")


def test_every_failure_is_told_by_its_status() -> None:
    calls = [upstream(failure(500)), upstream(Reply(mute=True), at=0.2)]

    assert "only ever failed (500, no answer)" in message("status-mapped", view(client(answer(), end_s=1.0), calls))


def test_an_old_answer_may_stand_in_for_a_failure() -> None:
    calls = [upstream(answer()), upstream(failure(500), at=5.1)]

    assert silent("status-mapped", [view(client(answer(), at=5.0), calls)])


def test_several_answers_that_broke_off_are_laundered_once() -> None:
    calls = [upstream(cut(stream("a", "b"), 1)), upstream(cut(stream("a", "b"), 1), at=0.2)]

    assert message("no-laundering", view(client(stream("a"), end_s=1.0), calls)).startswith("ask: [DONE] reached")


@pytest.mark.parametrize(
    ("got", "asked", "right"),
    [
        (Reply(), {}, False),
        (Reply(), {"stream": False}, True),
        (Reply(status=502), {}, True),
        (streamed(chunk("a"), done=False), {"stream": False}, True),
    ],
    ids=["nothing at all", "JSON was asked for", "a failure", "a stream nobody asked for"],
)
def test_only_a_stream_that_was_given_can_end_without_a_word(got: Reply, asked: Fields, right: bool) -> None:
    assert silent("break-visible", [passed(cut(stream("a"), 1), got, **{"stream": True, **asked})]) is right


def test_a_break_that_upstreams_framing_showed_may_not_be_hidden() -> None:
    quiet = streamed(chunk("a"), done=False)
    calls = {
        "closed inside a chunked body": upstream(cut(stream("a"), 1)),
        "reset": upstream(cut(stream("a"), 1, ending=Reset())),
        "less than its length": upstream(replace(cut(stream("a"), 1), framing=Length(off_by_bytes=9), ending=Close())),
        "given up": upstream(cut(stream("a"), 1), end=GONE),
        "an error event": upstream(streamed(chunk("a"), ERROR, done=False)),
    }

    weights = {
        how: [breach.level for breach in breaches("break-visible", view(client(quiet), call))]
        for how, call in calls.items()
    }

    assert weights == {how: [None] for how in calls}


def test_an_end_that_was_passed_on_as_it_came_weighs_less() -> None:
    quiet = streamed(chunk("a"), done=False)
    until_close = client(quiet, headers=quiet.headers)
    in_order = passed(quiet)
    without_length = view(client(quiet), upstream(replace(quiet, framing=UntilClose())))
    bare = view(until_close, upstream(cut(stream("a"), 1)))

    for of in (in_order, without_length, bare):
        assert [breach.level for breach in breaches("break-visible", of)] == [Level.SHOULD]


PAGE = Reply(headers=(("content-type", "text/html"),), body=b"<!doctype html>Just a moment")


@pytest.mark.parametrize("sent", [PAGE, replace(PAGE, body=b""), replace(answer(), body=b"{'a'")], ids=str)
def test_what_is_no_answer_may_not_be_wrapped_into_one(sent: Reply) -> None:
    own = json_reply(b'{"content":"<!doctype html>Just a moment"}')

    assert "a 200 in JSON without an error" in message("no-laundering", passed(sent, own))
    assert silent("no-laundering", [passed(sent), passed(sent, failure(502)), passed(sent, json_reply(ERROR_JSON))])


def test_json_without_an_answer_may_be_passed_on() -> None:
    assert silent("no-laundering", [passed(json_reply(b'{"id":"chatcmpl-1"}'))])


def test_an_answer_in_json_may_not_become_an_empty_stream() -> None:
    whole = answer("Hello")
    empty, given = client(stream()), client(stream("Hello"))

    assert "an empty stream with [DONE]" in message("no-laundering", view(empty, upstream(whole)))
    assert silent("no-laundering", [view(given, upstream(whole)), view(client(stream()), upstream(stream()))])


def test_nothing_is_wrong_with_a_whole_answer_in_another_form() -> None:
    whole = [passed(stream("a")), passed(stream("a"), answer("a")), passed(replace(answer("a")), stream("a"))]

    assert silent("no-laundering", whole)
    assert silent("one-terminal", whole)
