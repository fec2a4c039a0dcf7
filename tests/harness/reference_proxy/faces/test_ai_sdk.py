"""The AI SDK in front of chats: what upstream is asked, and what comes back in either form of its streams."""

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
    stage,
    streams,
)

UI, DATA = "/ai-sdk", "/ai-sdk?protocol=data"
CALL = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"at":'}}
OTHER = {"index": 1, "id": "call_2", "type": "function", "function": {"name": "look", "arguments": "{}"}}
REST = {"index": 0, "function": {"arguments": '"Zurich"}'}}
LATE = {"index": 0, "id": "call_1", "type": "function", "function": {"arguments": '{"at":'}}
NAMED = {"index": 0, "function": {"name": "look", "arguments": '"Zurich"}'}}
TOLD = {"object": "chat.completion.chunk", "model": OPENAI_MODEL, "choices": [], "usage": USAGE}
TEXT = streams(piece("Hel"), piece("lo"), piece("", finish="stop"), TOLD, DONE)
CALLS = streams(
    piece("Wait."), piece("", tool_calls=[CALL]), piece("", tool_calls=[OTHER]), piece("", tool_calls=[REST]),
    piece("", finish="tool_calls"), DONE,
)  # fmt: skip


async def broken(on: Connection) -> None:
    await on.start_stream()
    await on.event(piece("Hel"))
    on.reset()


def asked(*messages: object, **more: object) -> dict[str, object]:
    """What `useChat` sends of these messages, or of one question."""
    told = list(messages) or [{"id": "1", "role": "user", "parts": [{"type": "text", "text": "hello"}]}]
    return {"id": "chat", "messages": told, "trigger": "submit-message", "model": OPENAI_MODEL, **more}


def lines(answered: Answered) -> list[tuple[str, Any]]:
    """The parts of a data stream."""
    parts = [line.partition(":") for line in answered.body.decode().splitlines()]
    return [(letter, json.loads(value)) for letter, _, value in parts]


async def test_an_answer_is_a_ui_message_stream() -> None:
    async with stage(TEXT) as on:
        got = await on.ask(asked(), path=UI)
        again = await on.ask(asked(), path=UI)

        assert len(on.upstream.seen) == 1
    assert got.headers["x-vercel-ai-ui-message-stream"] == "v1"
    assert got.headers["content-type"].startswith("text/event-stream")
    start, *rest = got.events
    assert (start["type"], start["messageMetadata"]) == ("start", {"model": OPENAI_MODEL})
    assert rest == [
        {"type": "start-step"},
        {"type": "text-start", "id": "0"},
        {"type": "text-delta", "id": "0", "delta": "Hel"},
        {"type": "text-delta", "id": "0", "delta": "lo"},
        {"type": "text-end", "id": "0"},
        {"type": "finish-step"},
        {
            "type": "finish",
            "finishReason": "stop",
            "messageMetadata": {"usage": {"inputTokens": 3, "outputTokens": 2, "totalTokens": 5}},
        },
        "[DONE]",
    ]
    assert (again.headers["x-cache"], again.events[-1]) == ("HIT", "[DONE]")


async def test_an_answer_is_a_data_stream_where_that_is_asked_for() -> None:
    async with stage(TEXT) as on:
        got = await on.ask(asked(), path=DATA)

    assert got.headers["x-vercel-ai-data-stream"] == "v1"
    assert got.headers["content-type"] == "text/plain; charset=utf-8"
    usage = {"promptTokens": 3, "completionTokens": 2}
    (letter, start), *rest = lines(got)
    assert (letter, list(start)) == ("f", ["messageId"])
    assert rest == [
        ("0", "Hel"),
        ("0", "lo"),
        ("e", {"finishReason": "stop", "usage": usage, "isContinued": False}),
        ("d", {"finishReason": "stop", "usage": usage}),
    ]
    assert got.whole


