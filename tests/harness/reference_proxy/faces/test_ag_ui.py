"""AG-UI in front of chats: what upstream is asked, and what comes back as a run, or as one that breaks off."""

from __future__ import annotations

import asyncio
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
)

PATH = "/ag-ui"
CALL = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"at":'}}
OTHER = {"index": 1, "id": "call_2", "type": "function", "function": {"name": "look", "arguments": "{}"}}
REST = {"index": 0, "function": {"arguments": '"Zurich"}'}}
LOOK = {"name": "look", "description": "Look.", "parameters": {"type": "object"}}


def asked(*messages: object, **more: object) -> dict[str, object]:
    """A run of these messages, or of one question."""
    told = list(messages) or [{"id": "u1", "role": "user", "content": "hello"}]
    props = {"model": OPENAI_MODEL}
    return {"threadId": "t1", "runId": "r1", "messages": told, "tools": [], "forwardedProps": props, **more}


def kinds(answered: Answered) -> list[str]:
    return [event["type"] for event in answered.events]


async def test_an_answer_becomes_a_run() -> None:
    usage = {"object": "chat.completion.chunk", "model": OPENAI_MODEL, "choices": [], "usage": USAGE}
    async with stage(streams(piece("Hel"), piece("lo"), piece("", finish="stop"), usage, DONE)) as on:
        got = await on.ask(asked(), path=PATH)
        again = await on.ask(asked(), path=PATH)
        sent = on.upstream.seen[0].json

        assert len(on.upstream.seen) == 1
    assert sent["messages"] == [{"role": "user", "content": "hello"}]
    assert (sent["stream"], sent["model"]) == (True, OPENAI_MODEL)
    start, opened, first, second, closed, end = got.events
    message = opened["messageId"]
    assert start == {"type": "RUN_STARTED", "threadId": "t1", "runId": "r1", "protocolVersion": "1.0"}
    assert opened == {"type": "TEXT_MESSAGE_START", "messageId": message, "role": "assistant"}
    assert [first["delta"], second["delta"]] == ["Hel", "lo"]
    assert closed == {"type": "TEXT_MESSAGE_END", "messageId": message}
    assert end == {
        "type": "RUN_FINISHED",
        "threadId": "t1",
        "runId": "r1",
        "result": {"finishReason": "stop"},
        "outcome": {"type": "success"},
        "usage": [{"model": OPENAI_MODEL, "inputTokens": 3, "outputTokens": 2, "totalTokens": 5}],
    }
    assert got.whole
    assert (again.headers["x-cache"], kinds(again)[-1]) == ("HIT", "RUN_FINISHED")


async def test_a_run_becomes_a_chat() -> None:
    image = {"type": "image", "source": {"type": "data", "value": "AA==", "mimeType": "image/png"}}
    call = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"}}
    messages = [
        {"id": "1", "role": "developer", "content": "Rules."},
        {"id": "2", "role": "user", "content": [{"type": "text", "text": "What is this?"}, image]},
        {"id": "3", "role": "reasoning", "content": "..."},
        {"id": "4", "role": "assistant", "toolCalls": [call]},
        {"id": "5", "role": "tool", "toolCallId": "call_1", "content": "rain", "error": "half of it"},
        {"id": "6", "role": "activity", "activityType": "plan", "content": {}},
        {"id": "7", "role": "assistant", "content": "Rain."},
    ]
    told = {
        "tools": [LOOK],
        "context": [{"description": "Place", "value": "Zurich"}],
        "forwardedProps": {
            "model": OPENAI_MODEL,
            "maxOutputTokens": 9,
            "top_p": 0.5,
            "toolChoice": {"type": "tool", "toolName": "look"},
        },
    }
    async with stage(GOOD) as on:
        await on.ask(asked(*messages, **told), path=PATH)
        sent = on.upstream.seen[0].json

    assert sent["messages"] == [
        {"role": "system", "content": "The application says:\nPlace: Zurich"},
        {"role": "system", "content": "Rules."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
            ],
        },
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "rain\nhalf of it"},
        {"role": "assistant", "content": "Rain."},
    ]
    assert sent["tools"] == [{"type": "function", "function": LOOK}]
    assert sent["tool_choice"] == {"type": "function", "function": {"name": "look"}}
    assert (sent["max_tokens"], sent["top_p"]) == (9, 0.5)


