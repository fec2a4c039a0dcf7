"""The borders of the rules about what an answer says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fault_injection.reply import Event, Reply, event
from fault_injection.wire import Reset
from harness.core.judging.invariants import ALL
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd
from reports.record import Level
from tests.harness.core.histories import (
    OTHER,
    answer,
    breaches,
    chunk,
    client,
    cut,
    failure,
    later,
    message,
    passed,
    silent,
    stream,
    streamed,
    upstream,
    view,
)

TEXT_RULES = ("no-loss", "no-duplication", "no-invention", "order-kept")
TOOL = {"index": 0, "id": "c1", "function": {"name": "f", "arguments": "{}"}}
ERROR = event('{"error":{"message":"boom"}}')
TWO = streamed(chunk("a"), chunk("b", index=1), chunk(finish="stop"), chunk(finish="stop", index=1))


@pytest.mark.parametrize(
    "of",
    [
        passed(failure(500), failure(502)),
        passed(stream("abc"), cut(stream("a"), 1)),
        passed(stream("abc"), streamed(done=False)),
        passed(stream("a"), Reply(body=b"<html>")),
        view(client(stream("a"))),
        view(client(stream("b"), end_s=1.0), [upstream(stream("a")), upstream(stream("b"), at=0.2)]),
        view(client(stream("seen"), end=ClientEnd.RESET), upstream(b"\x16\x03\x01 nonsense\r\n\r\n")),
        view(client(stream("abc")), replace(upstream(stream("a")), unkept_bytes=9)),
    ],
    ids=["a refusal", "a beginning", "nothing yet", "no answer", "no call", "one of two", "no HTTP", "kept in part"],
)
def test_text_that_may_be_right_is_not_called_wrong(of: CaseView) -> None:
    assert all(silent(rule, [of]) for rule in TEXT_RULES)


def test_a_finished_answer_of_nothing_lost_it_all() -> None:
    assert "nothing of the answer arrived" in message("no-loss", passed(stream("a"), streamed()))


def test_each_choice_is_compared() -> None:
    silent_second = streamed(chunk("a"), chunk(finish="stop"), chunk(finish="stop", index=1))
    other_second = streamed(chunk("a"), chunk("x", index=1), chunk(finish="stop"), chunk(finish="stop", index=1))

    assert "0 of 1 characters arrived" in message("no-loss", passed(TWO, silent_second))
    assert "'x' was never sent" in message("no-invention", passed(TWO, other_second))


def test_text_without_any_answer_upstream_is_invented() -> None:
    assert "and upstream never gave an answer" in message("no-invention", passed(failure(500), answer("Sorry.")))


def test_a_choice_of_its_own_may_be_empty_and_not_say_a_thing() -> None:
    sent = stream("a")

    assert silent("no-invention", [passed(sent, streamed(*sent.events[:-1], chunk(finish="stop", index=1)))])
    assert breaches("no-invention", passed(sent, streamed(*sent.events[:-1], chunk("b", finish="stop", index=1))))


def test_a_kept_part_of_another_answer_is_cross_talk_and_no_invention() -> None:
    calls = [upstream(stream("mine")), upstream(stream("Quite another"), nonce=OTHER)]
    of = view(client(stream("mine", " Quite another")), calls)

    assert breaches("no-cross-talk", of)
    assert silent("no-invention", [of])


@pytest.mark.parametrize("text", ["short", "mine Quite another"])
def test_what_two_answers_share_tells_nothing(text: str) -> None:
    calls = [upstream(stream(text)), upstream(stream(text[-13:]), nonce=OTHER)]

    assert silent("no-cross-talk", [view(client(stream(text)), calls)])


def test_an_answer_without_text_is_nobody_elses() -> None:
    calls = [
        upstream(stream("mine")),
        upstream(streamed(chunk(delta={"tool_calls": [TOOL]})), nonce=OTHER),
        upstream(failure(500), nonce=OTHER),
    ]

    assert silent("no-cross-talk", [view(client(stream("yours")), calls)])


@pytest.mark.parametrize("got", [Reply(), streamed(done=False)], ids=["nothing at all", "an empty stream"])
def test_text_that_is_swallowed_and_its_break_hidden_is_lost(got: Reply) -> None:
    sent = cut(stream("Hello", "world"), 1)

    assert "nothing of what upstream sent arrived" in message("no-loss", view(client(got, stream=True), upstream(sent)))


def test_text_that_broke_off_may_be_kept_back_where_that_shows() -> None:
    sent, empty = cut(stream("Hello", "world"), 1), streamed(done=False)
    reset = cut(stream("Hello", "world"), 1, ending=Reset())

    assert silent(
        "no-loss",
        [
            view(client(empty, end=ClientEnd.CLOSED_EARLY), upstream(sent)),
            passed(sent, streamed({"error": "boom"}, done=False)),
            passed(reset, empty),  # a reset may have taken the text with it
            passed(cut(stream("Hello"), 0), empty),
        ],
    )


def _levels(invariant: str, of: CaseView) -> list[Level | None]:
    return [breach.level for breach in breaches(invariant, of)]


@pytest.mark.parametrize("instead", ["\ufffd", "?", "", "\ufffd\ufffd\ufffd"])
def test_what_stands_for_a_broken_character_is_no_mans_text(instead: str) -> None:
    sent = stream("Hello \ud83d", " world")
    whole, cut_off = (passed(sent, stream(f"Hello {instead}{rest}")) for rest in (" world", ""))

    assert {level for rule in TEXT_RULES for level in _levels(rule, whole)} <= {Level.SHOULD}
    assert [level for rule in TEXT_RULES for level in _levels(rule, cut_off)] == [None]


def test_an_answer_that_breaks_off_before_the_broken_character_is_a_prefix() -> None:
    sent = stream("Hello \ud83d", " world")

    assert silent("no-invention", [passed(sent, streamed(chunk("Hel"), ERROR, done=False))])


def test_bytes_that_are_no_text_leave_what_is_around_them_whole() -> None:
    sent = streamed(Event(chunk("Hello X.").raw.replace(b"X", b"\xc3\x28")), chunk(finish="stop"))

    assert _levels("no-invention", passed(sent, stream("Hello ?(."))) == [Level.SHOULD]
    assert _levels("no-invention", passed(sent, stream("Good bye"))) == [None]


def test_a_choice_that_nobody_asked_for_may_be_taken_either_way() -> None:
    astray = streamed(chunk("a"), chunk("b", index=1), chunk("c", finish="stop"))

    assert _levels("no-invention", passed(astray, stream("a", "b", "c"))) == [Level.OBSERVE]
    assert _levels("no-invention", passed(astray, stream("a", "b", "c"), params={"n": 2})) == [None]


def test_text_that_came_as_an_object_may_be_written_out_in_any_way() -> None:
    assert _levels("no-invention", passed(answer(message={"content": {"a": 1}}), answer("[object Object]"))) == [
        Level.SHOULD
    ]
    assert _levels("no-invention", passed(answer(message={"content": None}), answer("None"))) == [None]


def test_an_event_with_something_behind_its_json_may_be_read_to_there() -> None:
    sent = streamed(Event(chunk("a").raw.replace(b"\n\n", b"{\n\n")), chunk("b", finish="stop"))

    assert silent("no-invention", [passed(sent, stream("a", "b")), passed(sent, stream("b"))])
    assert _levels("error-surfaced", passed(sent, stream("a", "b"))) == [Level.SHOULD]
    assert _levels("error-surfaced", passed(sent, stream("b"))) == [None]


def _in_gzip(reply: Reply) -> Reply:
    return replace(reply, headers=(*reply.headers, ("content-encoding", "gzip")))


@pytest.mark.parametrize(
    "got", [stream("Hello"), failure(502), _in_gzip(stream("Hello"))], ids=["read", "502", "as sent"]
)
def test_what_says_gzip_and_is_plain_may_be_read_as_it_is_or_fail(got: Reply) -> None:
    of = passed(_in_gzip(stream("Hello")), got)

    assert {name: breaches(name, of) for name in ALL if breaches(name, of)} == {}


def test_what_says_gzip_and_is_plain_may_not_become_garbage() -> None:
    assert _levels("no-invention", passed(_in_gzip(stream("Hello")), stream("\x1f\x8b"))) == [None]
    assert _levels("no-loss", passed(_in_gzip(stream("Hello")), stream())) == [None]


def test_an_answer_beside_what_python_cannot_read_is_compared_all_the_same() -> None:
    deep = replace(
        answer("Hello"), body=answer("Hello").body_bytes[:-1] + b',"deep":' + b"[" * 5_000 + b"]" * 5_000 + b"}"
    )

    of = passed(deep)
    again = later(of)

    assert {name: told for name in ALL if (told := breaches(name, of, again=again))} == {}
    assert _levels("no-invention", passed(deep, answer("Hi"))) == [None]


NAMED = (("X-Request-Id", "ep-request-1"),)
OTHERS_NAME = (("X-Request-Id", "ep-request-2"),)


def _named(*answer_headers: tuple[str, str], own: bool = True) -> CaseView:
    """Two requests at once, each with a name; the answer to the second one has these headers."""
    got = replace(answer("Bye"), headers=(*answer().headers, *answer_headers))
    clients = [client(answer("Hello"), request_headers=NAMED), client(got, nonce=OTHER, request_headers=OTHERS_NAME)]
    return view(clients, [upstream(answer("Hello")), *([upstream(answer("Bye"), nonce=OTHER)] if own else [])])


def test_an_answer_that_names_another_request_is_told() -> None:
    told = "its answer says in x-request-id what ask had sent in X-Request-Id"

    assert told in message("no-cross-talk", _named(("x-request-id", "ep-request-1")))
    assert _levels("no-cross-talk", _named(("x-request-id", "ep-request-1"), own=False)) == [Level.SHOULD]


def test_an_answer_may_name_its_own_request_and_say_what_anybody_says() -> None:
    assert silent("no-cross-talk", [_named(), _named(("x-request-id", "ep-request-2")), _named(("x-served-by", "ep"))])
