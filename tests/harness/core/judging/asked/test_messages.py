"""How messages are found again in what upstream was asked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.core.judging.asked.messages import Message, are_but_trimmed, are_joined_otherwise, details, matched, read

Json = dict[str, Any]
AUDIO = {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}}
TEXT = {"type": "text", "text": "a"}


def _user(content: object, **more: object) -> Message:
    return read({"role": "user", "content": content, **more}, native=False)


def _calling(arguments: str) -> Message:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": arguments}}
    return read({"role": "assistant", "content": None, "tool_calls": [call]}, native=False)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_user("ab"), _user([TEXT, {"type": "text", "text": "b"}])),
        (_user("a"), _user([{"text": "a"}])),
        (_user([AUDIO]), _user([{**AUDIO, "cache_control": None}])),
        (_calling('{"a": 1, "b": [2]}'), _calling('{"b":[2],"a":1}')),
        (_calling("no JSON"), _calling("no JSON")),
    ],
)
def test_the_same_in_another_form_is_the_same(one: Message, other: Message) -> None:
    assert one == other


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (_user([TEXT, AUDIO]), _user([AUDIO, TEXT])),
        (_user([AUDIO]), _user([])),
        (_user([AUDIO, AUDIO]), _user([AUDIO])),
        (_user([{"type": "file", "file": {"file_id": "1"}}]), _user([{"type": "file", "file": {"file_id": "2"}}])),
        (_calling('{"a":2512292042121000001}'), _calling('{"a":2512292042121000000}')),
        (_calling('{"a":1}'), _calling('{"a":true}')),
    ],
)
def test_a_part_a_number_or_an_order_that_changed_is_not(one: Message, other: Message) -> None:
    assert one != other


def test_messages_are_found_in_order_and_the_rest_is_added() -> None:
    rules, first, second = read({"role": "developer", "content": "r"}, native=False), _user("1"), _user("2")

    found = matched([first, second], [rules, first, second])

    assert (found.missing, found.added) == (None, (rules,))
    assert matched([first, second], [second, first]).missing == second


def test_natively_only_roles_and_texts_are_compared() -> None:
    parts: list[Json] = [TEXT, AUDIO, TEXT]

    assert read({"role": "user", "content": parts}, native=True) == read({"role": "user", "content": "aa"}, native=True)


def test_details_tell_of_fields_besides_the_text() -> None:
    pairs = [(_user("a", name="ann", x={"y": [1]}), _user("a", name="bob"))]

    told = [(each.where, each.now) for each in details(pairs, native=False)]

    assert told == [("the user message's name", "bob"), ("the user message's x", None)]
    assert list(details(pairs, native=True)) == []


def test_white_space_and_line_feeds_are_told_apart_from_loss() -> None:
    asked = [_user(" a "), _user([TEXT, TEXT])]

    assert are_but_trimmed(asked, [_user("a"), _user("aa")])
    assert are_joined_otherwise(asked[1:], [_user("a\na")])
    assert not are_joined_otherwise(asked[1:], [_user("a")])


def test_what_is_no_message_is_read_all_the_same() -> None:
    odd = {"role": 7, "content": [1, {"type": "text"}, {"type": "x"}], "tool_calls": [None, {"function": []}]}

    assert json.dumps(read(odd, native=False).raw) == json.dumps(odd)
