"""CopilotKit's GraphQL in front of chats: what upstream is asked, and what comes back in parts, whole, or broken."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from tests.harness.reference_proxy.faces.copilotkit import (
    ACCEPT,
    LOOK,
    PATH,
    STREAMED,
    WHOLE,
    ask,
    asked,
    merged,
    message,
    parts_of,
    text,
)
from tests.harness.reference_proxy.stage import (
    DONE,
    GOOD,
    OPENAI_MODEL,
    Answered,
    Connection,
    piece,
    says,
    stage,
    streams,
    whole,
)

CALL = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"at":'}}
OTHER = {"index": 1, "id": "call_2", "type": "function", "function": {"name": "look", "arguments": "{}"}}
REST = {"index": 0, "function": {"arguments": '"Zurich"}'}}


async def test_an_answer_comes_in_the_parts_that_the_runtime_sends() -> None:
    async with stage(GOOD) as on:
        got = await ask(on, asked())
        again = await ask(on, asked())

        assert len(on.upstream.seen) == 1
    assert got.headers["content-type"] == 'multipart/mixed; boundary="-"'
    first, *further = parts_of(got)
    begun: dict[str, object] = {"threadId": "t1", "runId": "r1", "extensions": None, "messages": [], "metaEvents": []}
    assert first == {"data": {"generateCopilotResponse": begun}, "hasNext": True}
    told = [each for part in further for each in part.get("incremental", [])]
    item = told[0]["items"][0]
    assert told[0]["path"] == ["generateCopilotResponse", "messages", 0]
    assert item == {
        "__typename": "TextMessageOutput",
        "id": item["id"],
        "createdAt": item["createdAt"],
        "content": [],
        "role": "assistant",
        "parentMessageId": None,
    }
    content = ["generateCopilotResponse", "messages", 0, "content"]
    pieces = [each for each in told[1:] if "items" in each]
    assert pieces in (
        [{"items": ["Hel"], "path": [*content, 0]}, {"items": ["lo"], "path": [*content, 1]}],
        [{"items": ["Hel", "lo"], "path": [*content, 0]}],  # both were there when the first was sent
    )
    assert ["data" in each for each in told] == [False] * (len(told) - 2) + [True] * 2
    assert sorted(told[-2:], key=str) == [
        {"data": {"status": {"code": "Success"}}, "path": ["generateCopilotResponse", "messages", 0]},
        {"data": {"status": {"code": "Success"}}, "path": ["generateCopilotResponse"]},
    ]
    assert [part["hasNext"] for part in further] == [True] * (len(further) - 1) + [False]
    assert got.body.endswith(b"\r\n-----\r\n")
    assert got.whole
    assert again.headers["x-cache"] == "HIT"
    assert merged(parts_of(again))["messages"][0]["content"] == ["Hello"]


async def test_a_piece_is_delivered_before_upstream_sends_the_next() -> None:
    seen = asyncio.Event()

    async def slow(on: Connection) -> None:
        await on.start_stream()
        await on.event(piece("Hel"))
        await seen.wait()
        await on.event(piece("lo", finish="stop"))
        await on.event(DONE)
        await on.end()

    async with stage(slow) as on:
        call = await on.call(asked(), path=PATH, Accept=ACCEPT)
        await call.head()
        got = b""
        while b'["Hel"]' not in got:
            got += await call.chunk()
        seen.set()
        rest = await call.rest()

    assert merged(parts_of(Answered(200, {}, got + rest.body, whole=True)))["messages"][0]["content"] == ["Hel", "lo"]


async def test_calls_are_messages_of_their_own_and_name_the_one_that_came_before() -> None:
    answer = streams(
        piece("Wait."), piece("", tool_calls=[CALL]), piece("", tool_calls=[OTHER]), piece("", tool_calls=[REST]),
        piece("", finish="tool_calls"), DONE,
    )  # fmt: skip
    async with stage(answer) as on:
        got = merged(parts_of(await ask(on, asked(frontend={"actions": [LOOK]}))))

    said, call, other = got["messages"]
    assert (said["content"], said["status"]) == (["Wait."], {"code": "Success"})
    assert (call["__typename"], call["id"], call["name"]) == ("ActionExecutionMessageOutput", "call_1", "look")
    assert "".join(call["arguments"]) == '{"at":"Zurich"}'
    assert (call["parentMessageId"], other["id"]) == (said["id"], "call_2")
    assert got["status"] == {"code": "Success"}


async def test_what_a_page_sends_becomes_a_chat() -> None:
    call = {"name": "look", "arguments": '{"at":1}', "parentMessageId": "2"}
    result = {"actionExecutionId": "call_1", "actionName": "look", "result": "rain"}
    state = {
        "threadId": "t1", "agentName": "a", "role": "assistant", "state": "{}", "running": False, "nodeName": "n",
        "runId": "r", "active": False,
    }  # fmt: skip
    messages = [
        text("Rules.", "developer", "0"),
        message("1", imageMessage={"format": "png", "bytes": "AA==", "role": "user"}),
        text("I look.", "assistant", "2"),
        message("call_1", actionExecutionMessage=call),
        message("call_2", actionExecutionMessage={**call, "parentMessageId": None}),
        message("r1", resultMessage=result),
        message("s", agentStateMessage=state),
        message("call_3", actionExecutionMessage=call),
    ]
    told: dict[str, Any] = {
        "frontend": {"actions": [LOOK, {**LOOK, "name": "off", "available": "disabled"}]},
        "context": [{"description": "Place", "value": "Zurich"}],
        "forwardedParameters": {
            "model": OPENAI_MODEL,
            "maxTokens": 9,
            "stop": ["END"],
            "temperature": 0.5,
            "toolChoice": "function",
            "toolChoiceFunctionName": "look",
        },
    }
    async with stage(GOOD) as on:
        await ask(on, asked(*messages, **told))
        sent = on.upstream.seen[0].json

    def made(call_id: str) -> dict[str, object]:
        return {"id": call_id, "type": "function", "function": {"name": "look", "arguments": '{"at":1}'}}

    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
    assert sent["messages"] == [
        {"role": "system", "content": "The application says:\nPlace: Zurich"},
        {"role": "system", "content": "Rules."},
        {"role": "user", "content": [image]},
        {"role": "assistant", "content": "I look.", "tool_calls": [made("call_1"), made("call_2")]},
        {"role": "tool", "tool_call_id": "call_1", "content": "rain"},
        {"role": "assistant", "content": None, "tool_calls": [made("call_3")]},
    ]
    function = {"name": "look", "description": "Look.", "parameters": {"type": "object"}}
    assert sent["tools"] == [{"type": "function", "function": function}]
    assert sent["tool_choice"] == {"type": "function", "function": {"name": "look"}}
    assert (sent["max_tokens"], sent["stop"], sent["temperature"]) == (9, ["END"], 0.5)
    assert sent["stream"] is True


async def test_without_directives_the_answer_is_one_document_and_upstream_is_not_asked_to_stream() -> None:
    async with stage(says(whole("Hello"))) as on:
        got = await ask(on, asked(query=WHOLE), "application/json")
        sent = on.upstream.seen[0].json

    answer = got.json["data"]["generateCopilotResponse"]
    assert (answer["status"], answer["messages"][0]["status"]) == ({"code": "Success"}, {"code": "Success"})
    assert answer["messages"][0]["content"] == ["Hello"]
    assert got.headers["content-type"].startswith("application/json")
    assert "stream" not in sent


async def test_server_sent_events_carry_the_same_parts_to_who_takes_nothing_else() -> None:
    async with stage(GOOD) as on:
        got = await ask(on, asked(), "text/event-stream")
        hello = await ask(on, {"query": "{ hello }"}, "text/event-stream")

    blocks = got.body.decode().split("\n\n")
    assert (blocks[0], blocks[-2:]) == (":", ["event: complete\ndata:", ""])
    parts = [json.loads(block.removeprefix("event: next\ndata: ")) for block in blocks[1:-2]]
    assert merged(parts)["messages"][0]["content"] == ["Hel", "lo"]
    assert hello.body == b':\n\nevent: next\ndata: {"data":{"hello":"Hello World"}}\n\nevent: complete\ndata:\n\n'


async def test_who_takes_no_parts_cannot_have_an_answer_in_parts() -> None:
    async with stage(GOOD) as on:
        got = await ask(on, asked(), "application/json")

        assert on.upstream.seen == []
    assert (got.status, got.body) == (406, b"")
    assert got.headers["accept"] == "text/event-stream; charset=utf-8, multipart/mixed"


@pytest.mark.parametrize("accept", ["multipart/mixed", "text/event-stream"])
async def test_an_answer_that_breaks_off_has_failed_and_gets_no_end(accept: str) -> None:
    async def broken(on: Connection) -> None:
        await on.start_stream()
        await on.event(piece("Hel"))
        on.reset()

    async with stage(broken) as on:
        got = await ask(on, asked(), accept)

    assert not got.whole
    if accept == "multipart/mixed":
        parts = parts_of(got)
        assert all(part["hasNext"] for part in parts)
    else:
        assert b"event: complete" not in got.body
        blocks = got.body.decode().split("\n\n")[1:-1]
        parts = [json.loads(block.removeprefix("event: next\ndata: ")) for block in blocks]
    answer = merged(parts)
    (said,) = answer["messages"]
    assert (said["content"], said["status"]["code"]) == (["Hel"], "Failed")
    assert (answer["status"]["code"], answer["status"]["reason"]) == ("Failed", "MESSAGE_STREAM_INTERRUPTED")
    assert answer["status"]["details"]["messageId"] == said["id"]


async def test_a_client_that_leaves_ends_the_upstream_call() -> None:
    dropped = asyncio.Event()

    async def endless(on: Connection) -> None:
        await on.start_stream()
        await on.event(piece("Hel"))
        await on.gone()
        dropped.set()

    async with stage(endless) as on:
        call = await on.call(asked(), path=PATH, Accept=ACCEPT)
        await call.head()
        call.leave()
        await dropped.wait()


async def test_a_slow_reader_slows_upstream() -> None:
    sent = asyncio.Event()

    async def floods(on: Connection) -> None:
        await on.start_stream()
        for index in range(20_000):
            await on.event(piece(f"{index:08}" * 512))
        sent.set()
        await on.gone()

    async with stage(floods, client_stall_timeout_s=0.3) as on:
        call = await on.call(asked(), path=PATH, Accept=ACCEPT)
        call.writer.transport.pause_reading()  # type: ignore[attr-defined] # a read transport on every platform
        await on.log.says("client_stalled")
        call.leave()

        assert not sent.is_set()


async def test_a_status_that_is_not_deferred_comes_after_all_the_messages() -> None:
    query = """
    mutation ($data: GenerateCopilotResponseInput!) {
      generateCopilotResponse(data: $data) {
        status { ... on BaseResponseStatus { code } }
        messages @stream { ... on TextMessageOutput { content @stream } }
      }
    }
    """
    async with stage(GOOD) as on:
        document = {**asked(query=query), "operationName": None}
        got = merged(parts_of(await ask(on, document)))

    assert got == {"status": {"code": "Success"}, "messages": [{"content": ["Hel", "lo"]}]}


async def test_there_are_no_agents_and_no_state_of_one() -> None:
    agents = "query availableAgents { availableAgents { agents { name id description } } }"
    load = "query loadAgentState($data: LoadAgentStateInput!) { loadAgentState(data: $data) { %s } }"
    state = {
        "query": load % "threadId threadExists state messages",
        "variables": {"data": {"threadId": "t", "agentName": "a"}},
    }
    async with stage(GOOD) as on:
        none = await ask(on, {"query": agents})
        nothing = await ask(on, state)

    assert none.json == {"data": {"availableAgents": {"agents": []}}}
    assert nothing.json["data"]["loadAgentState"] == {
        "threadId": "t",
        "threadExists": False,
        "state": "{}",
        "messages": "[]",
    }


async def test_the_schema_tells_itself() -> None:
    query = '{ __schema { mutationType { fields { name } } } __type(name: "MessageRole") { enumValues { name } } }'
    async with stage(GOOD) as on:
        told = (await ask(on, {"query": query})).json["data"]

    assert told["__schema"]["mutationType"]["fields"] == [{"name": "generateCopilotResponse"}]
    assert {"name": "assistant"} in told["__type"]["enumValues"]


async def test_one_field_asked_for_twice_is_answered_twice() -> None:
    query = STREAMED.replace("messages @stream {", "again: messages @stream { id } messages @stream {")
    async with stage(GOOD) as on:
        got = merged(parts_of(await ask(on, asked(query=query))))

    assert got["again"] == [{"id": got["messages"][0]["id"]}]
    assert got["messages"][0]["content"] == ["Hel", "lo"]
