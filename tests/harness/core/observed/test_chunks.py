from __future__ import annotations

import json
from typing import Any

import pytest

from fault_injection.reply import Event, Reply
from harness.core.observed.bodies import read_body
from harness.core.observed.history import Piece
from harness.core.observed.reading import Reading, ToolCall
from tests.harness.core.histories import answer, chunk, native, stream, streamed


def read(reply: Reply) -> Reading:
    return read_bytes(reply.body_bytes, reply.header("content-type") or "")


def read_bytes(body: bytes, content_type: str = "", encoding: str = "", *, by_line: bool = False) -> Reading:
    return read_body([Piece(0.0, body)], content_type, encoding, by_line=by_line)


def _tool_chunk(*calls: dict[str, Any]) -> Event:
    return chunk(delta={"tool_calls": list(calls)})


def test_a_stream_of_chunks_is_read() -> None:
    reading = read(stream("Hello", " world", usage={"prompt_tokens": 3, "completion_tokens": 2}))

    assert (reading.form, reading.text, reading.finishes) == ("stream", "Hello world", {0: "stop"})
    assert (reading.done, reading.claims_success, reading.ids) == (True, True, ["chatcmpl-1"])
    assert reading.usage == {"prompt_tokens": 3, "completion_tokens": 2}
    assert (reading.terminals, reading.after_terminal, reading.malformed) == (1, 0, [])


def test_content_is_stamped_when_its_event_is_complete() -> None:
    pieces = [Piece(1.0, b'data: {"response"'), Piece(2.0, b':"a"}\n\ndata: {"response":""}\n\n'), Piece(3.0, b"\n")]

    reading = read_body(pieces, "text/event-stream")

    assert (reading.content_times_s, reading.event_count) == ([2.0], 2)


def test_an_answer_in_json_is_read() -> None:
    reading = read(answer("Hello", finish="length", usage={"prompt_tokens": 1, "completion_tokens": 1}))

    assert (reading.form, reading.text, reading.finishes) == ("json", "Hello", {0: "length"})
    assert reading.claims_success
    assert reading.role_seen


def test_the_native_dialect_is_read() -> None:
    reading = read(native("Hel", "lo", {"a": 1}, None))

    assert (reading.text, reading.done, reading.has_finish) == ('Hello{"a": 1}', True, False)


def test_a_native_answer_is_read_out_of_its_envelope() -> None:
    body = {"result": {"response": "hi", "usage": {"prompt_tokens": 1}}, "success": True, "errors": [], "messages": []}

    reading = read_bytes(json.dumps(body).encode(), "application/json")

    assert (reading.text, reading.usage, reading.claims_success) == ("hi", {"prompt_tokens": 1}, True)


def test_a_native_finish_reason_is_read() -> None:
    reading = read(streamed({"response": "a"}, {"finish_reason": "length"}))

    assert reading.finishes == {0: "length"}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (42, "42"),
        (0.5, "0.5"),
        (True, ""),
        (None, ""),
        ("", ""),
        ([{"type": "text", "text": "a"}, {"type": "image"}, 7], "a"),
        ({"a": [1]}, '{"a": [1]}'),
    ],
)
def test_text_may_come_as_any_json_value(content: object, text: str) -> None:
    reading = read(streamed({"choices": [{"delta": {"content": content}}]}))

    assert reading.text == text
    assert bool(reading.content_times_s) is bool(text)


def test_zeros_of_usage_on_every_chunk_give_way_to_the_true_totals() -> None:
    zero = {"prompt_tokens": 0, "completion_tokens": 0}
    true = {"prompt_tokens": 175, "completion_tokens": 17}

    reading = read(streamed(chunk("a", usage=zero), {"response": "", "usage": true}, chunk(finish="stop", usage=zero)))

    assert reading.usage == true


@pytest.mark.parametrize("counted", ["prompt_tokens", "completion_tokens"])
def test_one_count_is_enough_to_be_a_total(counted: str) -> None:
    zero = {"prompt_tokens": 0, "completion_tokens": 0}

    reading = read(streamed(chunk("a", usage=zero), chunk("b", usage={**zero, counted: 7}), chunk("c", usage=zero)))

    assert reading.usage == {**zero, counted: 7}


def test_choices_stay_apart() -> None:
    reading = read(streamed(chunk("a"), chunk("b", index=1), chunk(finish="stop"), chunk(finish="length", index=1)))

    assert {index: choice.text for index, choice in reading.choices.items()} == {0: "a", 1: "b"}
    assert reading.finishes == {0: "stop", 1: "length"}


def test_a_choice_without_an_index_has_that_of_its_place() -> None:
    reading = read(streamed({"choices": [{"delta": {"content": "a"}}, {"delta": {"content": "b"}}]}))

    assert [reading.choices[0].text, reading.choices[1].text] == ["a", "b"]


