"""OpenAI's Responses as a provider: asked in its own form, read event by event."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from edgeproof import MockCloudflare
from harness.reference_proxy.answers.failures import scrubber
from harness.reference_proxy.answers.sse import SseEvent
from harness.reference_proxy.chat.providers.responses import Reader, call_for
from harness.reference_proxy.errors import UpstreamError
from harness.reference_proxy.requests import ChatRequest
from tests.harness.reference_proxy.chat.service import Service, service

CREATED = {"type": "response.created", "response": {"id": "r"}}
USAGE = {"input_tokens": 3, "output_tokens": 2, "total_tokens": 5}
COMPLETED = {"type": "response.completed", "response": {"status": "completed", "usage": USAGE}}
CALL = {
    "type": "response.output_item.added", "output_index": 1,
    "item": {"type": "function_call", "call_id": "c1", "name": "look_up"},
}  # fmt: skip


def text(said: str) -> dict[str, Any]:
    return {"type": "response.output_text.delta", "output_index": 0, "delta": said}


def arguments(said: str) -> dict[str, Any]:
    return {"type": "response.function_call_arguments.delta", "output_index": 1, "delta": said}


def stopped(why: str) -> dict[str, Any]:
    return {"type": "response.incomplete", "response": {"incomplete_details": {"reason": why}, "usage": USAGE}}


def read(*events: dict[str, Any]) -> list[dict[str, Any]]:
    reader = Reader(model="m", created=1, scrub=scrubber([]))
    chunks = [chunk for event in events for chunk in reader.accept(SseEvent(event["type"], json.dumps(event)))]
    return [*chunks, *reader.end(unfinished=False)]


@pytest.fixture
async def on(sqlite_url: str, mock: MockCloudflare) -> AsyncIterator[Service]:
    env = mock.env()
    url, key = env["OPENAI_BASE_URL"], env["OPENAI_API_KEY"]
    told = {"chat_openai_url": url, "chat_openai_key": key, "chat_openai_api": "responses"}
    async with service(sqlite_url, mock, **told) as running:
        yield running


async def test_the_mock_answers_by_responses_and_its_answer_is_kept(on: Service, mock: MockCloudflare) -> None:
    told = await on.ann.ask("hello", model="gpt-oss-120b", maxTokens=50)
    kept = await on.kept(told)
    sent = mock.journal()[-1]

    assert sent.path.endswith("/v1/responses")
    assert (sent.json()["max_output_tokens"], sent.json()["store"]) == (50, False)
    assert (told.done, told.part("finish")["finishReason"]) == (True, "stop")
    assert kept[1]["content"] == told.text != ""
    assert kept[1]["usage"]["estimated"] is False


def test_a_question_is_asked_in_its_own_form() -> None:
    function = {"name": "look_up", "parameters": {"type": "object"}}
    call = {"id": "c1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "hi"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "seven"},
    ]
    asked = {"messages": messages, "temperature": 0.5, "tools": [{"type": "function", "function": function}]}

    assert call_for(ChatRequest(parameters=asked, caller="", cache_key=""), "m").body == {
        "model": "m",
        "stream": True,
        "store": False,
        "temperature": 0.5,
        "input": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "hi"},
            {"type": "function_call", "call_id": "c1", "name": "look_up", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c1", "output": "seven"},
        ],
        "tools": [{"type": "function", **function}],
    }


def test_text_calls_and_usage_are_read_as_chunks() -> None:
    chunks = read(CREATED, text("Hel"), CALL, arguments('{"q"'), arguments(":1}"), COMPLETED)
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]

    assert "".join(delta.get("content") or "" for delta in deltas) == "Hel"
    assert [call["function"]["arguments"] for delta in deltas for call in delta.get("tool_calls", [])] == [
        "", '{"q"', ":1}",
    ]  # fmt: skip
    assert chunks[-1]["choices"][0]["finish_reason"] == "tool_calls"
    assert chunks[-1]["usage"] == {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


@pytest.mark.parametrize(
    ("why", "finish"), [("max_output_tokens", "length"), ("content_filter", "content_filter"), ("else", "length")]
)
def test_an_answer_that_was_stopped_says_why(why: str, finish: str) -> None:
    assert read(CREATED, text("Hel"), stopped(why))[-1]["choices"][0]["finish_reason"] == finish


@pytest.mark.parametrize(
    "events",
    [
        (CREATED, text("Hel")),
        (CREATED, {"type": "response.failed", "response": {"error": {"code": "server_error", "message": "no"}}}),
        (CREATED, {"type": "error", "code": "server_error", "message": "no"}),
        (CREATED, arguments("{}")),
        (CREATED, {"type": "response.output_text.delta"}),
    ],
)
def test_whatever_else_ends_an_answer_breaks_it(events: tuple[dict[str, Any], ...]) -> None:
    with pytest.raises(UpstreamError):
        read(*events)
