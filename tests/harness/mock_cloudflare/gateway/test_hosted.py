"""The gateway's own host: who may pass, which provider hears what, and the universal endpoint."""

from __future__ import annotations

import pytest

from fault_injection.reply import Headers
from tests.harness.mock_cloudflare.asking import LLAMA, body_of
from tests.harness.mock_cloudflare.gateway.asking import HOST, MESSAGES, Gate, openai, step, told

CHAT = {"model": "gpt-5", "messages": MESSAGES}


@pytest.mark.parametrize(
    ("path", "body", "surface"),
    [
        ("/openai/chat/completions", CHAT, "ai.chat"),
        ("/openai/v1/chat/completions", CHAT, "ai.chat"),
        ("/openai/embeddings", {"model": "text-embedding-3-small", "input": "a"}, "ai.embeddings"),
        ("/compat/chat/completions", {**CHAT, "model": "openai/gpt-5"}, "ai.chat"),
        ("/compat/chat/completions", {**CHAT, "model": f"workers-ai/{LLAMA}"}, "ai.chat"),
        (f"/workers-ai/{LLAMA}", {"messages": MESSAGES}, "ai.run"),
        ("/workers-ai/v1/chat/completions", {**CHAT, "model": LLAMA}, "ai.chat"),
    ],
)
def test_a_provider_hears_its_own_path(path: str, body: object, surface: str) -> None:
    gate = Gate()

    answer = gate.host(path, body, gate.authorization)

    assert (answer.surface, answer.reply.status, told(answer, "step")) == (surface, 200, "0")


def test_the_unified_api_takes_the_provider_out_of_the_model() -> None:
    gate = Gate()

    answer = gate.host("/compat/chat/completions", {**CHAT, "model": "openai/gpt-5"}, gate.authorization)

    assert body_of(answer)["model"] == "gpt-5"


def test_a_token_of_the_gateway_stands_for_keys_that_are_stored_there() -> None:
    gate = Gate()
    allowed: Headers = (("cf-aig-authorization", f"Bearer {gate.settings.api_token}"),)

    assert gate.host("/openai/chat/completions", CHAT, allowed).reply.status == 200
    assert gate.host("", [openai()], allowed).reply.status == 200
    assert gate.host("/openai/chat/completions", CHAT).reply.status == 401


def test_a_wrong_token_of_the_gateway_is_unauthorized() -> None:
    gate = Gate()

    answer = gate.host("/openai/chat/completions", CHAT, (("cf-aig-authorization", "Bearer no"), *gate.authorization))

    assert (answer.reply.status, body_of(answer)["internalCode"], body_of(answer)["name"]) == (
        401,
        2009,
        "AiGatewayError",
    )


def test_the_universal_endpoint_tries_one_after_the_other() -> None:
    gate = Gate()
    key = gate.authorization[0][1]

    answer = gate.host("/", [step("@cf/no-such", Authorization=key), {**openai(), "authorization": key}])

    assert (answer.surface, answer.reply.status, told(answer, "step")) == ("gateway.run", 200, "1")


def test_another_account_has_no_such_gateway() -> None:
    answer = Gate().fetch(HOST, f"/v1/{'0' * 32}/gw/openai/chat/completions", "POST")

    assert (answer.reply.status, body_of(answer)["internalCode"]) == (400, 2001)


def test_a_list_is_asked_for_by_get() -> None:
    gate = Gate()

    assert gate.host("/openai/models", {}, gate.authorization, method="GET").surface == "probe"