async def test_calls_are_told_one_behind_the_other_and_then_whole() -> None:
    async with stage(CALLS) as on:
        ui = (await on.ask(asked(), path=UI)).events
        data = lines(await on.ask(asked(), path=DATA))

    assert [part["type"] for part in ui[:-1]] == [
        "start",
        "start-step",
        "text-start",
        "text-delta",
        "text-end",
        *["tool-input-start", "tool-input-delta", "tool-input-delta"],
        *["tool-input-start", "tool-input-delta"],
        *["tool-input-available"] * 2,
        "finish-step",
        "finish",
    ]
    assert ui[10] == {
        "type": "tool-input-available",
        "toolCallId": "call_1",
        "toolName": "look",
        "input": {"at": "Zurich"},
    }
    assert ui[-2]["finishReason"] == "tool-calls"
    assert [letter for letter, _ in data] == ["f", "0", "b", "c", "c", "b", "c", "9", "9", "e", "d"]
    assert data[7][1] == {"toolCallId": "call_1", "toolName": "look", "args": {"at": "Zurich"}}


async def test_a_call_starts_when_its_name_is_known() -> None:
    late = streams(piece("", tool_calls=[LATE]), piece("", tool_calls=[NAMED]), piece("", finish="tool_calls"), DONE)
    async with stage(late) as on:
        ui = (await on.ask(asked(), path=UI)).events
        data = lines(await on.ask(asked(), path=DATA))

    call = {"toolCallId": "call_1", "toolName": "look"}
    assert ui[2:5] == [
        {"type": "tool-input-start", **call},
        {"type": "tool-input-delta", "toolCallId": "call_1", "inputTextDelta": '{"at":"Zurich"}'},
        {"type": "tool-input-available", **call, "input": {"at": "Zurich"}},
    ]
    assert data[1:4] == [
        ("b", call),
        ("c", {"toolCallId": "call_1", "argsTextDelta": '{"at":"Zurich"}'}),
        ("9", {**call, "args": {"at": "Zurich"}}),
    ]


async def test_arguments_that_are_no_object_are_told_as_an_error_of_the_call() -> None:
    cut = streams(piece("", tool_calls=[CALL]), piece("", finish="tool_calls"), DONE)
    async with stage(cut) as on:
        ui = (await on.ask(asked(), path=UI)).events
        data = lines(await on.ask(asked(), path=DATA))

    failed = next(part for part in ui[:-1] if part["type"] == "tool-input-error")
    assert (failed["toolCallId"], failed["input"]) == ("call_1", '{"at":')
    assert "look" in dict(data)["3"]
    assert "9" not in dict(data)


@pytest.mark.parametrize("path", [UI, DATA])
async def test_an_answer_that_breaks_off_is_an_error_and_never_finished(path: str) -> None:
    async with stage(broken) as on:
        got = await on.ask(asked(), path=path)

    assert not got.whole
    if path == UI:
        assert got.events[-1]["type"] == "error"
        assert not {"finish", "[DONE]"} & {part["type"] for part in got.events}
    else:
        assert [letter for letter, _ in lines(got)] == ["f", "0", "3"]


async def test_what_version_5_and_later_send_becomes_a_chat() -> None:
    parts = [
        {"type": "step-start"},
        {"type": "reasoning", "text": "..."},
        {"type": "text", "text": "I look."},
        {"type": "tool-look", "toolCallId": "1", "state": "output-available", "input": {"at": 1}, "output": {"sky": 2}},
        {"type": "dynamic-tool", "toolName": "ask", "toolCallId": "2", "state": "output-error", "errorText": "no"},
        {"type": "tool-look", "toolCallId": "3", "state": "input-streaming", "input": {}},
        {"type": "step-start"},
        {"type": "source-url", "sourceId": "s", "url": "https://a.example"},
        {"type": "tool-look", "toolCallId": "4", "state": "output-denied", "input": None},
        {"type": "text", "text": "Rain."},
    ]
    image = {"type": "file", "mediaType": "image/png", "url": "data:image/png;base64,AA=="}
    messages = [
        {"id": "1", "role": "user", "parts": [{"type": "text", "text": "Look."}, image, {"type": "data-x", "data": 1}]},
        {"id": "2", "role": "assistant", "parts": parts},
        {"id": "3", "role": "user", "parts": [{"type": "text", "text": "And"}, {"type": "text", "text": "now?"}]},
    ]
    look = {"description": "Look.", "inputSchema": {"type": "object"}}
    async with stage(GOOD) as on:
        more = {"system": "Be short.", "tools": {"look": look}, "toolChoice": "required", "topP": 0.5}
        await on.ask(asked(*messages, **more), path=UI)
        sent = on.upstream.seen[0].json

    def call(call_id: str, name: str, arguments: str) -> dict[str, object]:
        return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}

    assert sent["messages"] == [
        {"role": "system", "content": "Be short."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Look."},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}},
            ],
        },
        {
            "role": "assistant",
            "content": "I look.",
            "tool_calls": [call("1", "look", '{"at":1}'), call("2", "ask", "{}")],
        },
        {"role": "tool", "tool_call_id": "1", "content": '{"sky":2}'},
        {"role": "tool", "tool_call_id": "2", "content": "no"},
        {"role": "assistant", "content": "Rain.", "tool_calls": [call("4", "look", "{}")]},
        {"role": "tool", "tool_call_id": "4", "content": "The user did not allow the call."},
        {"role": "user", "content": "And\nnow?"},
    ]
    function = {"name": "look", "description": "Look.", "parameters": {"type": "object"}}
    assert sent["tools"] == [{"type": "function", "function": function}]
    assert (sent["tool_choice"], sent["top_p"], sent["stream"]) == ("required", 0.5, True)


