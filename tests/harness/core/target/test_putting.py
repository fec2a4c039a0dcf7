"""A chat in the words of every dialect, and a request of each read back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.core.target.dialects import chat_body, chat_headers, request_of
from scenarios.asked import CALL, ODD_TEXTS, RESULTS, RULES
from scenarios.case import Step
from scenarios.dialects import OTHERS
from scenarios.tools import WEATHER

TEXT = "ep-0123456789ab | Grüße"
EACH = pytest.mark.parametrize("dialect", OTHERS)
STEP = Step(turns=(*RULES, *RESULTS), params={"tools": [WEATHER], "tool_choice": "auto", "max_tokens": 9})


def put(step: Step, dialect: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(chat_body(step, dialect=dialect, text=TEXT, model="m"))
    return body


@EACH
def test_a_request_is_read_back_as_what_was_asked(dialect: str) -> None:
    told = request_of(chat_body(STEP, dialect=dialect, text=TEXT, model="m"), dialect=dialect) or {}

    said = [each["content"] for each in told["messages"]]
    assert told["stream"] is True
    assert told["model"] == "m"
    assert {each["role"] for each in told["messages"]} <= {"system", "user", "assistant", "tool"}
    assert said[-1] == TEXT
    assert said[0] == "You sell fruit. Answer in one line."
    assert "I will look." in said


@EACH
def test_the_users_words_stand_last_and_are_cut_by_nothing(dialect: str) -> None:
    body = chat_body(Step(turns=ODD_TEXTS), dialect=dialect, text=TEXT, model="m")

    assert body.count(b"ep-0123456789ab") == 1
    assert request_of(body, dialect=dialect) is not None


@EACH
def test_the_same_question_is_always_put_in_the_same_bytes(dialect: str) -> None:
    first, again = (chat_body(STEP, dialect=dialect, text=TEXT, model="m") for _ in range(2))
    other = chat_body(STEP, dialect=dialect, text=f"{TEXT}!", model="m")

    assert first == again != other


@EACH
@pytest.mark.parametrize("body", [b"", b"[1]", b"{", b'"x"'])
def test_what_is_no_object_asks_for_nothing(dialect: str, body: bytes) -> None:
    assert request_of(body, dialect=dialect) is None


@EACH
@pytest.mark.parametrize("messages", [None, 7, ["x"], [{"role": 7, "content": {}}], [{"tool_calls": [1, {"id": 2}]}]])
def test_a_chat_that_makes_no_sense_is_put_all_the_same(dialect: str, messages: object) -> None:
    body = chat_body(Step(params={"messages": messages, "tools": [1]}), dialect=dialect, text=TEXT, model="m")

    assert request_of(body, dialect=dialect) is not None


def test_a_response_is_asked_for_in_items() -> None:
    body = put(STEP, "openai-responses")

    assert [item["type"] for item in body["input"]][-5:] == [
        "function_call", "function_call", "function_call_output", "function_call_output", "message",
    ]  # fmt: skip
    assert (body["max_output_tokens"], body["tools"][0]["name"], body["stream"]) == (9, "get_weather", True)


def test_a_message_is_asked_for_with_its_rules_apart_and_a_bound() -> None:
    body = put(STEP, "anthropic-messages")
    uses = [block for each in body["messages"] for block in each["content"] if isinstance(block, dict)]

    assert body["system"] == "You sell fruit. Answer in one line."
    assert [block["type"] for block in uses] == ["text", "tool_use", "tool_use", "tool_result", "tool_result"]
    assert body["tools"][0]["input_schema"] == WEATHER["function"]["parameters"]
    assert body["tool_choice"] == {"type": "auto"}
    assert put(Step(), "anthropic-messages")["max_tokens"] > 1000


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ("required", {"toolChoice": "required"}),
        ({"type": "function", "function": {"name": "f"}}, {"toolChoice": "function", "toolChoiceFunctionName": "f"}),
    ],
)
def test_a_mutation_forwards_which_tool_is_to_be_called(choice: object, told: dict[str, str]) -> None:
    body = put(Step(params={"tool_choice": choice}), "copilotkit")

    assert body["variables"]["data"]["forwardedParameters"] == {"model": "m", **told}


@pytest.mark.parametrize(
    ("dialect", "told"), [("anthropic-messages", {"type": "tool"}), ("openai-responses", {"type": "function"})]
)
def test_one_tool_is_named_as_the_dialect_names_it(dialect: str, told: dict[str, str]) -> None:
    chosen = {"type": "function", "function": {"name": "f"}}

    assert put(Step(params={"tool_choice": chosen}), dialect)["tool_choice"] == {**told, "name": "f"}


def test_a_run_forwards_what_the_protocol_has_no_place_for() -> None:
    body = put(STEP, "ag-ui")

    assert body["forwardedProps"] == {"model": "m", "max_tokens": 9, "tool_choice": "auto"}
    assert {"threadId", "runId", "state", "context"} < body.keys()
    assert [each.get("toolCallId") for each in body["messages"]].count(CALL["id"]) == 1


def test_a_page_sends_parts_with_the_result_beside_its_call() -> None:
    body = put(STEP, "ai-sdk")
    parts = [part for each in body["messages"] for part in each["parts"]]

    assert [part["state"] for part in parts if "state" in part] == ["output-available", "output-available"]
    assert body["messages"][-1]["parts"] == [{"type": "text", "text": TEXT}]


@pytest.mark.parametrize("streams", [True, False])
def test_a_query_asks_for_increments_only_where_a_stream_is_wanted(streams: bool) -> None:
    step = Step(stream=streams)
    body = put(step, "copilotkit")
    accepts = dict(chat_headers(step, dialect="copilotkit"))["Accept"]

    assert ("@stream" in body["query"], "@defer" in body["query"], "multipart" in accepts) == (streams,) * 3
    assert body["variables"]["data"]["messages"][0]["textMessage"] == {"role": "user", "content": TEXT}