@pytest.mark.parametrize(
    "choice", [{"delta": {}}, {"delta": {"role": "assistant"}}, {"finish_reason": "stop"}, {"finish_reason": 5}, 7]
)
def test_a_choice_without_text_brings_no_content(choice: object) -> None:
    reading = read(streamed({"choices": [choice]}))

    assert (reading.content_times_s, reading.is_empty) == ([], True)
    assert reading.finishes.get(0) in (None, "stop")


def test_a_choice_of_nothing_but_its_end_is_read() -> None:
    reading = read(streamed({"choices": [{"finish_reason": "stop"}, {"delta": "odd"}]}))

    assert (reading.finishes, reading.is_empty, reading.malformed) == ({0: "stop", 1: None}, True, [])


def test_an_unfinished_choice_leaves_the_answer_unfinished() -> None:
    reading = read(streamed(chunk("a"), chunk("b", index=1), chunk(finish="stop"), done=False))

    assert not reading.claims_success


def test_a_tool_call_is_put_together_from_its_pieces() -> None:
    reading = read(
        streamed(
            _tool_chunk({"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": ""}}),
            _tool_chunk({"index": 0, "function": {"arguments": '{"a":'}}),
            _tool_chunk({"index": 0, "function": {"arguments": "1}"}}),
            _tool_chunk({"index": 1, "id": "c2", "function": {"name": "g", "arguments": "{}"}}),
            _tool_chunk({"index": 0, "id": None, "type": None, "function": {"name": None, "arguments": ""}}),
        )
    )

    assert reading.choices[0].tools == {0: ToolCall("c1", "f", '{"a":1}', "function"), 1: ToolCall("c2", "g", "{}")}
    assert not reading.is_empty
    assert not reading.choices[0].unplaced
    assert len(reading.content_times_s) == 4


def test_pieces_of_calls_are_told_apart_by_their_index_in_any_order() -> None:
    reading = read(
        streamed(
            _tool_chunk({"index": 4, "id": "c4", "function": {"name": "f", "arguments": "["}}),
            _tool_chunk({"index": 2, "id": "c2", "function": {"name": "g", "arguments": "{"}}),
            _tool_chunk({"index": 4, "function": {"arguments": "]"}}),
            _tool_chunk({"index": 2, "function": {"arguments": "}"}}),
        )
    )

    assert reading.choices[0].tools == {4: ToolCall("c4", "f", "[]"), 2: ToolCall("c2", "g", "{}")}


def test_calls_without_an_index_are_told_apart_by_their_names() -> None:
    reading = read(
        streamed(
            {"tool_calls": [{"name": "f", "arguments": {}}, {"name": "g", "arguments": {"a": 1}}]},
            {"tool_calls": [{"name": "h", "arguments": '{"b":'}]},
            {"tool_calls": [{"arguments": "2}"}, "nonsense"]},
        )
    )

    tools = {index: (tool.name, tool.arguments) for index, tool in reading.choices[0].tools.items()}
    assert tools == {0: ("f", "{}"), 1: ("g", '{"a": 1}'), 2: ("h", '{"b":2}')}


def test_pieces_of_a_stream_without_an_index_are_noted_and_whole_calls_need_none() -> None:
    bare = {"id": "c1", "function": {"name": "f", "arguments": "{}"}}

    assert read(streamed(_tool_chunk(bare))).choices[0].unplaced
    assert not read(answer(message={"tool_calls": [bare]})).choices[0].unplaced


def test_what_stands_around_the_choices_is_noted() -> None:
    frame = read(streamed(chunk("a", object="chat.completion.chunk", model="m"), {"choices": [{"delta": {}}]})).frame

    assert (frame.is_there, frame.keys, frame.objects) == (True, {"id", "object", "model"}, {"chat.completion.chunk"})
    assert frame.unindexed
    assert not read(native("a")).frame.is_there


def test_a_piece_of_a_call_that_never_began_is_kept() -> None:
    reading = read(streamed({"tool_calls": [{"arguments": "{}"}]}))

    assert reading.choices[0].tools == {0: ToolCall("", "", "{}")}


def test_a_character_in_two_chunks_is_odd_and_a_whole_one_is_not() -> None:
    apart = read(streamed(chunk("a\ud83d"), chunk("\ude00b")))
    whole = read(streamed(chunk("a\U0001f600"), chunk("b\ud83d")))

    assert apart.choices[0].is_odd
    assert apart.text == "a\U0001f600b"
    assert not whole.choices[0].is_odd


def test_text_behind_a_finish_reason_is_odd() -> None:
    late = read(streamed(chunk("a", finish="stop"), chunk("b", finish="stop")))

    assert late.choices[0].is_odd
    assert late.text == "ab"
    assert not read(streamed(chunk("a"), chunk("b", finish="stop"))).choices[0].is_odd
