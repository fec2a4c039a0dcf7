"""Which exception an official client raises for what the mock refuses: what a proxy's error mapping is written for."""

from __future__ import annotations

from typing import Any

import cloudflare
import openai
import pytest

from harness.mock_cloudflare.settings import MockSettings, Switches
from tests.acceptance.fidelity.official import ACCOUNT, LLAMA, NAMESPACE, NONCE, official

UNKNOWN = "x" * 40
FAULT = "X-Edgeproof-Fault"


async def test_an_unknown_token_is_an_authentication_error_everywhere() -> None:
    async with official(token=UNKNOWN) as at:
        with pytest.raises(cloudflare.AuthenticationError) as native:
            await at.cloudflare.ai.run(LLAMA, account_id=ACCOUNT, prompt=NONCE)
        with pytest.raises(cloudflare.AuthenticationError):
            await at.cloudflare.kv.namespaces.bulk_get(NAMESPACE, account_id=ACCOUNT, keys=["k"])
        with pytest.raises(cloudflare.AuthenticationError) as verified:
            await at.cloudflare.user.tokens.verify()
        for client in at.openai_clients:
            with pytest.raises(openai.AuthenticationError):
                await client.chat.completions.create(model=LLAMA, messages=[{"role": "user", "content": NONCE}])

    assert [(error.code, error.message) for error in native.value.errors] == [(10000, "Authentication error")]
    assert verified.value.errors[0].code == 1000


async def test_a_malformed_token_is_a_bad_request() -> None:
    async with official(token="short") as at:
        with pytest.raises(cloudflare.BadRequestError) as caught:
            await at.cloudflare.ai.run(LLAMA, account_id=ACCOUNT, prompt=NONCE)

    assert caught.value.errors[0].code == 9106


async def test_the_right_token_verifies() -> None:
    async with official() as at:
        verified = await at.cloudflare.user.tokens.verify()

    assert verified is not None
    assert verified.status == "active"


async def test_a_foreign_account_is_denied() -> None:
    async with official() as at:
        with pytest.raises(cloudflare.PermissionDeniedError):
            await at.cloudflare.ai.run(LLAMA, account_id="b" * 32, prompt=NONCE)


async def test_an_unknown_model_is_a_bad_request_at_cloudflare_and_not_found_at_openai() -> None:
    ask: Any = {"model": "@cf/no-such/model", "messages": [{"role": "user", "content": NONCE}]}
    async with official() as at:
        with pytest.raises(cloudflare.BadRequestError) as native:
            await at.cloudflare.ai.run("@cf/no-such/model", account_id=ACCOUNT, prompt=NONCE)
        with pytest.raises(openai.BadRequestError):
            await at.openai.chat.completions.create(**ask)
        with pytest.raises(openai.NotFoundError) as alias:
            await at.openai_only.chat.completions.create(**ask)

    assert native.value.errors[0].code == 5007
    assert alias.value.code == "model_not_found"


async def test_a_missing_key_and_a_missing_namespace_are_not_found() -> None:
    async with official() as at:
        with pytest.raises(cloudflare.NotFoundError) as key:
            await at.cloudflare.kv.namespaces.values.get("k", account_id=ACCOUNT, namespace_id=NAMESPACE)
        with pytest.raises(cloudflare.NotFoundError) as namespace:
            await at.cloudflare.kv.namespaces.get("a" * 32, account_id=ACCOUNT)

    assert key.value.errors[0].code == 10009
    assert namespace.value.errors[0].code == 10013


async def test_a_rate_limit_is_a_rate_limit_error_and_a_503_a_server_error() -> None:
    messages: Any = [{"role": "user", "content": NONCE}]
    async with official() as at:
        with pytest.raises(cloudflare.RateLimitError):
            await at.cloudflare.ai.run(
                LLAMA, account_id=ACCOUNT, prompt=NONCE, extra_headers={FAULT: "http.status(code=429)"}
            )
        for client in at.openai_clients:
            with pytest.raises(openai.RateLimitError):
                await client.chat.completions.create(
                    model=LLAMA, messages=messages, extra_headers={FAULT: "http.status(code=429)"}
                )
            with pytest.raises(openai.InternalServerError):
                await client.chat.completions.create(
                    model=LLAMA, messages=messages, extra_headers={FAULT: "http.status(code=503)"}
                )


async def test_what_goes_wrong_in_a_response_is_read_by_openais_client() -> None:
    ask: Any = {"model": "gpt-oss-120b", "input": NONCE}
    async with official() as at:
        responses = at.openai_only.responses
        for spec, last in (
            ("sse.inband_error(after=5)", "response.failed"),
            ("sse.inband_error(after=5, shape=event)", "error"),
            ("sse.finish_unknown", "response.incomplete"),
            ("sse.done_twice", "response.completed"),
        ):
            stream: Any = await responses.create(**ask, stream=True, extra_headers={FAULT: spec})
            events = [event async for event in stream]
            assert (events[-1].type, events[-1].sequence_number) == (last, len(events) - 1)
        with pytest.raises(openai.RateLimitError) as limited:
            await responses.create(**ask, extra_headers={FAULT: "http.status(code=429)"})
        failed = await responses.create(**ask, extra_headers={FAULT: "payload.success_false"})

    assert limited.value.code == "rate_limit_exceeded"
    assert failed.error is not None
    assert (failed.status, failed.error.code) == ("failed", "server_error")


async def test_a_second_write_within_a_second_is_a_rate_limit_where_the_switch_says_so() -> None:
    switches = Switches(kv_one_write_a_second=True)
    async with official(settings=MockSettings(switches=switches)) as at:
        values = at.cloudflare.kv.namespaces.values
        await values.update("k", account_id=ACCOUNT, namespace_id=NAMESPACE, value=b"1")
        with pytest.raises(cloudflare.RateLimitError):
            await values.update("k", account_id=ACCOUNT, namespace_id=NAMESPACE, value=b"2")
