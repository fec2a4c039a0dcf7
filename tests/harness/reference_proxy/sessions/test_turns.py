"""What a model is told of a conversation, and what is kept of a turn."""

from __future__ import annotations

from typing import Any

from harness.reference_proxy.requests import ChatRequest
from harness.reference_proxy.sessions import turns


def asked(*messages: tuple[str, str]) -> ChatRequest:
    told = [{"role": role, "content": content} for role, content in messages]
    return ChatRequest(parameters={"model": "m", "messages": told}, caller="c", cache_key="k")


def answered(**message: object) -> dict[str, Any]:
    return {"choices": [{"message": {"role": "assistant", **message}}]}


def said_by(request: ChatRequest) -> list[str]:
    return [each["content"] for each in request.parameters["messages"]]


def test_rules_come_first_and_are_not_kept() -> None:
    chat = asked(("system", "rule"), ("user", "new"))

    told = turns.followed([{"role": "user", "content": "old"}, {"role": "assistant", "content": "yes"}], chat)

    assert said_by(told) == ["rule", "old", "yes", "new"]
    assert [each["content"] for each in turns.kept_of(chat, answered(content="hi"))] == ["new", "hi"]


def test_a_call_of_a_tool_is_told_only_with_its_result() -> None:
    call = {"role": "assistant", "content": "", "tool_calls": [{"id": "1"}]}
    result = {"role": "tool", "content": "ok"}

    assert said_by(turns.followed([call], asked(("user", "so?")))) == ["so?"]
    assert said_by(turns.followed([call], asked(("tool", "ok")))) == ["", "ok"]
    assert said_by(turns.followed([call, result], asked(("user", "so?")))) == ["", "ok", "so?"]


def test_an_answer_that_says_nothing_leaves_nothing() -> None:
    chat = asked(("user", "q"))

    assert turns.kept_of(chat, answered(content=None)) == []
    assert turns.kept_of(chat, {}) == []
    assert turns.kept_of(chat, answered(content=None, tool_calls=[{"id": "1"}]))[-1] == {
        "role": "assistant", "content": "", "tool_calls": [{"id": "1"}],
    }  # fmt: skip


def test_an_answer_too_large_to_keep_leaves_its_question() -> None:
    assert turns.kept_of(asked(("user", "q")), None) == [{"role": "user", "content": "q"}]


def test_a_model_is_told_the_latest_from_a_users_on() -> None:
    messages = [{"role": role} for role in ("user", "assistant", "user", "assistant")]
    sizes = [10, 10, 10, 10]

    assert turns.latest(messages, sizes, most=4) == messages
    assert turns.latest(messages, sizes, most=3) == messages[2:]
    assert turns.latest(messages, [10, 10, turns.MOST_CONTEXT_CHARACTERS, 10], most=4) == []
