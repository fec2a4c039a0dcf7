"""OpenAI's Responses API: the same answer as in every other dialect, as items, and as numbered events."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.mock_cloudflare.request import Answer
from tests.harness.mock_cloudflare.asking import NONCE, Asker, body_of

MODEL = "@cf/openai/gpt-oss-120b"
TOOL = {
    "type": "function",
    "name": "look",
    "parameters": {"type": "object", "properties": {"at": {"type": "string"}}, "required": ["at"]},
}


def _ask(told: object = f"{NONCE} tokens=4", **more: object) -> Answer:
    asker = Asker()
    path = f"/client/v4/accounts/{asker.settings.account_id}/ai/v1/responses"
    return asker.ask("POST", path, {"model": MODEL, "input": told, **more})


def _events(answer: Answer) -> list[dict[str, Any]]:
    events = [json.loads(event.data) for event in answer.reply.events]
    assert [event.raw.split(b"\n")[0].decode() for event in answer.reply.events] == [
        f"event: {event['type']}" for event in events
    ]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    return events


def _unnamed(response: dict[str, Any]) -> str:
    """Return a response without the name that makes it another than the next one."""
    return json.dumps(response).replace(response["id"].removeprefix("resp_"), "")


def test_a_response_says_what_a_chat_says() -> None:
    answer = _ask()

    response = body_of(answer)
    assert (answer.surface, answer.model, answer.nonce) == ("ai.responses", MODEL, NONCE)
    assert (response["object"], response["status"], response["incomplete_details"]) == ("response", "completed", None)
    assert [item["type"] for item in response["output"]] == ["message"]
    assert response["output"][0]["content"][0]["text"].startswith(f"re-{NONCE[3:]}")
    assert response["usage"]["output_tokens"] == 4


@pytest.mark.parametrize(
    "more",
    [{}, {"max_output_tokens": 2}, {"reasoning": {"summary": "auto"}}, {"tools": [TOOL], "tool_choice": "required"}],
    ids=["text", "cut short", "with its reasoning", "a call"],
)
def test_a_stream_ends_with_what_the_whole_says(more: dict[str, object]) -> None:
    whole, events = body_of(_ask(**more)), _events(_ask(stream=True, **more))

    assert [event["type"] for event in events[:2]] == ["response.created", "response.in_progress"]
    assert events[-1]["type"] == f"response.{whole['status']}"
    assert _unnamed(events[-1]["response"]) == _unnamed(whole)
    done = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    assert done == events[-1]["response"]["output"]


def test_the_pieces_of_a_text_make_its_whole() -> None:
    events = _events(_ask(stream=True))

    said = "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta")
    assert said == events[-1]["response"]["output"][0]["content"][0]["text"]


def test_the_pieces_of_a_call_make_its_arguments() -> None:
    events = _events(_ask(f"{NONCE} tools=2", stream=True, tools=[TOOL]))

    for item in events[-1]["response"]["output"]:
        pieces = [event for event in events if event["type"].endswith("arguments.delta")]
        told = "".join(event["delta"] for event in pieces if event["item_id"] == item["id"])
        assert told == item["arguments"]
        assert isinstance(json.loads(told)["at"], str)
    assert len(events[-1]["response"]["output"]) == 2


def test_an_answer_that_a_limit_cut_is_incomplete_and_says_why() -> None:
    response = body_of(_ask(max_output_tokens=2))

    assert response["status"] == "incomplete"
    assert response["incomplete_details"] == {"reason": "max_output_tokens"}
    assert response["output"][0]["status"] == "incomplete"


def test_the_results_of_calls_end_an_agents_turn() -> None:
    call = {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": "{}"}
    result = {"type": "function_call_output", "call_id": "call_1", "output": "rain"}
    thought = {"type": "reasoning", "id": "rs_1", "summary": []}
    asked = [{"type": "message", "role": "user", "content": f"{NONCE} tools=1"}, thought, call, result]

    assert [item["type"] for item in body_of(_ask(asked))["output"]] == ["message"]
    assert [item["type"] for item in body_of(_ask(asked[:1]))["output"]] == ["function_call"]


def test_a_named_tool_is_the_one_that_is_called() -> None:
    other = {**TOOL, "name": "listen"}
    choice = {"type": "function", "name": "listen"}

    assert body_of(_ask(tools=[TOOL, other], tool_choice=choice))["output"][0]["name"] == "listen"


def test_what_was_asked_is_repeated() -> None:
    asked = {"instructions": "Be short.", "temperature": 0.5, "metadata": {"of": "a test"}, "tools": [TOOL]}
    response = body_of(_ask(**asked))

    assert response["tools"] == [{"description": None, "strict": True, **TOOL}]
    assert {name: response[name] for name in ("instructions", "temperature", "metadata")} == {
        name: asked[name] for name in ("instructions", "temperature", "metadata")
    }


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"input": None}, "'input'"),
        ({"input": []}, "'/input'"),
        ({"input": ["text"]}, "'/input/0'"),
        ({"model": None}, "'model'"),
        ({"temperature": "hot"}, "'/temperature'"),
        ({"model": "@cf/no-such/model"}, "No such model"),
    ],
    ids=str,
)
def test_a_bad_request_is_refused_where_it_is_bad(body: dict[str, object], says: str) -> None:
    answer = _ask(**{"told": body.pop("input")} if "input" in body else {}, **body)

    assert answer.reply.status == 400
    assert says in json.dumps(body_of(answer))


def test_at_the_alias_errors_are_openais() -> None:
    asker = Asker()
    answer = asker.ask("POST", "/v1/responses", {"model": MODEL})

    assert answer.reply.status == 400
    assert body_of(answer)["error"]["type"] == "invalid_request_error"
