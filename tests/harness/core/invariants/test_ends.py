"""The borders of the rules about ends: what more is a breach, and what is none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fault_injection.reply import Event, Reply, event
from harness.core.history import ClientEnd, UpstreamEnd
from harness.core.view import CaseView
from reports.record import Level
from tests.harness.core.histories import (
    DONE,
    OTHER,
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

ERROR = event('{"error":{"message":"boom"}}')
LONG = stream(*"abcdefgh", wait_s=0.5)
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


def test_a_surplus_that_was_passed_on_weighs_less() -> None:
    surplus = streamed(chunk("a", finish="stop"), DONE, chunk("late"), DONE, done=False)
    part = streamed(chunk("a", finish="stop"), DONE, chunk("late"), done=False)

    assert [breach.level for breach in breaches("one-terminal", passed(surplus))] == [Level.SHOULD]
    assert [breach.level for breach in breaches("one-terminal", passed(surplus, part))] == [Level.SHOULD]
    assert [breach.level for breach in breaches("one-terminal", passed(part, surplus))] == [None]


def test_a_malformed_event_may_be_passed_on_and_not_dropped() -> None:
    sent = streamed(chunk("a"), "{'", chunk("b", finish="stop"))

    assert silent("error-surfaced", [passed(sent), passed(sent, streamed(chunk("a"), ERROR, done=False))])
    assert "they were dropped and the answer claims success" in message(
        "error-surfaced", passed(sent, stream("a", "b"))
    )
    assert breaches("error-surfaced", passed(sent, answer("ab")))


def test_an_answer_kept_from_a_clean_call_dropped_nothing() -> None:
    calls = [upstream(stream("a")), upstream(streamed(chunk("a"), "{'", chunk(finish="stop")), at=0.5)]

    assert silent("error-surfaced", [view(client(stream("a"), at=1.0), calls)])


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


def test_a_200_that_broke_off_without_a_word_of_the_answer_weighs_less() -> None:
    of = passed(failure(500), streamed(Event(b": one moment\n\n"), done=False), end=ClientEnd.CLOSED_EARLY)

    (breach,) = breaches("status-mapped", of)

    assert (breach.level, "a 200 that broke off" in breach.message) == (Level.SHOULD, True)


@pytest.mark.parametrize("end", [ClientEnd.LEFT, ClientEnd.TIMED_OUT])
def test_a_200_whose_end_was_not_seen_is_not_judged_by_its_status(end: ClientEnd) -> None:
    assert silent("status-mapped", [view(client(streamed(done=False), end=end), upstream(b"", end=GONE))])


def test_an_old_answer_may_stand_in_for_a_failure() -> None:
    calls = [upstream(answer()), upstream(failure(500), at=5.1)]

    assert silent("status-mapped", [view(client(answer(), at=5.0), calls)])


def test_a_stream_that_still_came_when_the_client_gave_up_was_alive() -> None:
    of = view(client(LONG, end=ClientEnd.TIMED_OUT, end_s=4.0), upstream(LONG))

    assert silent("ends-in-time", [of])


def test_one_late_piece_is_life_enough() -> None:
    def given_up(at_s: float) -> CaseView:
        call = upstream(cut(stream("a"), 1), at=at_s, end=UpstreamEnd.RUNNING)
        return view(client(end=ClientEnd.TIMED_OUT, end_s=11.0), replace(call, pieces=call.pieces[:1]))

    assert silent("ends-in-time", [given_up(10.5)])
    assert breaches("ends-in-time", given_up(9.5))


@pytest.mark.parametrize(
    "asked",
    [
        {"end": ClientEnd.LEFT},
        {"end": ClientEnd.TIMED_OUT},
        {"moves": {"read_pause_s": 1.0}},
        {"moves": {"read_bytes_per_s": 9.0}},
    ],
)
def test_a_stream_whose_client_does_not_read_may_be_cut(asked: Fields) -> None:
    of = view(client(cut(LONG, 6), **{"end": ClientEnd.RESET, **asked}), upstream(cut(LONG, 6), end=GONE))

    assert silent("long-stream-lives", [of])


@pytest.mark.parametrize(
    "call",
    [
        upstream(cut(LONG, 6), end=GONE, faults=("sse.stall()",)),
        upstream(cut(LONG, 6)),
        upstream(cut(LONG, 1), end=GONE),
        upstream(cut(LONG, 6), end=GONE, end_s=9.0),
        upstream(cut(stream(*"abcdefgh", wait_s=2.0), 6), end=GONE),
    ],
    ids=["upstream was at fault", "upstream ended it", "it had hardly begun", "it was silent", "the deadline was over"],
)
def test_an_end_with_a_reason_is_no_total_time_limit(call: Fields) -> None:
    asked = client(cut(LONG, 6), end=ClientEnd.CLOSED_EARLY)

    assert silent("long-stream-lives", [view(asked, call)])


def test_an_upstream_call_that_outlives_its_client_is_told() -> None:
    late = view(client(end=LEFT, end_s=0.2), upstream(answer(), end_s=5.2))

    assert "the upstream call ended 5.0 s later" in message("cancel-propagates", late)


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
    assert "'failed with 500'" in message("alive-after", view(alive=client(failure(500), nonce=OTHER)))
    assert silent("alive-after", [view(alive=client(answer())), view()])


def test_nothing_is_wrong_with_a_whole_answer_in_another_form() -> None:
    whole = [passed(stream("a")), passed(stream("a"), answer("a")), passed(replace(answer("a")), stream("a"))]

    assert silent("no-laundering", whole)
    assert silent("one-terminal", whole)
