from __future__ import annotations

import json

from harness.core.target.dialects import chat_body, chat_path
from scenarios.case import Step

TEXT = "ep-0123456789ab | Grüße"


def test_a_question_stands_last_and_its_nonce_first() -> None:
    body = json.loads(chat_body(Step(), dialect="openai", text=TEXT, model="m"))

    assert body == {"model": "m", "messages": [{"role": "user", "content": TEXT}], "stream": True}


def test_natively_the_model_is_in_the_path() -> None:
    body = json.loads(chat_body(Step(stream=False), dialect="workers-ai", text=TEXT, model="m"))

    assert body == {"messages": [{"role": "user", "content": TEXT}]}
    assert chat_path("/ai/run/{model}", "@cf/meta/m") == "/ai/run/@cf/meta/m"


def test_turns_and_parameters_are_carried() -> None:
    call = {"role": "tool", "tool_call_id": "c1", "content": "{}"}
    step = Step(turns=(("system", "Be brief."), call), params={"temperature": 0.5, "stream": False})

    body = json.loads(chat_body(step, dialect="openai", text=TEXT, model="m"))

    assert body["messages"][:2] == [{"role": "system", "content": "Be brief."}, call]
    assert (body["temperature"], body["stream"]) == (0.5, False)


def test_text_goes_as_utf8() -> None:
    assert "Grüße".encode() in chat_body(Step(), dialect="openai", text=TEXT, model="m")


def test_a_path_without_a_place_for_the_model_stays() -> None:
    assert chat_path("/v1/chat/completions", "m") == "/v1/chat/completions"


def test_half_a_character_goes_escaped() -> None:
    body = chat_body(Step(turns=(("user", "\ud83d"),)), dialect="openai", text="q", model="m")

    assert b"\\ud83d" in body


def test_parts_go_with_the_question_behind_its_text() -> None:
    part = {"type": "image_url", "image_url": {"url": "data:,"}}

    body = json.loads(chat_body(Step(parts=(part,)), dialect="openai", text=TEXT, model="m"))

    assert body["messages"] == [{"role": "user", "content": [{"type": "text", "text": TEXT}, part]}]