async def test_what_version_4_sends_becomes_a_chat() -> None:
    done = {"state": "result", "toolCallId": "1", "toolName": "look", "args": {"at": 1}, "result": "rain"}
    image = {"name": "a.png", "contentType": "image/png", "url": "data:image/png;base64,AA=="}
    messages = [
        {"role": "user", "content": "Look.", "experimental_attachments": [image]},
        {"role": "assistant", "content": "", "parts": [{"type": "tool-invocation", "toolInvocation": done}]},
        {"role": "assistant", "content": "Rain.", "toolInvocations": [{**done, "state": "partial-call"}]},
        {"role": "data", "content": "the page's own"},
        {"role": "user", "content": "And now?"},
    ]
    async with stage(GOOD) as on:
        await on.ask(asked(*messages), path=DATA)
        sent = on.upstream.seen[0].json

    assert [message["role"] for message in sent["messages"]] == ["user", "assistant", "tool", "assistant", "user"]
    assert sent["messages"][0]["content"][1]["image_url"]["url"] == image["url"]
    assert sent["messages"][1]["tool_calls"][0]["function"] == {"name": "look", "arguments": '{"at":1}'}
    assert sent["messages"][2] == {"role": "tool", "tool_call_id": "1", "content": "rain"}
    assert sent["messages"][3] == {"role": "assistant", "content": "Rain."}


def user(*parts: object) -> dict[str, object]:
    return {"role": "user", "parts": list(parts)}


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"messages": None}, "'messages' must be a list"),
        ({"messages": []}, "'messages' must not be empty"),
        ({"messages": ["hello"]}, "messages[0]"),
        ({"messages": [{"role": "wizard", "parts": []}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "parts": "hello"}]}, "messages[0].parts"),
        ({"messages": [user("hello")]}, "messages[0].parts[0]"),
        ({"messages": [user({"type": "video"})]}, "'video'"),
        ({"messages": [user({"type": "file", "mediaType": "text/csv", "url": "data:,1"})]}, "only images"),
        ({"messages": [user({"type": "text", "text": 5})]}, "messages[0].parts[0].text"),
        ({"messages": [{"role": "assistant", "content": "", "toolInvocations": 5}]}, "messages[0].toolInvocations"),
        ({"messages": [{"role": "user", "content": "", "experimental_attachments": {}}]}, "experimental_attachments"),
        ({"tools": 7}, "'tools'"),
    ],
    ids=str,
)
async def test_what_cannot_be_a_chat_is_refused_by_name(told: dict[str, Any], says: str) -> None:
    async with stage(GOOD) as on:
        got = await on.ask({**asked(), **told}, path=UI)

        assert on.upstream.seen == []
    assert got.status == 400
    assert says in got.json["error"]["message"]


async def test_a_protocol_that_is_not_spoken_is_refused_with_those_that_are() -> None:
    async with stage(GOOD) as on:
        got = await on.ask(asked(), path="/ai-sdk?protocol=text")

    assert (got.status, got.json["error"]["code"]) == (400, "unknown_protocol")
    assert "'data'" in got.json["error"]["message"]