async def test_calls_are_told_one_behind_the_other_and_wait_for_their_results() -> None:
    answer = streams(
        piece("Wait."), piece("", tool_calls=[CALL]), piece("", tool_calls=[OTHER]), piece("", tool_calls=[REST]),
        piece("", finish="tool_calls"), DONE,
    )  # fmt: skip
    async with stage(answer) as on:
        got = await on.ask(asked(tools=[LOOK]), path=PATH)

    events = got.events
    assert kinds(got) == [
        "RUN_STARTED",
        "TEXT_MESSAGE_START",
        "TEXT_MESSAGE_CONTENT",
        "TEXT_MESSAGE_END",
        *["TOOL_CALL_START", "TOOL_CALL_ARGS", "TOOL_CALL_ARGS", "TOOL_CALL_END"],
        *["TOOL_CALL_START", "TOOL_CALL_ARGS", "TOOL_CALL_END"],
        "RUN_FINISHED",
    ]
    assert (events[4]["toolCallName"], events[4]["parentMessageId"]) == ("look", events[1]["messageId"])
    told = [event["delta"] for event in events if event.get("toolCallId") == "call_1" and "delta" in event]
    assert "".join(told) == '{"at":"Zurich"}'
    assert events[-1]["outcome"] == {"type": "success", "pendingToolCallIds": ["call_1", "call_2"]}


async def test_tokens_that_the_protocol_cannot_count_are_left_out() -> None:
    usage = {"prompt_tokens": -7, "completion_tokens": 2, "total_tokens": -5}
    told = {"object": "chat.completion.chunk", "model": OPENAI_MODEL, "choices": [], "usage": usage}
    async with stage(streams(piece("Hello"), piece("", finish="stop"), told, DONE)) as on:
        got = await on.ask(asked(), path=PATH)

    assert got.events[-1]["usage"] == [{"model": OPENAI_MODEL, "outputTokens": 2}]
    assert got.whole


async def test_half_a_character_goes_through_as_it_came() -> None:
    async with stage(streams(piece("\ud83d"), piece("\ude00"), piece("", finish="stop"), DONE)) as on:
        got = await on.ask(asked(), path=PATH)

    assert [event["delta"] for event in got.events if "delta" in event] == ["\ud83d", "\ude00"]
    assert got.whole


async def test_a_run_that_breaks_off_is_in_error_and_never_finished() -> None:
    async def broken(on: Connection) -> None:
        await on.start_stream()
        await on.event(piece("Hel"))
        on.reset()

    async with stage(broken) as on:
        got = await on.ask(asked(), path=PATH)

    assert kinds(got)[-1] == "RUN_ERROR"
    assert "RUN_FINISHED" not in kinds(got)
    assert got.events[-1]["code"].startswith("upstream_")
    assert '"failure": "upstream_' in on.log.getvalue()


async def test_a_client_that_leaves_ends_the_upstream_call() -> None:
    dropped = asyncio.Event()

    async def endless(on: Connection) -> None:
        await on.start_stream()
        await on.event(piece("Hel"))
        await on.gone()
        dropped.set()

    async with stage(endless) as on:
        call = await on.call(asked(), path=PATH)
        await call.head()
        assert b"RUN_STARTED" in await call.chunk()
        call.leave()
        await dropped.wait()


async def test_a_refusal_keeps_its_status_and_its_advice() -> None:
    async with stage(
        says({"errors": [{"code": 3040, "message": "busy"}]}, 429, Retry_After="7"), retry_max_attempts=1
    ) as on:
        got = await on.ask(asked(), path=PATH)

    assert (got.status, got.headers["retry-after"]) == (429, "7")
    assert got.json["error"]["type"] == "rate_limit_error"


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"threadId": None}, "threadId"),
        ({"messages": "hello"}, "messages"),
        ({"messages": [{"id": "1", "role": "wizard", "content": "hi"}]}, "messages.0"),
        ({"messages": [{"id": "1", "role": "user"}]}, "messages.0.user.content"),
        ({"messages": []}, "messages"),
        ({"tools": [{"description": "nameless"}]}, "tools.0.name"),
        (
            {
                "messages": [
                    {
                        "id": "1",
                        "role": "user",
                        "content": [{"type": "document", "source": {"type": "url", "value": "https://a.example"}}],
                    }
                ]
            },
            "images",
        ),
    ],
    ids=str,
)
async def test_what_is_no_run_is_refused_by_name(told: dict[str, Any], says: str) -> None:
    async with stage(GOOD) as on:
        got = await on.ask({**asked(), **told}, path=PATH)

        assert on.upstream.seen == []
    assert got.status == 400
    assert says in got.json["error"]["message"]


async def test_names_in_python_are_no_names_on_the_wire() -> None:
    run = {**asked(), "thread_id": "t1"}
    del run["threadId"]
    async with stage(GOOD) as on:
        got = await on.ask(run, path=PATH)

    assert (got.status, got.json["error"]["param"]) == (400, "threadId")
