from __future__ import annotations

import pytest

from fault_injection.chat import (
    arguments_of,
    chunk_of,
    dump,
    edited,
    finish_of,
    load,
    text_of,
    tool_calls_of,
    with_finish,
    with_text,
    with_tool_calls,
)
from fault_injection.reply import Event, event
from tests.fault_injection.golden import DONE


def test_json_is_compact_utf_8() -> None:
    assert dump({"a": ["é", None]}) == '{"a":["é",null]}'.encode()


def test_half_a_surrogate_pair_is_written_as_an_escape() -> None:
    assert dump({"a": "é\ud800"}) == b'{"a":"\\u00e9\\ud800"}'


@pytest.mark.parametrize("data", [b"", b"[1]", b"{", b"\xff", b'{"a":' + b"[" * 200_000])
def test_what_is_no_json_object_is_not_read(data: bytes) -> None:
    assert load(data) is None


def test_comments_and_marks_carry_no_chunk() -> None:
    assert chunk_of(Event(b": hi\n\n")) is None
    assert chunk_of(DONE) is None


@pytest.mark.parametrize(
    ("chunk", "text"),
    [
        ({"response": "a"}, "a"),
        ({"response": 7}, ""),
        ({"choices": [{"delta": {"content": "a"}}]}, "a"),
        ({"choices": [{"delta": None}]}, ""),
        ({"choices": []}, ""),
        ({"choices": [1]}, ""),
    ],
)
def test_text_is_found_in_both_dialects(chunk: dict[str, object], text: str) -> None:
    assert text_of(chunk) == text


def test_text_finish_and_tool_calls_are_replaced_where_they_stand() -> None:
    openai = {"choices": [{"delta": {"role": "assistant"}, "finish_reason": None}, {"index": 1}]}

    assert with_text({"response": "a"}, "b") == {"response": "b"}
    assert with_text(openai, "b")["choices"][0]["delta"] == {"role": "assistant", "content": "b"}
    assert with_text(openai, "b")["choices"][1] == {"index": 1}
    assert finish_of(with_finish({"response": ""}, "stop")) == "stop"
    assert finish_of(with_finish(openai, "stop")) == "stop"
    assert tool_calls_of(with_tool_calls({}, [{"index": 0}])) == [{"index": 0}]
    assert tool_calls_of(with_tool_calls(openai, [{"index": 0}])) == [{"index": 0}]


def test_tool_calls_that_are_none_are_not_found() -> None:
    assert tool_calls_of({"tool_calls": None}) == []
    assert tool_calls_of({"tool_calls": [1]}) == []
    assert arguments_of({"function": None}) == ""
    assert arguments_of({"function": {"arguments": {"a": 1}}}) == ""


def test_events_that_are_not_edited_keep_their_very_bytes() -> None:
    odd = (event('{ "response" : "a" }'), Event(b": hi\n\n"), DONE)

    assert edited(odd, lambda chunk: chunk) == odd
    assert edited(odd, lambda _: None) == odd[1:]


def test_an_edited_event_keeps_its_time() -> None:
    (item,) = edited((event('{"response":"a"}', 2.0),), lambda chunk: with_text(chunk, "b"))

    assert item == event('{"response":"b"}', 2.0)
