"""The borders of the rules about end marks: what more is a breach, what weighs less, and what is none."""

from __future__ import annotations

import json

import pytest

from fault_injection.reply import Event, Reply, event
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd, UpstreamEnd
from reports.record import Level
from tests.harness.core.histories import (
    DONE,
    answer,
    breaches,
    chunk,
    client,
    cut,
    message,
    passed,
    silent,
    stream,
    streamed,
    upstream,
    view,
)
from tests.harness.core.observed.dialects import golden as g

ERROR = event('{"error":{"message":"boom"}}')
FAILED = chunk(finish="error")


def test_a_surplus_that_was_passed_on_weighs_less() -> None:
    surplus = streamed(chunk("a", finish="stop"), DONE, chunk("late"), DONE, done=False)
    part = streamed(chunk("a", finish="stop"), DONE, chunk("late"), done=False)

    assert [breach.level for breach in breaches("one-terminal", passed(surplus))] == [Level.SHOULD]
    assert [breach.level for breach in breaches("one-terminal", passed(surplus, part))] == [Level.SHOULD]
    assert [breach.level for breach in breaches("one-terminal", passed(part, surplus))] == [None]


@pytest.mark.parametrize(
    ("done", "end", "right"),
    [
        (False, ClientEnd.CLOSED_EARLY, True),
        (False, ClientEnd.RESET, True),
        (False, ClientEnd.COMPLETE, False),
        (True, ClientEnd.CLOSED_EARLY, False),
    ],
)
def test_a_stream_that_breaks_off_where_an_event_makes_no_sense_tells_of_it(
    end: ClientEnd, *, done: bool, right: bool
) -> None:
    sent = streamed(chunk("a"), chunk(finish="stop"), "{'", DONE, done=False)
    got = streamed(chunk("a"), chunk(finish="stop"), done=done)

    assert silent("error-surfaced", [passed(sent, got, end=end)]) is right


def test_a_malformed_event_may_be_passed_on_and_not_dropped() -> None:
    sent = streamed(chunk("a"), "{'", chunk("b", finish="stop"))

    assert silent("error-surfaced", [passed(sent), passed(sent, streamed(chunk("a"), ERROR, done=False))])
    assert "malformed event(s) were dropped" in message("error-surfaced", passed(sent, stream("a", "b")))
    assert breaches("error-surfaced", passed(sent, answer("ab")))


def test_an_answer_kept_from_a_clean_call_dropped_nothing() -> None:
    calls = [upstream(stream("a")), upstream(streamed(chunk("a"), "{'", chunk(finish="stop")), at=0.5)]

    assert silent("error-surfaced", [view(client(stream("a"), at=1.0), calls)])


@pytest.mark.parametrize(
    ("sent", "level", "as_well"),
    [
        ([chunk("a"), DONE, DONE], Level.SHOULD, ", as upstream sent them"),
        ([chunk("a"), DONE, chunk("b")], None, ""),
        ([chunk("a"), DONE], None, ""),
    ],
    ids=["the same", "another surplus", "none"],
)
def test_a_second_end_weighs_less_only_where_upstream_sent_it(
    sent: list[Event], level: Level | None, as_well: str
) -> None:
    (breach,) = breaches("one-terminal", passed(streamed(*sent, done=False), streamed(chunk("a"), DONE)))

    assert breach.level is level
    assert breach.message == f"ask: 2 terminal events and 1 event after the first of them{as_well}"


@pytest.mark.parametrize(
    ("behind", "level"),
    [
        ((ERROR,), Level.SHOULD),
        ((DONE,), Level.SHOULD),
        ((FAILED, DONE), Level.SHOULD),
        ((chunk(finish="stop"), DONE), None),
        ((chunk("more"),), None),
    ],
    ids=["another error", "[DONE]", "finish_reason error", "a success", "text"],
)
def test_behind_an_error_only_what_misleads_is_a_must(behind: tuple[Event, ...], level: Level | None) -> None:
    of = passed(streamed(chunk("a"), ERROR, done=False), streamed(chunk("a"), ERROR, *behind, done=False))

    assert [breach.level for breach in breaches("one-terminal", of)] == [level]


