"""Anthropic's dialect: the same answer as in every other, whole or as a stream, and errors in Anthropic's form."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fault_injection.reply import Headers
from harness.mock_cloudflare.request import Answer
from tests.harness.mock_cloudflare.asking import NONCE, Asker, body_of, user

VERSION: Headers = (("anthropic-version", "2023-06-01"),)
TOOL = {
    "name": "look",
    "input_schema": {"type": "object", "properties": {"at": {"type": "string"}}, "required": ["at"]},
}


def _ask(text: str = f"{NONCE} tokens=4", *, headers: Headers = VERSION, **more: object) -> Answer:
    asker = Asker()
    body = {"model": "a-model-5", "max_tokens": 100, "messages": user(text), **more}
    key = (("x-api-key", asker.settings.api_token),)
    return asker.ask("POST", "/v1/messages", body, headers=(*key, *headers), authorization=())


def _events(answer: Answer) -> list[dict[str, Any]]:
    events = [json.loads(event.data) for event in answer.reply.events]
    names = [event.raw.split(b"\n")[0].decode() for event in answer.reply.events]
    assert names == [f"event: {event['type']}" for event in events]
    return events


def test_a_message_says_what_a_chat_says() -> None:
    answer = _ask()

    message = body_of(answer)
    assert (answer.surface, answer.model, answer.nonce) == ("ai.messages", "a-model-5", NONCE)
    assert (message["type"], message["role"], message["stop_reason"]) == ("message", "assistant", "end_turn")
    assert message["content"][0]["text"].startswith(f"re-{NONCE[3:]}")
    assert message["usage"]["output_tokens"] == 4


def test_a_stream_says_the_same_as_the_whole() -> None:
    events = _events(_ask(stream=True))

    assert [events[0]["type"], events[-2]["type"], events[-1]["type"]] == [
        "message_start",
        "message_delta",
        "message_stop",
    ]
    said = "".join(event["delta"]["text"] for event in events if event["type"] == "content_block_delta")
    assert said == body_of(_ask())["content"][0]["text"]
    assert events[-2]["delta"]["stop_reason"] == "end_turn"
    assert events[-2]["usage"] == {"output_tokens": 4}


def test_a_call_of_a_tool_has_its_arguments_whole_or_in_pieces() -> None:
    whole = body_of(_ask(f"{NONCE} tools=1", tools=[TOOL], tool_choice={"type": "any"}))
    events = _events(_ask(f"{NONCE} tools=1", tools=[TOOL], tool_choice={"type": "any"}, stream=True))

    (call,) = [block for block in whole["content"] if block["type"] == "tool_use"]
    pieces = [
        event["delta"]["partial_json"] for event in events if event.get("delta", {}).get("type") == "input_json_delta"
    ]
    (started,) = [each for each in events if each.get("content_block", {}).get("type") == "tool_use"]
    assert (call["name"], whole["stop_reason"]) == ("look", "tool_use")
    assert json.loads("".join(pieces)) == call["input"]
    assert (started["content_block"]["id"], started["content_block"]["input"]) == (call["id"], {})


def test_it_ends_where_the_caller_says() -> None:
    message = body_of(_ask(f"{NONCE} tokens=9", max_tokens=3))

    assert (message["stop_reason"], message["usage"]["output_tokens"]) == ("max_tokens", 3)


def test_the_silence_before_the_first_token_is_kept() -> None:
    assert _ask(f"{NONCE} tokens=2 first_s=0.5").reply.wait_s == 0.5
    assert _ask(f"{NONCE} tokens=2 first_s=0.5", stream=True).reply.events[0].wait_s == 0.5


@pytest.mark.parametrize(
    ("more", "status", "kind", "text"),
    [
        ({"max_tokens": None}, 400, "invalid_request_error", "max_tokens: Field required"),
        ({"max_tokens": "1"}, 400, "invalid_request_error", "max_tokens: Input should be"),
        ({"max_tokens": 0}, 400, "invalid_request_error", "max_tokens: must be"),
        ({"messages": []}, 400, "invalid_request_error", "messages: at least one"),
        ({"messages": {}}, 400, "invalid_request_error", "messages: Input should be"),
        ({"messages": [{"role": "x"}]}, 400, "invalid_request_error", "messages.0.role"),
        ({"messages": [{"role": "user"}]}, 400, "invalid_request_error", "messages.0.content"),
        ({"headers": ()}, 400, "invalid_request_error", "anthropic-version"),
        ({"model": "no-such"}, 404, "not_found_error", "model: no-such"),
    ],
)
def test_what_is_wrong_is_said_in_anthropics_form(more: dict[str, Any], status: int, kind: str, text: str) -> None:
    answer = _ask(**more)

    body = body_of(answer)
    assert (answer.reply.status, body["type"], body["error"]["type"]) == (status, "error", kind)
    assert body["error"]["message"].startswith(text)


@pytest.mark.parametrize("headers", [(), (("x-api-key", "no"),)])
def test_a_key_is_asked_for(headers: Headers) -> None:
    answer = Asker().ask("POST", "/v1/messages", {}, headers=headers, authorization=())

    assert (answer.reply.status, body_of(answer)["error"]["type"]) == (401, "authentication_error")


def test_other_methods_are_not_allowed() -> None:
    assert Asker().ask("GET", "/v1/messages").reply.status == 405
