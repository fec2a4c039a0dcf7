"""What a reader notes of events that are not in their dialect's order, and what it reads all the same."""

from __future__ import annotations

import json

import pytest

from harness.core.observed.bodies import read_body
from harness.core.observed.history import Piece
from harness.core.observed.reading import Reading
from tests.harness.core.observed.dialects import golden as g
from tests.harness.core.observed.dialects.golden import Told

MESSAGES, RESPONSES, AG_UI, AI_SDK, COPILOTKIT = g.SPOKEN


def read(dialect: str, body: bytes, content_type: str = g.EVENTS) -> Reading:
    return read_body([Piece(0.0, body)], content_type, dialect=dialect)


def told(dialect: str, *events: Told) -> Reading:
    """Read these objects as the dialect frames them."""
    if dialect == COPILOTKIT:
        return read(dialect, g.parts(*events), g.PARTS)
    if dialect == RESPONSES:
        return read(dialect, g.numbered(*events))
    return read(dialect, g.events(*events, named=dialect == MESSAGES))


_MORE: Told = {"hasNext": True}
_CALL = g.message(0, __typename="ActionExecutionMessageOutput", name="f", arguments=["{"])
STRAYS: tuple[tuple[str, tuple[Told, ...], str], ...] = (
    (MESSAGES, (g.START, g.START), "message_start came twice"),
    (MESSAGES, (g.START, g.said(0)[0], g.said(1)[0]), "block 1 was started before block 0 was stopped"),
    (MESSAGES, (g.START, g.ending("end_turn"), g.said(0)[0]), "block 0 was started behind message_delta"),
    (MESSAGES, (g.START, g.said(3)[0]), "block 3 was started, number 0 was to come"),
    (MESSAGES, (g.START, *g.block(0, {"type": "text_delta", "text": "a"}, type="tool_use", id="a")), "in a block of"),
    (MESSAGES, (g.START, g.said(0)[-1]), "block 0 was stopped, and none is open"),
    (MESSAGES, (g.START, g.said(0)[0], g.ending("end_turn")), "message_delta came before block 0 was stopped"),
    (MESSAGES, (g.START, g.STOP), "message_stop came without a message_delta before it"),
    (MESSAGES, (g.START, *g.used(0, ""), *g.used(1, "a"), *g.used(2, "a")), "a tool call has no id"),
    (MESSAGES, (g.START, *g.used(0, "a"), *g.used(1, "a")), "two tool calls have the id 'a'"),
    (RESPONSES, g.texted(0, "a"), "response.output_item.added came before response.created"),
    (RESPONSES, (*g.begun(), *g.texted(4, "a")), "item 4 was added, number 0 was to come"),
    (RESPONSES, (*g.begun(), g.texted(0, "a")[2]), "is about item 0, which is no open message"),
    (RESPONSES, (*g.begun(), g.called(0, "a", "{")[1]), "which is no open function_call"),
    (RESPONSES, (*g.begun(), g.called(0, "a")[0], g.called(0, "a", "{}")[2]), "arguments of item 0 at its end"),
    (RESPONSES, (*g.begun(), g.texted(0, "a")[-1]), "item 0 was done, and was not open"),
    (RESPONSES, (*g.begun(), g.texted(0)[0], g.ended("completed")), "came before item 0 was done"),
    (AG_UI, (g.RUN, g.RUN), "RUN_STARTED came twice"),
    (AG_UI, (g.RUN, g.SAYING, g.SAYING), "TEXT_MESSAGE_START came twice for message m"),
    (AG_UI, (g.RUN, g.SAYING, g.word("")), "has an empty delta"),
    (AG_UI, (g.RUN, g.ag_ui.thoughts("a")[2]), "is about reasoning t, which is not open"),
    (AG_UI, (g.RUN, g.ag_ui.thoughts("a")[0], g.RAN), "came while reasoning span t was open"),
    (AG_UI, (g.RUN, g.tooled("c", "{")[1]), "is about call c, which is not open"),
    (AI_SDK, (g.UI_START, g.finished("stop"), g.STEP), "start-step came behind finish"),
    (AI_SDK, (g.UI_START, g.texts()[0], g.finished("stop")), "finish came while the text '0' was open"),
    (AI_SDK, (g.UI_START, g.ai_sdk.thoughts("a")[1]), "is about the reasoning 'r', which is not open"),
    (AI_SDK, (g.UI_START, g.ai_sdk.thoughts()[0], g.finished("stop")), "while the reasoning 'r' was open"),
    (AI_SDK, (g.UI_START, g.inputs("c", {}, "{}")[1]), "the call 'c', which is not open"),
    (AI_SDK, (g.UI_START, *g.inputs("c", {"a": 2}, '{"a":1}')), "the input of the call 'c' at its end"),
    (COPILOTKIT, (g.FIRST, g.FIRST), "the first result came twice"),
    (COPILOTKIT, (g.GOOD,), "an increment came before the first result"),
    (COPILOTKIT, ({"data": {}},), "a part does not say whether there is a next one"),
    (COPILOTKIT, (g.FIRST, g.increments({"data": {}, "path": [g.FIELD, "messages", 2]})), "about message 2, which has"),
    (COPILOTKIT, (g.FIRST, g.increments({"data": {}, "path": ["other"]})), 'an increment has the path ["other"]'),
    (COPILOTKIT, (g.FIRST, g.increments({"data": {}, "path": 5})), "an increment has the path 5"),
    (COPILOTKIT, (g.FIRST, g.increments(g.copilot_text(), g.copilot_text())), "message 0 came twice"),
    (COPILOTKIT, (g.FIRST, g.increments(g.message(0, __typename="Odd"))), "no message is of the type 'Odd'"),
    (COPILOTKIT, (g.FIRST, g.increments(g.piece(1, "content", 0, "a"))), "a piece of content is about message 1"),
    (COPILOTKIT, (g.FIRST, g.increments({"data": {"status": {"code": "SUCCESS"}}, "path": [g.FIELD]})), "'SUCCESS'"),
)


