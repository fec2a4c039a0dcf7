"""The borders of the rules about what an answer says beside its text."""

from __future__ import annotations

import pytest

from fault_injection.reply import Reply, event
from harness.core.judging.view import CaseView
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

ERROR = event('{"error":{"message":"boom"}}')
USAGE: Json = {"usage": {"prompt_tokens": 3, "completion_tokens": 2}}
TWO = streamed(chunk("a"), chunk("b", index=1), chunk(finish="stop"), chunk(finish="stop", index=1))


def _tools(*calls: Json, finish: str = "tool_calls") -> Reply:
    return streamed(chunk(delta={"tool_calls": list(calls)}), chunk(finish=finish))


def _call(name: str = "f", arguments: str = "{}", **more: Fields) -> Json:
    return {"index": 0, "id": "c1", "function": {"name": name, "arguments": arguments}, **more}


def _levels(invariant: str, of: CaseView) -> list[Level | None]:
    return [breach.level for breach in breaches(invariant, of)]


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


def test_a_piece_of_a_call_says_by_its_index_which_call_it_belongs_to() -> None:
    bare = {name: value for name, value in _call().items() if name != "index"}

    assert "without its index" in message("tool-calls-intact", passed(_tools(_call()), _tools(bare)))
    assert silent("tool-calls-intact", [passed(_tools(bare)), passed(_tools(bare), _tools(_call()))])


def test_a_call_by_another_id_or_type_is_told_and_weighs_less() -> None:
    typed = _tools(_call(type="function"))

    assert _levels("tool-calls-intact", passed(_tools(_call()), _tools(_call(id="call_0")))) == [Level.SHOULD]
    assert _levels("tool-calls-intact", passed(typed, _tools(_call()))) == [Level.SHOULD]
    assert silent("tool-calls-intact", [passed(_tools(_call()), typed)])


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


def test_the_total_is_upstreams_where_it_told_one() -> None:
    def counted(**total: int) -> Reply:
        return answer(usage={**USAGE["usage"], **total})

    assert "total_tokens was 2, upstream counted 5" in message(
        "usage-true", passed(counted(total_tokens=5), counted(total_tokens=2))
    )
    assert "total_tokens was None" in message("usage-true", passed(counted(total_tokens=5), counted()))
    assert silent("usage-true", [passed(counted(), counted(total_tokens=5))])


def test_one_stream_has_one_id_unless_upstreams_had_more() -> None:
    several = streamed(chunk("a", id="one"), chunk(finish="stop", id="two"))

    assert "one stream carries the ids ['one', 'two']" in message("ids-unique", passed(stream("a"), several))
    assert silent("ids-unique", [passed(several)])


def test_an_id_that_came_from_nowhere_is_the_targets_own() -> None:
    assert "'chatcmpl-1' as well" in message("ids-unique", view([client(answer()), client(answer(), at=1.0)]))


def test_an_id_that_upstream_repeats_may_be_passed_on() -> None:
    clients = [client(answer()), client(answer(), nonce=OTHER)]

    assert silent("ids-unique", [view(clients, [upstream(answer()), upstream(answer(), nonce=OTHER)])])
    assert silent("ids-unique", [view([client(native("a")), client(failure(500))])])


def test_a_word_for_the_end_that_nobody_knows_may_be_guessed_at() -> None:
    assert _levels("finish-true", passed(stream("a", finish="model_length"), stream("a"))) == [Level.SHOULD]
    assert _levels("finish-true", passed(stream("a", finish="length"), stream("a"))) == [None]
