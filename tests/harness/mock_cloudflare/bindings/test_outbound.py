"""Where a Worker's own fetch() goes."""

from __future__ import annotations

import json

import pytest

from fault_injection.reply import Headers
from harness.mock_cloudflare.request import Answer
from tests.harness.mock_cloudflare.asking import LLAMA, NONCE, body_of, user
from tests.harness.mock_cloudflare.bindings.calling import Caller

BODY = json.dumps({"model": LLAMA, "messages": user(NONCE)}).encode()


def _post(caller: Caller, host: str, path: str, body: bytes = BODY) -> Answer:
    token: Headers = (("Authorization", f"Bearer {caller.settings.api_token}"),)
    return caller.fetch(host, path, "POST", token, body)


def test_cloudflares_and_openais_hosts_are_served_as_they_are() -> None:
    caller = Caller()

    assert caller.fetch("api.openai.com", "/v1/models").surface == "probe"
    assert _post(caller, "api.cloudflare.com", f"{caller.account}/ai/v1/chat/completions").surface == "ai.chat"
    assert _post(caller, "api.openai.com:443", "/v1/chat/completions").reply.status == 200


@pytest.mark.parametrize("host", ["127.0.0.1:8787", "localhost:8787", "[::1]:8787"])
def test_the_mocks_own_address_is_served(host: str) -> None:
    assert _post(Caller(), host, "/v1/chat/completions").reply.status == 200


@pytest.mark.parametrize(
    ("path", "surface"),
    [
        ("/v1/{account}/gw/openai/chat/completions", "ai.chat"),
        ("/v1/{account}/gw/compat/chat/completions", "ai.chat"),
        ("/v1/{account}/gw/workers-ai/v1/chat/completions", "ai.chat"),
        ("/v1/{account}/gw/workers-ai/@cf/meta/llama-3.1-8b-instruct", "ai.run"),
    ],
)
def test_ai_gateway_leads_to_its_providers(path: str, surface: str) -> None:
    caller = Caller()

    answer = _post(caller, "gateway.ai.cloudflare.com", path.format(account=caller.settings.account_id))

    assert (answer.surface, answer.reply.status) == (surface, 200)


def test_a_token_is_asked_for_as_by_anybody_else() -> None:
    assert Caller().fetch("api.openai.com", "/v1/chat/completions", "POST", body=BODY).reply.status == 401


@pytest.mark.parametrize(
    ("host", "path", "surface"),
    [
        ("api.example.com", "/", "fetch.api.example.com"),
        ("API.Example.com:8443", "/v1/models", "fetch.api.example.com"),
        ("gateway.ai.cloudflare.com", "/v1/acc/gw/groq/chat/completions", "fetch.gateway.ai.cloudflare.com"),
        ("nonsense host", "/", "fetch.unknown"),
    ],
)
def test_any_other_host_is_told_and_refused(host: str, path: str, surface: str) -> None:
    answer = Caller().fetch(host, path)

    assert (answer.surface, answer.reply.status) == (surface, 502)
    assert "not served by the mock" in body_of(answer)["error"]["message"]
