"""An answer of a chat service is read in every form in which one comes."""

from __future__ import annotations

import json

import pytest

from fault_injection.reply import Event, Reply, event, stream_reply
from harness.core.judging.chat.shown import Message, at, entries, is_marked, mentions, said
from harness.core.judging.chat.told import find, read_told
from harness.core.target.chat_api import ChatNames
from tests.harness.core.chats import found, told
from tests.harness.core.histories import DONE, client, stream

NAMES = ChatNames()


def _lines(*lines: str) -> Reply:
    events = tuple(Event(raw=f"{line}\n".encode()) for line in lines)
    return Reply(status=200, headers=(("content-type", "text/plain"),), body=events)


def _events(*values: object) -> Reply:
    return stream_reply(tuple(event(json.dumps(value)) for value in values))


@pytest.mark.parametrize(
    "reply",
    [
        told("Hello world"),
        stream("Hello ", "world"),
        _events(
            {"type": "content_block_delta", "delta": {"text": "Hello "}},
            {"type": "content_block_delta", "delta": {"text": "world"}},
            {"type": "message_stop"},
        ),
        _lines('0:"Hello "', '0:"world"', 'e:{"isContinued":false}', 'd:{"finishReason":"stop"}', "", "9:{"),
    ],
)
def test_text_and_end_are_read_in_every_form(reply: Reply) -> None:
    read = read_told(client(reply))

    assert (read.text, read.finished, read.error) == ("Hello world", True, None)


def test_an_error_is_read_in_every_form() -> None:
    forms = [
        _events({"type": "error", "errorText": "no"}),
        _events({"error": "no"}),
        _lines('3:"no"'),
        found({"error": "no"}, 500),
    ]

    assert [read_told(client(form)).error for form in forms] == ["no"] * 4


def test_what_is_no_answer_says_nothing() -> None:
    odd = stream_reply((event("no JSON"), event("[1]"), DONE))
    broken = Reply(status=200, headers=(("content-type", "application/json"),), body=b"{")

    assert (read_told(client(odd)).text, read_told(client(odd)).finished) == ("", True)
    assert read_told(client(broken)).documents == []


def test_a_name_is_found_on_top_first() -> None:
    assert find([{"a": [{"id": 2}], "id": 1}], "id") == 1
    assert find([{"a": [{"id": 2}]}], "id") == 2
    assert find([{"a": "id", "id": ""}], "id") is None


def test_a_list_is_the_first_array_of_objects() -> None:
    assert entries({"total": 1, "rows": [{"id": 1}]}) == [{"id": 1}]
    assert entries([{"id": 1}]) == [{"id": 1}]
    assert entries({"total": [1]}) is None


def test_messages_are_found_whatever_holds_them() -> None:
    whole = {"role": "assistant", "id": 7, "parts": [{"text": "Hel"}, {"text": "lo"}], "parentMessageId": 3}
    plain = {"role": "user", "text": "Hi", "at": 1, "none": None}

    one, other = said({"page": {"items": [whole, plain]}}, NAMES)

    assert (one.id, one.text, one.parent) == ("7", "Hello", "3")
    assert (other.text, other.rest) == ("Hi", {"at": "1"})


def test_a_number_is_found_at_its_path() -> None:
    assert at({"a": {"b": 3}}, "a.b") == 3.0
    assert [at(value, "a.b") for value in ({"a": {"b": True}}, {"a": 1}, None)] == [None] * 3


@pytest.mark.parametrize(
    ("own", "marked"),
    [
        ({"status": "complete", "createdAt": "later", "usage": {"n": 9}}, False),
        ({"status": "broken", "createdAt": "later", "usage": {"n": 9}}, True),
        ({"createdAt": "later", "usage": {"n": 9}}, True),
        ({"status": "complete", "createdAt": "later"}, True),
        ({"status": "complete", "createdAt": "later", "usage": {"n": 9}, "error": "gone"}, True),
    ],
)
def test_what_marks_half_an_answer_is_seen_beside_whole_ones(own: dict[str, object], *, marked: bool) -> None:
    def message(rest: dict[str, object]) -> Message:
        return Message("1", "assistant", "Hello", "", {name: json.dumps(value) for name, value in rest.items()})

    wholes = [message({"status": "complete", "createdAt": "now", "usage": {"n": 1}})]

    assert is_marked(message(own), wholes) is marked


def test_a_short_id_is_looked_for_where_ids_stand() -> None:
    named = client(found({"hits": [{"id": 7, "count": 3}]}))

    assert mentions(named, "7", NAMES)
    assert not mentions(named, "3", NAMES)
    assert mentions(client(found({"text": "about conv-1111"})), "conv-1111", NAMES)
