from __future__ import annotations

from typing import Any

import pytest

from harness.mock_cloudflare.ai.forms import read
from tests.harness.mock_cloudflare.asking import NONCE, Asker, body_of, payloads, user

ASK = f"{NONCE} tokens=3 ascii=true"


def delta_fields(events: list[dict[str, Any]], name: str) -> list[object]:
    return [choice["delta"][name] for item in events for choice in item["choices"] if name in choice["delta"]]


def test_a_prompt_has_its_answer_in_the_form_that_it_names() -> None:
    form = "chat.reasoning(place=beside)+chat.finish"

    events = payloads(Asker().chat(messages=user(f"{ASK} form={form}"), stream=True))

    assert len(delta_fields(events, "reasoning_content")) == 3
    assert events[-1]["choices"][0]["delta"]["content"]
    assert events[-1]["choices"][0]["finish_reason"] == "stop"


def test_the_other_form_of_an_answer_has_it_too() -> None:
    message = body_of(Asker().chat(messages=user(f"{ASK} form=chat.reasoning")))["choices"][0]["message"]

    assert message["reasoning_content"]
    assert message["content"]


@pytest.mark.parametrize("form", ["", "nonsense", "chat.reasoning(", "sse.done_twice", "http.gzip", "client.not_json"])
def test_what_is_no_form_is_none(form: str) -> None:
    assert read(form) == ()


def test_log_probabilities_come_where_they_are_asked_for() -> None:
    ask = Asker()

    asked = payloads(ask.chat(messages=user(ASK), stream=True, logprobs=True, top_logprobs=3))
    plain = payloads(ask.chat(messages=user(ASK), stream=True))
    whole = body_of(ask.chat(messages=user(ASK), logprobs=True, top_logprobs=True))["choices"][0]

    told = [item["choices"][0]["logprobs"] for item in asked if item["choices"][0]["delta"].get("content")]
    assert [len(each["content"][0]["top_logprobs"]) for each in told] == [3, 3, 3]
    assert not [item for item in plain if item["choices"][0]["logprobs"]]
    tokens = [each["token"] for each in whole["logprobs"]["content"]]
    assert "".join(tokens) == whole["message"]["content"]
    assert whole["logprobs"]["content"][0]["top_logprobs"] == []