def test_an_error_behind_the_end_mark_tells_of_a_connection_that_was_lost_there() -> None:
    whole, twice = stream("a"), streamed(*stream("a").events[:-1], DONE, ERROR, done=False)

    assert [breach.level for breach in breaches("one-terminal", passed(cut(whole, 3), twice))] == [Level.SHOULD]
    assert [breach.level for breach in breaches("one-terminal", passed(whole, twice))] == [None]


def test_two_successes_are_a_must() -> None:
    assert [
        breach.level for breach in breaches("one-terminal", passed(stream("a"), streamed(*stream("a").events)))
    ] == [None]


def test_upstreams_own_end_mark_may_not_be_dropped() -> None:
    without = stream("a", done=False)

    assert "upstream's [DONE] did not reach the client" in message("one-terminal", passed(stream("a"), without))
    assert silent("one-terminal", [passed(without), passed(stream("a")), passed(answer("a"), without)])


def test_whoever_hangs_up_at_the_finish_reason_drops_the_end_mark_sent_or_not() -> None:
    without = stream("a", done=False)
    sent = [upstream(reply, end=UpstreamEnd.PEER_LEFT) for reply in (stream("a"), without)]

    assert [bool(breaches("one-terminal", view(client(without), call))) for call in sent] == [True, True]


def _failed_late(got: Reply, **more: ClientEnd) -> CaseView:
    return passed(streamed(chunk("a", finish="stop"), ERROR, done=False), got, **more)


def test_a_finish_reason_from_before_the_error_is_no_word_of_the_targets() -> None:
    passed_on = stream("a", done=False)

    assert [breach.level for breach in breaches("error-surfaced", _failed_late(passed_on))] == [Level.SHOULD]
    assert silent("error-surfaced", [_failed_late(passed_on, end=ClientEnd.RESET)])


@pytest.mark.parametrize("got", [stream("a"), answer("a")], ids=["with [DONE]", "as JSON"])
def test_a_success_that_the_target_vouches_for_is_told(got: Reply) -> None:
    assert [breach.level for breach in breaches("error-surfaced", _failed_late(got))] == [None]


def _broken_with(line: bytes, **more: ClientEnd) -> CaseView:
    got = streamed(chunk("a"), Event(line), done=False)
    return passed(cut(stream("a", "b"), 1), got, **more)


BARE = b'{"error": {"message": "boom"}}\n\n'


def test_an_error_as_a_bare_line_of_json_reaches_no_reader() -> None:
    told = message("error-surfaced", _broken_with(BARE))

    assert 'as a bare line of JSON (\'{"error":{"message": "boom"}}\')' in told
    assert [breach.level for breach in breaches("error-surfaced", _broken_with(BARE))] == [None]
    assert [breach.level for breach in breaches("error-surfaced", _broken_with(BARE.rstrip()))] == [None]


def test_a_bare_error_before_an_end_that_shows_weighs_less() -> None:
    of = _broken_with(BARE, end=ClientEnd.RESET)

    assert [breach.level for breach in breaches("error-surfaced", of)] == [Level.SHOULD]


def test_an_error_event_or_upstreams_own_line_is_no_bare_error_of_the_targets() -> None:
    own = streamed(chunk("a"), Event(BARE), done=False)

    assert silent("error-surfaced", [_broken_with(b"data: " + BARE), _broken_with(BARE + ERROR.raw), passed(own)])
    assert silent("error-surfaced", [_broken_with(b"{not json\n\n"), _broken_with(b'{"trace": 1}\n\n')])


@pytest.mark.parametrize(("dialect", "level"), [("ai-sdk", Level.SHOULD), ("ag-ui", None)])
def test_an_answer_that_goes_on_behind_an_error_weighs_less_where_the_dialects_client_stops_there(
    dialect: str, level: Level | None
) -> None:
    told = {
        "ai-sdk": ({"type": "start"}, {"type": "error", "errorText": "no"}, *g.texts("late"), g.finished("stop")),
        "ag-ui": (g.RUN, {"type": "RUN_ERROR", "message": "no"}, g.SAYING, g.word("late")),
    }
    got = streamed(*(json.dumps(each) for each in told[dialect]), done=dialect == "ai-sdk")
    of = view(client(got, dialect=dialect), upstream(stream("a")))

    assert [breach.level for breach in breaches("one-terminal", of)] == [level]
