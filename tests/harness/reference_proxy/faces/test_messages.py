"""The Messages API in front of chats: what upstream is asked, and what comes back whole, as a stream, or broken."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.harness.reference_proxy.stage import (
    DONE,
    GOOD,
    OPENAI_MODEL,
    USAGE,
    Answered,
    Connection,
    piece,
    says,
    stage,
    streams,
    whole,
)

PATH = "/v1/messages"
CALL = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"at":'}}
REST = {"index": 0, "function": {"arguments": '"Zurich"}'}}
LOOK = {"name": "look", "input_schema": {"type": "object"}}


def asked(*messages: object, **more: object) -> dict[str, object]:
    return {
        "model": OPENAI_MODEL,
        "max_tokens": 100,
        "messages": list(messages) or [{"role": "user", "content": "hello"}],
        **more,
    }


def events_of(answered: Answered) -> list[dict[str, Any]]:
    blocks = [block.split("\n") for block in answered.body.decode().strip().split("\n\n")]
    events = [json.loads(lines[1].removeprefix("data: ")) for lines in blocks]
    assert [lines[0] for lines in blocks] == [f"event: {event['type']}" for event in events]
    return events


async def test_a_whole_answer_becomes_a_message() -> None:
    async with stage(says(whole("Hello"))) as on:
        got = (await on.ask(asked(), path=PATH)).json

    assert (got["type"], got["role"], got["stop_reason"]) == ("message", "assistant", "end_turn")
    assert got["content"] == [{"type": "text", "text": "Hello", "citations": None}]
    assert (got["usage"]["input_tokens"], got["usage"]["output_tokens"]) == (3, 2)


async def test_a_call_becomes_a_block_with_its_input() -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"at": 1}'}}
    async with stage(says(whole("", finish="tool_calls", tool_calls=[call]))) as on:
        got = (await on.ask(asked(tools=[LOOK]), path=PATH)).json

    assert got["stop_reason"] == "tool_use"
    assert got["content"] == [
        {"type": "tool_use", "id": "call_1", "name": "look", "input": {"at": 1}, "caller": {"type": "direct"}}
    ]


async def test_a_request_becomes_a_chat() -> None:
    image = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AA=="}}
    use = {"type": "tool_use", "id": "call_1", "name": "look", "input": {"at": 1}}
    result = {"type": "tool_result", "tool_use_id": "call_1", "content": [{"type": "text", "text": "rain"}]}
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "What is this?"}, image]},
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "..."}, use]},
        {"role": "user", "content": [result, {"type": "text", "text": "And now?"}]},
    ]
    system = [{"type": "text", "text": "Be short."}]
    choice = {"type": "any"}
    async with stage(says(whole())) as on:
        await on.ask(
            asked(*messages, system=system, tools=[LOOK], tool_choice=choice, stop_sequences=["END"]), path=PATH
        )
        sent = on.upstream.seen[0].json

    assert [message["role"] for message in sent["messages"]] == ["system", "user", "assistant", "tool", "user"]
    assert sent["messages"][0]["content"] == "Be short."
    assert sent["messages"][1]["content"][1]["image_url"]["url"] == "data:image/png;base64,AA=="
    assert sent["messages"][2]["tool_calls"][0]["function"] == {"name": "look", "arguments": '{"at":1}'}
    assert sent["messages"][3] == {"role": "tool", "tool_call_id": "call_1", "content": "rain"}
    assert sent["messages"][4]["content"] == "And now?"
    assert (sent["tool_choice"], sent["stop"], sent["max_tokens"]) == ("required", ["END"], 100)


async def test_a_stream_builds_up_its_blocks_one_behind_the_other() -> None:
    usage = {"object": "chat.completion.chunk", "model": OPENAI_MODEL, "choices": [], "usage": USAGE}
    answer = streams(
        piece("Wait."), piece("", tool_calls=[CALL]), piece("", tool_calls=[REST]),
        piece("", finish="tool_calls"), usage, DONE,
    )  # fmt: skip
    async with stage(answer) as on:
        events = events_of(await on.ask(asked(stream=True, tools=[LOOK]), path=PATH))

    assert [event["type"] for event in events] == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "content_block_start",
        "content_block_delta",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert [event.get("index") for event in events] == [None, 0, 0, 0, 1, 1, 1, 1, None, None]
    assert events[-2]["delta"]["stop_reason"] == "tool_use"
    assert events[-2]["usage"] == {"input_tokens": 3, "output_tokens": 2}
    told = "".join(event["delta"]["partial_json"] for event in events[5:7])
    assert json.loads(told) == {"at": "Zurich"}


async def test_the_key_in_its_own_field_is_the_clients_identity() -> None:
    async with stage(GOOD, client_tokens="right") as on:
        refused = await on.ask(asked(), path=PATH, x_api_key="wrong")
        served = await on.ask(asked(stream=True), path=PATH, x_api_key="right")

    assert (refused.status, refused.json["error"]["type"]) == (401, "authentication_error")
    assert served.whole


async def test_a_stream_that_breaks_off_ends_with_an_error_and_is_no_whole_answer() -> None:
    async def broken(on: Connection) -> None:
        await on.start_stream()
        await on.event(piece("Hel"))
        on.reset()

    async with stage(broken) as on:
        got = await on.ask(asked(stream=True), path=PATH)

    assert events_of(got)[-1]["error"]["type"] == "api_error"
    assert not got.whole


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"max_tokens": None}, "max_tokens"),
        ({"messages": "hello"}, "messages"),
        ({"messages": [{"role": "user", "content": [{"type": "image", "source": {"type": "file"}}]}]}, "image"),
        ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "tools"),
        ({"messages": []}, "messages"),
    ],
    ids=str,
)
async def test_what_cannot_be_a_chat_is_refused_in_the_makers_own_shape(told: dict[str, object], says: str) -> None:
    async with stage(GOOD) as on:
        got = await on.ask({**asked(), **told}, path=PATH)

        assert on.upstream.seen == []
    assert got.status == 400
    assert got.json["type"] == "error"
    assert got.json["error"]["type"] == "invalid_request_error"
    assert says in got.json["error"]["message"]