@pytest.mark.parametrize(("dialect", "events", "stray"), STRAYS)
def test_a_departure_from_the_order_is_noted(dialect: str, events: tuple[Told, ...], stray: str) -> None:
    found = told(dialect, *events).strays

    assert [each for each in found if stray in each], found


def test_done_without_a_finish_and_lines_without_a_code_are_noted() -> None:
    assert read(AI_SDK, g.events(g.UI_START, named=False) + g.DONE).strays == ["[DONE] came without a finish before it"]
    assert read(AI_SDK, b'0:"a"\nz:1\n', g.LINES).strays[0] == "no part begins with 'z:1'"


def test_no_more_than_a_few_departures_are_noted() -> None:
    assert len(told(MESSAGES, g.START, *(g.said(at)[0] for at in range(5, 40))).strays) == 8


@pytest.mark.parametrize(
    ("dialect", "events", "text"),
    [
        (AG_UI, (g.RUN, {"type": "TEXT_MESSAGE_CHUNK", "messageId": "m", "delta": "a"}), "a"),
        (MESSAGES, (g.START, *g.block(0, type="text", text="a")), "a"),
        (COPILOTKIT, ({"data": {g.FIELD: {"messages": [g.said_whole("a")]}}, "hasNext": True},), "a"),
    ],
)
def test_text_is_read_wherever_a_client_takes_it_from(dialect: str, events: tuple[Told, ...], text: str) -> None:
    assert told(dialect, *events).text == text


def test_a_tool_call_is_read_from_chunks_and_from_whole_answers() -> None:
    chunks = [{"type": "TOOL_CALL_CHUNK", "toolCallId": "c", "toolCallName": "f", "delta": "{"}]
    chunks += [{"type": "TOOL_CALL_CHUNK", "delta": "}"}]
    block = {"type": "tool_use", "id": "c", "name": "f", "input": {}}
    message = {"type": "message", "content": [block], "stop_reason": "tool_use", "usage": {"input_tokens": 1}}
    response = g.response("incomplete", g.function("c", "{}"), incomplete_details={"reason": "odd"})

    readings = [
        told(AG_UI, g.RUN, *chunks),
        read(MESSAGES, json.dumps(message).encode(), "application/json"),
        read(RESPONSES, json.dumps(response).encode(), "application/json"),
        told(COPILOTKIT, g.FIRST, g.increments(_CALL, g.piece(0, "arguments", 1, "}"))),
    ]

    assert [next(iter(each.choices[0].tools.values())).arguments for each in readings] == ["{}"] * 4
    assert [each.choices[0].finish for each in readings] == [None, "tool_calls", "odd", None]


def test_what_is_said_beside_the_text_is_kept_apart() -> None:
    thought = g.block(0, {"type": "thinking_delta", "thinking": "hm"}, type="thinking")
    refused = {"type": "response.refusal.delta", "output_index": 0, "delta": "no"}

    assert told(MESSAGES, g.START, *thought).choices[0].said.reasoning == ["hm"]
    assert told(RESPONSES, *g.begun(), refused).choices[0].said.refusal == ["no"]
    assert told(AI_SDK, g.UI_START, {"type": "reasoning-delta", "delta": "hm"}).choices[0].said.reasoning == ["hm"]


@pytest.mark.parametrize("dialect", [MESSAGES, RESPONSES, AG_UI, AI_SDK])
def test_what_is_no_object_is_malformed_and_an_error_by_name_is_one(dialect: str) -> None:
    assert read(dialect, b"data: {\n\n").malformed == ["{"]
    named = read(dialect, b"event: error\ndata: broken\n\n")
    assert named.error == ("broken" if dialect in (MESSAGES, RESPONSES) else None)


@pytest.mark.parametrize(
    ("dialect", "behind", "marks"),
    [
        (MESSAGES, {"type": "ping"}, ["done"]),
        (MESSAGES, g.said(0, "a")[1], ["done", "text"]),
        (AG_UI, g.word("a"), ["done", "text"]),
        (COPILOTKIT, _MORE, ["done"]),
    ],
)
def test_what_comes_behind_the_end_is_no_part_of_the_answer(dialect: str, behind: Told, marks: list[str]) -> None:
    whole = next(each for each in g.GOLDEN if each.id == f"{dialect}-plain")
    body = g.parts(behind) if dialect == COPILOTKIT else g.events(behind, named=dialect == MESSAGES)

    reading = read(dialect, whole.body + body, whole.content_type)

    assert (reading.text, reading.tail) == (whole.text, marks)


def test_bytes_that_are_no_text_are_noted_in_lines_and_parts() -> None:
    assert read(AI_SDK, b'0:"\xff"\n', g.LINES).malformed_utf8
    assert read(COPILOTKIT, g.parts(g.FIRST).replace(b'"t"', b'"\xff"'), g.PARTS).malformed_utf8
    assert read(COPILOTKIT, b"", "application/json").form == "nothing"
    assert read(COPILOTKIT, b"<html>", "text/html").form == "other"


def test_a_response_may_fail_before_it_is_created_and_its_events_need_no_names() -> None:
    (golden,) = (each for each in g.GOLDEN if (each.dialect, each.name) == (RESPONSES, "plain"))
    unnamed = b"\n".join(line for line in golden.body.split(b"\n") if not line.startswith(b"event:"))

    assert told(RESPONSES, g.ended("failed")).strays == []
    assert (read(RESPONSES, unnamed).strays, read(RESPONSES, unnamed).text) == ([], golden.text)
