"""The AI binding by way of a gateway: `options.gateway` of `run`, and the gateway's own address."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.core.observed.binding import named
from tests.harness.mock_cloudflare.asking import LLAMA, NONCE, body_of, user
from tests.harness.mock_cloudflare.gateway.asking import MESSAGES, Gate, told


def test_an_answer_is_the_same_as_without_a_gateway_and_names_its_log() -> None:
    gate = Gate()

    by_gateway, straight = gate.run(), gate.env_ai(LLAMA, {"messages": MESSAGES})

    assert body_of(by_gateway) == body_of(straight)
    assert (by_gateway.surface, by_gateway.model, by_gateway.nonce) == ("ai.run", LLAMA, NONCE)
    assert told(by_gateway, "log-id")
    assert told(straight, "log-id") is None


def test_a_model_of_another_provider_answers_in_openais_words() -> None:
    answer = Gate().run("openai/gpt-4.1-mini")

    assert (answer.reply.status, body_of(answer)["model"], answer.surface) == (200, "gpt-4.1-mini", "ai.run")


@pytest.mark.parametrize(
    ("model", "gateway", "code", "name"),
    [
        ("@cf/no-such", "gw", 5007, "InferenceUpstreamError"),
        (LLAMA, "", 2001, "AiGatewayError"),
    ],
)
def test_a_refusal_is_what_the_binding_throws(model: str, gateway: str, code: int, name: str) -> None:
    body = body_of(Gate().run(model, id=gateway))

    assert (body["internalCode"], body["name"]) == (code, name)


def test_its_options_are_the_fields_of_a_request() -> None:
    gate = Gate()
    wanted = {"cacheKey": "k", "cacheTtl": 60, "metadata": {"a": 1}, "eventId": "mine", "collectLog": True}

    first, again = gate.run(**wanted), gate.run(**wanted)
    skipped = gate.run(**wanted, skipCache=True)

    assert [told(each, "cache-status") for each in (first, again, skipped)] == ["MISS", "HIT", "MISS"]
    assert told(first, "event-id") == "mine"


def test_times_and_attempts_are_options_too() -> None:
    gate = Gate()
    retries = {"maxAttempts": 2, "retryDelayMs": 100, "backoff": "linear"}
    slow: dict[str, Any] = {
        "inputs": {"messages": user(f"{NONCE} tokens=1 first_s=0.4")},
        "options": {"gateway": {"id": "gw"}},
    }
    slow["options"]["gateway"] |= {"requestTimeoutMs": 200, "retries": retries}

    answer = gate.call("ai", "POST", "/ai-gateway/run", json.dumps(slow).encode(), (("cf-consn-model-id", LLAMA),))

    assert answer.reply.status == 200
    assert answer.reply.wait_s == pytest.approx(0.2 + 0.1 + 0.4)


def test_what_is_wrong_with_a_request_is_not_tried_again() -> None:
    answer = Gate().run("@cf/no-such", retries={"maxAttempts": 5, "retryDelayMs": 1000})

    assert (answer.reply.status, answer.reply.wait_s) == (400, 0.0)


@pytest.mark.parametrize(("provider", "end"), [("universal", "gw/"), ("openai", "gw/openai")])
def test_it_tells_the_gateways_own_address(provider: str, end: str) -> None:
    gate = Gate()

    answer = gate.call(named("ai"), "GET", f"/ai-gateway/gateways/gw/url/{provider}")

    url = f"https://gateway.ai.cloudflare.com/v1/{gate.settings.account_id}/{end}"
    assert (answer.surface, body_of(answer)["result"]["url"]) == ("gateway.url", url)
