"""The Responses API in front of chats: what upstream is asked, and what comes back whole, as a stream, or broken."""

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

PATH = "/v1/responses"
CALL = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"at":'}}
REST = {"index": 0, "function": {"arguments": '"Zurich"}'}}
LOOK = {"type": "function", "name": "look", "parameters": {"type": "object"}}


def asked(told: object = "hello", **more: object) -> dict[str, object]:
    return {"model": OPENAI_MODEL, "input": told, **more}


def events_of(answered: Answered) -> list[dict[str, Any]]:
    blocks = [block.split("\n") for block in answered.body.decode().strip().split("\n\n")]
    events = [json.loads(lines[1].removeprefix("data: ")) for lines in blocks]
    assert [lines[0] for lines in blocks] == [f"event: {event['type']}" for event in events]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    return events


async def test_a_whole_answer_becomes_a_response() -> None:
    async with stage(says(whole("Hello"))) as on:
        got = (await on.ask(asked(), path=PATH)).json

    assert (got["object"], got["status"], got["model"]) == ("response", "completed", OPENAI_MODEL)
    assert got["output"][0]["content"][0]["text"] == "Hello"
    assert (got["usage"]["input_tokens"], got["usage"]["output_tokens"]) == (3, 2)


async def test_a_request_becomes_a_chat() -> None:
    call = {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": "{}"}
    result = {"type": "function_call_output", "call_id": "call_1", "output": "rain"}
    image = {"type": "input_image", "image_url": "data:image/png;base64,AA=="}
    items = [
        {"role": "developer", "content": "Rules."},
        {"role": "user", "content": [{"type": "input_text", "text": "What is this?"}, image]},
        {"type": "reasoning", "id": "rs_1", "summary": []},
        call,
        result,
        {"role": "assistant", "content": [{"type": "output_text", "text": "Rain."}]},
    ]
    form = {"format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}}}
    async with stage(says(whole())) as on:
        await on.ask(
            asked(
                items,
                instructions="Be short.",
                max_output_tokens=9,
                tools=[LOOK],
                tool_choice={"type": "function", "name": "look"},
                text=form,
            ),
            path=PATH,
        )
        sent = on.upstream.seen[0].json

    assert sent["messages"] == [
        {"role": "system", "content": "Be short."},
        {"role": "system", "content": "Rules."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
            ],
        },
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "rain"},
        {"role": "assistant", "content": "Rain."},
    ]
    assert sent["max_tokens"] == 9
    assert sent["tools"] == [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]
    assert sent["tool_choice"] == {"type": "function", "function": {"name": "look"}}
    assert sent["response_format"]["json_schema"] == {"name": "n", "schema": {"type": "object"}}


async def test_a_stream_builds_up_what_its_end_says_whole() -> None:
    usage = {"object": "chat.completion.chunk", "model": OPENAI_MODEL, "choices": [], "usage": USAGE}
    answer = streams(piece("Hel"), piece("lo"), piece("", finish="stop"), usage, DONE)
    async with stage(answer) as on:
        events = events_of(await on.ask(asked(stream=True), path=PATH))

    assert [event["type"] for event in events] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    end = events[-1]["response"]
    assert end["output"] == [events[-2]["item"]]
    assert end["output"][0]["content"][0]["text"] == "Hello"
    assert end["usage"]["total_tokens"] == 5


async def test_calls_follow_the_text_each_as_an_item_of_its_own() -> None:
    second = {**CALL, "index": 1, "id": "call_2"}
    answer = streams(
        piece("Wait."), piece("", tool_calls=[CALL]), piece("", tool_calls=[REST]),
        piece("", tool_calls=[second]), piece("", finish="tool_calls"), DONE,
    )  # fmt: skip
    async with stage(answer) as on:
        events = events_of(await on.ask(asked(stream=True, tools=[LOOK]), path=PATH))

    message, call, other = events[-1]["response"]["output"]
    assert message["content"][0]["text"] == "Wait."
    assert (call["call_id"], call["name"], call["arguments"]) == ("call_1", "look", '{"at":"Zurich"}')
    assert other["call_id"] == "call_2"
    added = [event["output_index"] for event in events if event["type"] == "response.output_item.added"]
    assert added == [0, 1, 2]


async def test_an_answer_that_a_limit_cut_is_incomplete() -> None:
    async with stage(says(whole("Hel", finish="length"))) as on:
        got = (await on.ask(asked(), path=PATH)).json

    assert (got["status"], got["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})


async def test_a_kept_answer_is_given_in_either_form() -> None:
    async with stage(says(whole("Hello"))) as on:
        first = await on.ask(asked(), path=PATH)
        again = await on.ask(asked(), path=PATH)
        events = events_of(await on.ask(asked(stream=True), path=PATH))

        assert len(on.upstream.seen) == 1
    assert (first.headers["x-cache"], again.headers["x-cache"]) == ("MISS", "HIT")
    assert first.json["id"] != again.json["id"]
    assert events[-1]["response"]["output"][0]["content"][0]["text"] == "Hello"


async def test_a_stream_that_breaks_off_fails_and_is_no_whole_answer() -> None:
    async def broken(on: Connection) -> None:
        await on.start_stream()
        await on.event(piece("Hel"))
        on.reset()

    async with stage(broken) as on:
        got = await on.ask(asked(stream=True), path=PATH)

    end = events_of(got)[-1]
    assert (end["type"], end["response"]["status"]) == ("response.failed", "failed")
    assert end["response"]["error"]["code"] == "server_error"
    assert not got.whole


@pytest.mark.parametrize(
    ("told", "param"),
    [
        ({"previous_response_id": "resp_1"}, "previous_response_id"),
        ({"input": None}, "input"),
        ({"input": [7]}, "input[0]"),
        ({"input": [{"type": "computer_call"}]}, "input[0].type"),
        ({"tools": [{"type": "web_search"}]}, "tools"),
        ({"tools": 7}, "tools"),
        ({"input": [{"role": "wizard", "content": "hi"}]}, "messages[0].role"),
    ],
    ids=str,
)
async def test_what_cannot_be_a_chat_is_refused_by_name(told: dict[str, object], param: str) -> None:
    async with stage(GOOD) as on:
        got = await on.ask({**asked(), **told}, path=PATH)

        assert on.upstream.seen == []
    assert (got.status, got.json["error"]["param"]) == (400, param)
