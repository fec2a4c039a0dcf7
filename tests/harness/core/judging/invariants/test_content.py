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
    Fields,
    Json,
    answer,
    breaches,
    chunk,
    client,
    cut,
    failure,
    message,
    native,
    passed,
    silent,
    stream,
    streamed,
    upstream,
    view,
)

TEXT_RULES = ("no-loss", "no-duplication", "no-invention", "order-kept")
ERROR = event('{"error":{"message":"boom"}}')
USAGE: Json = {"usage": {"prompt_tokens": 3, "completion_tokens": 2}}
TWO = streamed(chunk("a"), chunk("b", index=1), chunk(finish="stop"), chunk(finish="stop", index=1))


def _tools(*calls: Json, finish: str = "tool_calls") -> Reply:
    return streamed(chunk(delta={"tool_calls": list(calls)}), chunk(finish=finish))


def _call(name: str = "f", arguments: str = "{}", **more: Fields) -> Json:
    return {"index": 0, "id": "c1", "function": {"name": name, "arguments": arguments}, **more}


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
    calls = [upstream(stream("mine")), upstream(_tools(_call()), nonce=OTHER), upstream(failure(500), nonce=OTHER)]

    assert silent("no-cross-talk", [view(client(stream("yours")), calls)])


def test_a_broken_answer_needs_no_finish_and_may_have_no_other() -> None:
    assert silent("finish-true", [passed(stream("a"), streamed(chunk("a"), ERROR, done=False))])
    assert breaches("finish-true", passed(stream("a"), streamed(chunk("a", finish="error"), ERROR, done=False)))


def test_one_choice_without_a_finish_does_not_excuse_another() -> None:
    def ending(end: str) -> Reply:
        return streamed(chunk("a"), chunk("b", index=1), chunk(finish=end, index=1))

    assert "'stop', upstream said 'length'" in message("finish-true", passed(ending("length"), ending("stop")))


def test_natively_the_target_says_what_it_knows() -> None:
    assert silent("finish-true", [view(client(stream("a")), upstream(native("a"), surface="ai.run"))])


def test_the_finish_of_any_call_that_said_the_same_will_do() -> None:
    calls = [upstream(stream("a", finish="length")), upstream(stream("a"), at=0.5)]

    assert silent("finish-true", [view(client(stream("a", finish="length"), at=1.0), calls)])


def test_choices_that_change_places_are_told() -> None:
    swapped = streamed(chunk("b"), chunk("a", index=1), chunk(finish="stop"), chunk(finish="stop", index=1))

    assert "choice 0 says 'b', not 'a'" in message("choices-separate", passed(TWO, swapped))
    assert silent("choices-separate", [passed(TWO), passed(TWO, cut(stream("a"), 1))])


@pytest.mark.parametrize(
    ("sent", "got"),
    [
        (_call(arguments='{"a":1}'), _call(arguments='{"a": 1}')),
        (_call(arguments=""), _call(arguments="{}")),
        (_call(arguments='{"a'), _call(arguments='{"a')),
        (_call(id=None), _call(id=None)),
        (_call(), _call(index=3)),
    ],
    ids=["spaces", "no arguments", "broken as sent", "no id as sent", "another index"],
)
def test_tool_calls_may_be_written_in_more_than_one_way(sent: Json, got: Json) -> None:
    assert silent("tool-calls-intact", [passed(_tools(sent), _tools(got))])


def test_tool_calls_in_an_answer_that_broke_off_need_not_be_whole() -> None:
    assert silent("tool-calls-intact", [passed(_tools(_call()), cut(_tools(_call()), 0))])


def test_a_choice_that_never_came_has_lost_its_tool_calls() -> None:
    second = streamed(
        chunk("a"), chunk(delta={"tool_calls": [_call()]}, index=1), chunk(finish="stop"), chunk(finish="stop", index=1)
    )

    assert "tool calls [], upstream sent [('f', '{}')]" in message("tool-calls-intact", passed(second, stream("a")))


def test_two_calls_by_one_id_cannot_be_answered() -> None:
    two = _tools(_call(), _call("g", index=1, id="c2"))
    same = _tools(_call(), _call("g", index=1))

    assert "no id of their own" in message("tool-calls-intact", passed(two, same))


def test_whoever_translates_gives_the_calls_their_ids() -> None:
    sent = upstream(streamed({"tool_calls": [{"name": "f", "arguments": {}}]}), surface="ai.run")

    assert "no id of their own" in message("tool-calls-intact", view(client(_tools(_call(id=""))), sent))


@pytest.mark.parametrize(
    "of",
    [
        passed(answer(), answer(**USAGE)),
        passed(answer(usage={"prompt_tokens": 0, "completion_tokens": 0}), answer()),
        passed(stream("a", **USAGE), stream("a")),
        passed(stream("a", **USAGE), stream("a"), params={"stream_options": 7}),
        passed(answer(**USAGE), failure(502)),
        passed(answer(**USAGE)),
    ],
    ids=[
        "upstream did not count",
        "it counted nothing",
        "it was not asked for",
        "nor that way",
        "no answer",
        "it arrived",
    ],
)
def test_usage_is_owed_only_where_it_was_counted_and_asked_for(of: CaseView) -> None:
    assert silent("usage-true", [of])


def test_usage_of_a_stream_is_owed_when_asked_for() -> None:
    of = passed(stream("a", **USAGE), stream("a"), params={"stream_options": {"include_usage": True}})

    assert "usage was {'prompt_tokens': None" in message("usage-true", of)


def test_one_stream_has_one_id_unless_upstreams_had_more() -> None:
    several = streamed(chunk("a", id="one"), chunk(finish="stop", id="two"))

    assert "one stream carries the ids ['one', 'two']" in message("ids-unique", passed(stream("a"), several))
    assert silent("ids-unique", [passed(several)])


def test_an_id_that_came_from_nowhere_is_the_targets_own() -> None:
    assert "share the id 'chatcmpl-1'" in message("ids-unique", view([client(answer()), client(answer(), at=1.0)]))


def test_an_id_that_upstream_repeats_may_be_passed_on() -> None:
    clients = [client(answer()), client(answer(), nonce=OTHER)]

    assert silent("ids-unique", [view(clients, [upstream(answer()), upstream(answer(), nonce=OTHER)])])
    assert silent("ids-unique", [view([client(native("a")), client(failure(500))])])


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


def test_a_word_for_the_end_that_nobody_knows_may_be_guessed_at() -> None:
    assert _levels("finish-true", passed(stream("a", finish="model_length"), stream("a"))) == [Level.SHOULD]
    assert _levels("finish-true", passed(stream("a", finish="length"), stream("a"))) == [None]


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

    assert {name: breaches(name, passed(deep)) for name in ALL if breaches(name, passed(deep))} == {}
    assert _levels("no-invention", passed(deep, answer("Hi"))) == [None]
