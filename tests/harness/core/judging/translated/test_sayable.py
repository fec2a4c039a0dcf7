"""What is held against an answer in a dialect with words of its own: meanings, and only those that it can say."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from fault_injection.reply import Event, Reply
from harness.core.judging.invariants import ALL
from harness.core.judging.translated.sayable import sayable
from harness.core.judging.upstream.view import UpstreamView, Wholeness
from harness.core.judging.view import CaseView
from harness.core.observed.bodies import read_body
from harness.core.observed.history import Piece
from harness.core.target.claims import Limits
from harness.core.target.dialects import chat_body
from scenarios.case import Step
from scenarios.dialects import AG_UI, AI_SDK, COPILOTKIT, MESSAGES, OTHERS, RESPONSES
from tests.harness.core.histories import (
    MAIN,
    NONCE,
    breaches,
    chunk,
    client,
    cut,
    failure,
    stream,
    streamed,
    upstream,
    view,
)
from tests.harness.core.observed.dialects import golden as g

SENT = stream("Hel", "lö", usage={"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5})
SAID = {each.dialect: each for each in reversed(g.GOLDEN) if each.name == "plain"}
LENGTH = {each.dialect: each for each in g.GOLDEN if each.name == "length"}
FAILED = {each.dialect: each for each in reversed(g.GOLDEN) if each.name == "error"}
EACH = pytest.mark.parametrize("dialect", OTHERS)


def judged(got: g.Golden, sent: Reply = SENT) -> CaseView:
    """Build the view of an exchange: what upstream sent, and the golden stream that its client got."""
    reply = Reply(headers=(("content-type", got.content_type),), body=(Event(got.body),))
    body = chat_body(Step(), dialect=got.dialect, text=f"{NONCE} tokens=2", model=MAIN)
    return view(
        client(reply, dialect=got.dialect, body=body, stream=True), upstream(sent), limits=Limits(deadline_s=10.0)
    )


def blamed(of: CaseView) -> set[str]:
    """Return every invariant that is broken."""
    return {name for name in ALL if breaches(name, of)}


@EACH
def test_an_answer_that_means_the_same_is_blamed_for_nothing(dialect: str) -> None:
    assert blamed(judged(SAID[dialect])) == set()


@EACH
def test_a_failure_told_in_the_words_of_the_dialect_is_blamed_for_nothing(dialect: str) -> None:
    sent = cut(stream("Hel", "lö"), 1, Event(b'data: {"error":{"message":"no"}}\n\n'))

    assert blamed(judged(FAILED[dialect], sent)) == set()


@EACH
def test_a_break_that_is_told_as_a_whole_answer_is_laundered(dialect: str) -> None:
    assert "no-laundering" in blamed(judged(SAID[dialect], cut(stream("Hel", "lö", "!"), 2)))


@EACH
def test_an_error_that_is_told_as_a_whole_answer_was_swallowed(dialect: str) -> None:
    sent = cut(stream("Hel", "lö", "!"), 2, Event(b'data: {"error":{"message":"no"}}\n\n'))

    assert "error-surfaced" in blamed(judged(SAID[dialect], sent))


@pytest.mark.parametrize("dialect", [AG_UI, AI_SDK])
def test_reasoning_is_asked_of_a_dialect_that_has_a_word_for_it(dialect: str) -> None:
    sent = streamed(
        chunk(delta={"reasoning_content": "H", "reasoning": "H"}),
        chunk(delta={"reasoning": "mö"}),
        chunk(delta={"content": "Hi"}),
        chunk(finish="stop"),
    )
    (told,) = (each for each in g.GOLDEN if each.id == f"{dialect}-reasoning")
    another = replace(told, body=told.body.replace("mö".encode(), b"ma"))

    assert blamed(judged(told, sent)) == set()
    assert blamed(judged(another, sent)) == {"fields-kept"}


@pytest.mark.parametrize("dialect", [COPILOTKIT, MESSAGES, RESPONSES])
def test_reasoning_that_a_dialect_has_no_plain_word_for_is_not_asked_of_it(dialect: str) -> None:
    sent = streamed(
        chunk(delta={"reasoning": "Hm."}), chunk(delta={"content": "Hellö"}), chunk(finish="stop"),
        chunk(choices=[], usage={"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}),
    )  # fmt: skip

    assert "fields-kept" not in blamed(judged(SAID[dialect], sent))


@EACH
def test_text_that_is_missing_is_lost_in_every_dialect(dialect: str) -> None:
    assert blamed(judged(SAID[dialect], stream("Hel", "lö", "!"))) >= {"no-loss"}


@pytest.mark.parametrize("dialect", LENGTH)
def test_a_cut_at_the_bound_is_told_in_other_words(dialect: str) -> None:
    assert "finish-true" not in blamed(judged(LENGTH[dialect], stream("Hi", finish="length")))
    assert "finish-true" in blamed(judged(LENGTH[dialect], stream("Hi", finish="stop")))


@pytest.mark.parametrize("dialect", [COPILOTKIT, AG_UI])
def test_what_a_dialect_does_not_tell_is_not_asked_of_it(dialect: str) -> None:
    sent = stream("Hel", "lö", finish="length", usage={"prompt_tokens": 9, "completion_tokens": 9})

    assert blamed(judged(SAID[dialect], sent)) == set()


@pytest.mark.parametrize("dialect", [RESPONSES, MESSAGES])
def test_other_tokens_than_upstream_counted_are_told(dialect: str) -> None:
    sent = stream("Hel", "lö", usage={"prompt_tokens": 3, "completion_tokens": 9})

    assert blamed(judged(SAID[dialect], sent)) == {"usage-true"}


@pytest.mark.parametrize("dialect", [COPILOTKIT, AG_UI, AI_SDK])
def test_an_error_under_status_200_is_the_way_of_some_dialects(dialect: str) -> None:
    assert not breaches("status-mapped", judged(FAILED[dialect], failure(502)))


def test_whether_upstream_was_whole_does_not_hang_on_the_words_of_the_client() -> None:
    for dialect in OTHERS:
        assert UpstreamView(upstream(SENT), told_in=dialect).wholeness is Wholeness.WHOLE


def test_names_that_a_translation_may_choose_are_not_compared() -> None:
    tools = [{"index": 0, "id": "call_9", "type": "function", "function": {"name": "look", "arguments": "{}"}}]
    sent = streamed(chunk(delta={"tool_calls": tools}), chunk(finish="tool_calls"))
    reading = read_body([Piece(0.0, sent.body_bytes)], "text/event-stream")

    (choice,) = sayable(reading, MESSAGES).choices.values()

    assert [(tool.id, tool.name, tool.arguments) for tool in choice.tools.values()] == [("", "look", "{}")]
    assert choice.finish == "tool_calls"


def test_a_finish_reason_that_nobody_knows_has_no_words_elsewhere() -> None:
    sent = read_body([Piece(0.0, stream("a", finish="unheard-of").body_bytes)], "text/event-stream")

    assert sayable(sent, MESSAGES).choices[0].finish is None


STRAYS = {
    "name": (MESSAGES, "event: ping", "event: pong", "an event is called pong"),
    "order": (MESSAGES, '"index": 0, "delta"', '"index": 1, "delta"', "a delta is for block 1, and 0 is open"),
    "start": (MESSAGES, '"type": "message_start"', '"type": "message_begin"', "an event is called message_start"),
    "number": (RESPONSES, '"sequence_number": 5', '"sequence_number": 3', "sequence_number 3 came behind 4"),
    "numbers": (RESPONSES, ', "sequence_number": 5', "", "has no sequence_number"),
    "whole": (RESPONSES, '"text": "Hellö"}]}], "usage"', '"text": "Hel"}]}], "usage"', "says another text than its"),
    "status": (
        RESPONSES,
        '"status": "completed", "output"',
        '"status": "failed", "output"',
        "holds a response that is",
    ),
    "open": (AG_UI, '"type": "TEXT_MESSAGE_END"', '"type": "STEP_STARTED"', "RUN_FINISHED came while message m was"),
    "first": (AG_UI, '"type": "RUN_STARTED"', '"type": "CUSTOM"', "CUSTOM came before RUN_STARTED"),
    "unknown": (AI_SDK, '"type": "start-step"', '"type": "step-start"', "no part is of the type 'step-start'"),
    "text": (AI_SDK, '"type": "text-start"', '"type": "custom"', "text-delta is about the text '0'"),
    "path": (COPILOTKIT, '"content", 1]', '"content", 2]', "piece 2 of message 0 came, number 1 was to come"),
    "length": (COPILOTKIT, "Content-Length: 18", "Content-Length: 17", "bytes stand between a part and the boundary"),
    "closing": (COPILOTKIT, "\r\n-----\r\n", "\r\n---", "the closing boundary is missing"),
    "unsaid": (COPILOTKIT, '"code": "Success"', '"code": "Pending"', "the last part came and the status is Pending"),
}


@pytest.mark.parametrize(("dialect", "of", "instead", "told"), STRAYS.values(), ids=STRAYS)
def test_a_departure_from_the_grammar_is_told(dialect: str, of: str, instead: str, told: str) -> None:
    golden = SAID[dialect]
    odd = replace(golden, body=golden.body.replace(of.encode(), instead.encode(), 1))
    assert odd.body != golden.body

    found = [each.message for each in breaches("valid-framing", judged(odd))]

    assert any(f"this is no {dialect} stream: " in each and told in each for each in found), found


@EACH
def test_two_ends_are_one_too_many(dialect: str) -> None:
    golden = SAID[dialect]
    if dialect == COPILOTKIT:
        body = golden.body.removesuffix(b"--\r\n") + g.parts({"hasNext": False}).removeprefix(b"\r\n---")
    elif dialect == AI_SDK:
        body = golden.body + g.DONE
    else:
        body = golden.body + golden.body[golden.body.rstrip().rindex(b"\n\n") + 2 :]

    assert "one-terminal" in blamed(judged(replace(golden, body=body)))


def test_a_whole_answer_that_is_no_stream_is_read_in_every_dialect_that_has_one() -> None:
    whole = {
        MESSAGES: {"type": "message", "content": [{"type": "text", "text": "Hi"}], "stop_reason": "end_turn"},
        RESPONSES: g.response("completed", g.item("Hi")),
        COPILOTKIT: {"data": {g.FIELD: {"status": {"code": "Success"}, "messages": [g.said_whole("Hi")]}}},
    }
    for dialect, value in whole.items():
        read = read_body([Piece(0.0, json.dumps(value).encode())], "application/json", dialect=dialect)
        assert (read.form, read.text, read.claims_success) == ("json", "Hi", True)


@EACH
@pytest.mark.parametrize("value", [{"error": {"message": "no"}}, {"errors": [{"message": "no"}]}])
def test_an_error_instead_of_an_answer_is_one_in_every_dialect(dialect: str, value: dict[str, object]) -> None:
    read = read_body([Piece(0.0, json.dumps(value).encode())], "application/json", dialect=dialect)

    assert not read.claims_success
    assert read.error == "no" or "errors" in value
