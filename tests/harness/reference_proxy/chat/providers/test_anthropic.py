"""Anthropic's Messages as a provider: asked in its own form, read event by event."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from harness.reference_proxy.answers.failures import scrubber
from harness.reference_proxy.answers.sse import SseEvent
from harness.reference_proxy.chat.providers.anthropic import Reader
from harness.reference_proxy.errors import UpstreamError
from tests.harness.reference_proxy.chat.service import Service, service
from tests.harness.reference_proxy.stage import Connection, Upstream, says

MODEL = "anthropic/a-model-5"
START = {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 7, "output_tokens": 1}}}
TEXT = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
TOOL = {
    "type": "content_block_start", "index": 1, "content_block": {"type": "tool_use", "id": "t1", "name": "look_up"},
}  # fmt: skip
STOP = {"type": "message_stop"}


def text(said: str) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": said}}


def arguments(piece: str) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": piece}}


def ended(why: str) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": why}, "usage": {"output_tokens": 5}}


async def _stream(connection: Connection, *events: dict[str, Any]) -> None:
    await connection.start_stream()
    for event in events:
        await connection.block(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
    await connection.end()


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    good = (START, TEXT, {"type": "ping"}, text("Hel"), text("lo"), {"type": "content_block_stop", "index": 0})
    scripted = Upstream(lambda connection: _stream(connection, *good, ended("end_turn"), STOP))
    await scripted.start()
    yield scripted
    await scripted.stop()


@pytest.fixture
async def on(sqlite_url: str, upstream: Upstream) -> AsyncIterator[Service]:
    url = f"{upstream.url}/v1"
    async with service(sqlite_url, upstream.url, chat_anthropic_url=url, chat_anthropic_key="their-secret") as running:
        yield running


async def test_a_question_is_asked_in_its_own_form_and_its_answer_kept(on: Service, upstream: Upstream) -> None:
    tool = {"type": "function", "function": {"name": "look_up", "parameters": {"type": "object", "required": ["q"]}}}
    agent = {"name": "a", "systemPrompt": "Be brief.", "tools": [tool], "parameters": {"temperature": 0.5}}
    agent_id = (await on.ann.call("POST", "/api/v1/agents", agent)).json()["id"]
    told = await on.ann.ask("hello", model=MODEL, agentId=agent_id)
    kept = await on.ann.get(f"/api/v1/chat/{told.conversation_id}")
    (sent,) = upstream.seen

    assert sent.line == "POST /v1/messages HTTP/1.1"
    assert (sent.headers["x-api-key"], sent.headers["anthropic-version"]) == ("their-secret", "2023-06-01")
    assert "authorization" not in sent.headers
    assert sent.json == {
        "model": "a-model-5", "max_tokens": 4096, "stream": True, "temperature": 0.5, "system": "Be brief.",
        "messages": [{"role": "user", "content": "hello"}],
        "tools": [{"name": "look_up", "description": "", "input_schema": tool["function"]["parameters"]}],  # type: ignore[index] # a literal above
    }  # fmt: skip
    assert (told.text, told.done, told.part("finish")["finishReason"]) == ("Hello", True, "stop")
    assert kept["messages"][0]["usage"]["totalTokens"] == 12
    assert kept["messages"][0]["model"] == MODEL


async def test_calls_of_its_tools_arrive_whole(on: Service, upstream: Upstream) -> None:
    events = (START, TEXT, text("Let me see."), TOOL, arguments('{"q"'), arguments(":1}"), ended("tool_use"), STOP)
    upstream.then(lambda connection: _stream(connection, *events))

    told = await on.ann.ask("hello", model=MODEL)

    assert told.part("tool-input-available")["input"] == {"q": 1}
    assert told.part("finish")["finishReason"] == "tool-calls"


async def test_its_refusals_keep_their_status(on: Service, upstream: Upstream) -> None:
    error = {"type": "error", "error": {"type": "rate_limit_error", "message": "slow down"}}
    upstream.then(says(error, 429, Retry_After="7200"))

    told = await on.ann.ask("hello", model=MODEL)

    assert (told.status, told.headers["Retry-After"]) == (429, "7200")


def _read(*events: dict[str, Any]) -> None:
    reader = Reader(model=MODEL, created=1, scrub=scrubber([]))
    for event in events:
        reader.accept(SseEvent(event["type"], json.dumps(event)))
    reader.end(unfinished=False)


OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}


@pytest.mark.parametrize(
    "events",
    [
        (START, text("Hel")),
        (START, text("Hel"), ended("end_turn")),
        (START, text("Hel"), STOP),
        (START, text("Hel"), OVERLOADED),
        (START, text("Hel"), {"type": "content_block_delta", "index": 0, "delta": None}),
        (START, text("Hel"), arguments("{}")),
    ],
    ids=["cut", "no-stop", "no-reason", "error", "malformed", "call-that-never-began"],
)
def test_what_does_not_end_well_is_no_answer(events: tuple[dict[str, Any], ...]) -> None:
    with pytest.raises(UpstreamError):
        _read(*events)


def test_what_the_api_may_add_is_passed_over() -> None:
    reader = Reader(model=MODEL, created=1, scrub=scrubber([]))
    thinking = {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "hm"}}

    assert reader.accept(SseEvent("news", '{"type":"news"}')) == []
    assert reader.accept(SseEvent("content_block_delta", json.dumps(thinking))) == []
