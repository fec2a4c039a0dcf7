"""Tools that a model calls, and their results on the way back to it."""

from __future__ import annotations

from typing import Any

from tests.harness.reference_proxy.chat.service import GOOD, Service
from tests.harness.reference_proxy.stage import DONE, Upstream, piece, streams


async def test_calls_of_tools_are_told_and_kept(on: Service, upstream: Upstream) -> None:
    call = {"index": 0, "id": "c1", "type": "function", "function": {"name": "look_up", "arguments": '{"q":'}}
    rest = {"index": 0, "function": {"arguments": '"x"}'}}
    upstream.then(streams(piece("", tool_calls=[call]), piece("", tool_calls=[rest], finish="tool_calls"), DONE))

    told = await on.ann.ask()
    _, answer = await on.kept(told)

    assert told.part("tool-input-available") == {
        "type": "tool-input-available", "toolCallId": "c1", "toolName": "look_up", "input": {"q": "x"},
    }  # fmt: skip
    assert told.part("finish")["finishReason"] == "tool-calls"
    assert answer["toolCalls"] == [
        {"id": "c1", "type": "function", "function": {"name": "look_up", "arguments": '{"q":"x"}'}}
    ]


def calls(*names: str) -> list[dict[str, Any]]:
    return [
        {"index": at, "id": f"c{at}", "type": "function", "function": {"name": name, "arguments": "{}"}}
        for at, name in enumerate(names)
    ]


CALLING = streams(piece("", tool_calls=calls("look_up", "add"), finish="tool_calls"), DONE)
RESULTS = [{"toolCallId": "c0", "result": "seven"}, {"toolCallId": "c1", "result": {"sum": 7}}]


async def test_results_of_tools_go_on_to_the_model_and_are_kept(on: Service, upstream: Upstream) -> None:
    upstream.then(CALLING, GOOD)
    first = await on.ann.ask("what is 3 and 4?")
    document = {"conversationId": first.conversation_id, "toolResults": RESULTS}
    async with on.ann.asking(document) as (told, parts):
        async for _ in parts:
            pass
    kept = await on.kept(told)
    summary = (await on.ann.get("/api/v1/chat"))["conversations"][0]

    assert [message["role"] for message in upstream.seen[-1].json["messages"]] == ["user", "assistant", "tool", "tool"]
    assert upstream.seen[-1].json["messages"][1:] == [
        {"role": "assistant", "content": None, "tool_calls": kept[1]["toolCalls"]},
        {"role": "tool", "tool_call_id": "c0", "content": "seven"},
        {"role": "tool", "tool_call_id": "c1", "content": '{"sum":7}'},
    ]
    assert [(each["role"], each.get("toolCallId")) for each in kept[2:]] == [
        ("tool", "c0"), ("tool", "c1"), ("assistant", None),
    ]  # fmt: skip
    assert (told.text, told.done, summary["messageCount"]) == ("Hello", True, len(kept))
    exported = (await on.ann.call("GET", f"/api/v1/chat/{first.conversation_id}/export")).text
    assert "Result of a tool (c0)" in exported


async def test_results_that_nobody_waits_for_are_refused_and_not_kept(on: Service, upstream: Upstream) -> None:
    upstream.then(CALLING, GOOD)
    told = await on.ann.ask()
    plain = await on.ann.ask("another conversation")
    wrong = (
        {"conversationId": told.conversation_id, "toolResults": RESULTS[:1]},
        {"conversationId": told.conversation_id, "toolResults": [*RESULTS, RESULTS[0]]},
        {"conversationId": told.conversation_id, "toolResults": [RESULTS[0], {"toolCallId": "c9", "result": 1}]},
        {"conversationId": plain.conversation_id, "toolResults": RESULTS},
    )
    statuses = [(await on.ann.call("POST", "/api/v1/chat", document)).status_code for document in wrong]
    nowhere = await on.ann.call("POST", "/api/v1/chat", {"toolResults": RESULTS})

    assert statuses == [400, 400, 400, 400]
    assert nowhere.status_code == 404
    assert (len(await on.kept(told)), len(await on.kept(plain))) == (2, 2)


async def test_calls_without_results_are_not_told_to_the_model(on: Service, upstream: Upstream) -> None:
    upstream.then(CALLING, GOOD)
    told = await on.ann.ask("one")
    await on.ann.ask("never mind", conversationId=told.conversation_id)

    assert upstream.seen[-1].json["messages"] == [
        {"role": "user", "content": "one"}, {"role": "user", "content": "never mind"},
    ]  # fmt: skip


async def test_an_answer_to_results_is_given_anew_beside_the_former(on: Service, upstream: Upstream) -> None:
    upstream.then(CALLING, GOOD)
    first = await on.ann.ask("one")
    async with on.ann.asking({"conversationId": first.conversation_id, "toolResults": RESULTS}) as (_, parts):
        async for _ in parts:
            pass
    again = await on.ann.ask(path=f"/api/v1/chat/{first.conversation_id}/regenerate")

    assert again.text == "Hello"
    assert [message["role"] for message in upstream.seen[-1].json["messages"]] == ["user", "assistant", "tool", "tool"]
