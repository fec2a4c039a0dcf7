"""The AI binding says what the REST API says, in the form that the binding reads."""

from __future__ import annotations

import json

import pytest

from fault_injection.dice import dice
from fault_injection.families.http import Status
from fault_injection.fault import Turn
from tests.harness.mock_cloudflare.asking import GLM, LLAMA, NONCE, body_of, payloads, user
from tests.harness.mock_cloudflare.bindings.calling import Caller

INPUTS: dict[str, object] = {"messages": user(f"{NONCE} tokens=4")}


@pytest.mark.parametrize("model", [LLAMA, GLM])
def test_an_answer_is_that_of_the_rest_api_without_its_envelope(model: str) -> None:
    caller = Caller()

    by_binding, by_rest = body_of(caller.env_ai(model, INPUTS)), body_of(caller.run(model, **INPUTS))

    told = by_rest["result"] if "success" in by_rest else by_rest
    assert {**by_binding, "id": 0, "created": 0} == {**told, "id": 0, "created": 0}


@pytest.mark.parametrize("model", [LLAMA, GLM])
def test_a_stream_says_the_same_as_by_rest(model: str) -> None:
    caller, asked = Caller(), {**INPUTS, "stream": True}

    def said(chunks: list[dict[str, object]]) -> list[object]:
        return [chunk.get("response", [choice["delta"] for choice in chunk.get("choices", ())]) for chunk in chunks]  # type: ignore[attr-defined]

    assert said(payloads(caller.env_ai(model, asked))) == said(payloads(caller.run(model, **asked)))


def test_it_is_a_surface_with_its_model_and_its_nonce() -> None:
    answer = Caller().env_ai(LLAMA, INPUTS)

    assert (answer.surface, answer.model, answer.nonce) == ("ai.run", LLAMA, NONCE)


def test_it_needs_no_token() -> None:
    assert Caller().env_ai(LLAMA, INPUTS).reply.status == 200


@pytest.mark.parametrize(
    ("model", "inputs", "code"), [("@cf/no-such", INPUTS, 5007), (LLAMA, {}, 5006), (LLAMA, {"messages": []}, 5006)]
)
def test_a_refusal_is_what_the_binding_throws(model: str, inputs: dict[str, object], code: int) -> None:
    answer = Caller().env_ai(model, inputs)

    body = body_of(answer)
    assert answer.reply.status == 400
    assert (body["internalCode"], body["name"]) == (code, "InferenceUpstreamError")
    assert not body["description"].startswith("AiError")


def test_what_is_refused_was_asked_for_somebody() -> None:
    answer = Caller().env_ai(LLAMA, {**INPUTS, "seed": 0})

    assert (answer.reply.status, answer.nonce) == (400, NONCE)
    assert Caller().env_ai(LLAMA, {}).nonce == ""


def test_what_is_refused_behind_other_turns_is_the_last_speakers() -> None:
    other = "ep-ffffffffffff"
    turns = [{"role": "user", "content": f"{each} | Please answer."} for each in (other, NONCE)]

    answer = Caller().env_ai(LLAMA, {"messages": turns, "seed": -1})

    assert (answer.reply.status, answer.nonce) == (400, NONCE)


def test_a_fault_speaks_the_bindings_own_form_too() -> None:
    struck = Status(code=429).apply(Caller().env_ai(LLAMA, INPUTS).reply, Turn(dice(1, "x")))

    assert struck.status == 429
    assert json.loads(struck.body_bytes)["internalCode"] == 3040


def test_the_list_of_models_is_the_rest_apis_own() -> None:
    answer = Caller().call("ai", "GET", "/ai-api/models/search", query="search=llama")

    assert answer.surface == "ai.models"
    assert all("llama" in model["name"] for model in body_of(answer)["result"])


def test_what_nobody_serves_is_refused_in_words() -> None:
    answer = Caller().call("ai", "POST", "/to-everything")

    assert (answer.reply.status, answer.surface) == (501, "unknown")
    assert "/to-everything" in body_of(answer)["description"]
