from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from harness.mock_cloudflare.ai import tools
from harness.mock_cloudflare.ai.chat import compose
from harness.mock_cloudflare.ai.tools import Tool
from scenarios.prompt import Prompt
from scenarios.tools import CLOCK, WEATHER

NONCE = "ep-0123456789ab"
ASKED = {"role": "user", "content": f"{NONCE} what is the weather?"}
ASKED_FOR_TWO = {"role": "user", "content": f"{NONCE} tools=2"}
RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "rain"}


def called(*messages: dict[str, Any], **more: object) -> list[str]:
    body = {"messages": list(messages), **more}
    (choice,) = compose(body, model="m", identifier="i", now_s=0.0).choices
    assert (choice.finish == "tool_calls") == bool(choice.calls)
    return [call.name for call in choice.calls]


def test_a_request_that_demands_a_call_gets_one() -> None:
    assert called(ASKED, tools=[WEATHER, CLOCK], tool_choice="required") == ["get_weather"]


def test_a_request_that_names_a_tool_gets_a_call_of_that_one() -> None:
    named = {"type": "function", "function": {"name": "get_time"}}

    assert called(ASKED, tools=[WEATHER, CLOCK], tool_choice=named) == ["get_time"]


def test_a_prompt_gets_as_many_calls_as_it_asks_for_of_the_tools_in_turn() -> None:
    assert called(ASKED_FOR_TWO, tools=[WEATHER, CLOCK]) == ["get_weather", "get_time"]
    assert called(ASKED_FOR_TWO) == ["get_weather", "get_weather"]


@pytest.mark.parametrize("choice", ["auto", "none", None, {}, 7])
def test_what_is_not_demanded_is_answered_in_text(choice: object) -> None:
    assert called(ASKED, tools=[WEATHER], tool_choice=choice) == []


def test_a_request_that_forbids_calls_gets_none_even_if_the_prompt_asks() -> None:
    assert called(ASKED_FOR_TWO, tools=[WEATHER], tool_choice="none") == []


def test_once_the_results_are_in_the_answer_is_text() -> None:
    assert called(ASKED_FOR_TWO, RESULT, tools=[WEATHER], tool_choice="required") == []


@pytest.mark.parametrize("told", ["required", {"type": "function", "function": {"name": "unknown"}}])
def test_nothing_is_called_that_is_not_offered(told: object) -> None:
    assert called(ASKED, tools=[], tool_choice=told) == []


@pytest.mark.parametrize("plain", [True, False])
def test_arguments_are_valid_by_the_tools_own_schema(plain: bool) -> None:
    body = {"tools": [WEATHER, {"name": "flat", "parameters": WEATHER["function"]["parameters"]}]}
    for call in tools.calls(tools.offered(body), Prompt(nonce=NONCE, ascii=plain), b"digest"):
        jsonschema.validate(json.loads(call.arguments), WEATHER["function"]["parameters"])
        assert call.arguments.isascii() is plain
        assert len(call.pieces) > 1


def test_the_ids_of_calls_come_from_the_nonce() -> None:
    prompt, two = Prompt(nonce=NONCE), (Tool(name="f"), Tool(name="f"))

    first = tools.calls(two, prompt, b"one digest")
    second = tools.calls(two, prompt, b"another")

    assert [call.id for call in first] == [call.id for call in second]
    assert first[0].id != first[1].id
    assert first[0].arguments != second[0].arguments


def test_arguments_of_an_ascii_prompt_are_ascii() -> None:
    (call,) = tools.calls((Tool(name="f"),), Prompt(nonce=NONCE, ascii=True), b"digest")

    assert call.arguments.isascii()
    assert json.loads(call.arguments)["city"] == "Zurich"
