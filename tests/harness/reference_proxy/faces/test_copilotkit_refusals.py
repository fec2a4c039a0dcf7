"""What CopilotKit's GraphQL refuses: documents that do not fit, chats that are none, callers without a token."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness.reference_proxy.faces.copilotkit import (
    ACCEPT,
    LOOK,
    PATH,
    ask,
    asked,
    message,
)
from tests.harness.reference_proxy.stage import (
    GOOD,
    says,
    stage,
    whole,
)


@pytest.mark.parametrize(
    ("document", "accept", "status", "code"),
    [
        ({"query": "{ nothing }"}, "application/json", 200, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "{ nothing }"}, "application/graphql-response+json", 400, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "{ hello"}, "application/json", 200, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{" * 900}, "application/json", 200, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ hello " + "hello " * 1000 + "}"}, "application/json", 200, "GRAPHQL_PARSE_FAILED"),
        ({}, "application/json", 400, "MISUSE"),
        ({"query": "{ hello }", "variables": 7}, "application/json", 400, "MISUSE"),
        ({"query": "{ hello }", "operationName": 7}, "application/json", 400, "MISUSE"),
        (b"{", "application/json", 400, "MISUSE"),
        ({**asked(), "variables": {}}, ACCEPT, 400, None),
        (asked(messages=[{"id": "1"}]), ACCEPT, 400, None),
        ({"query": "query a { hello } query b { hello }"}, ACCEPT, 400, None),
    ],
    ids=lambda told: str(told)[:40],
)
async def test_what_does_not_fit_is_told_in_graphqls_own_shape(
    document: object, accept: str, status: int, code: str | None
) -> None:
    async with stage(GOOD) as on:
        got = await ask(on, document, accept)

        assert on.upstream.seen == []
    assert got.status == status
    assert got.json["errors"][0].get("extensions", {}).get("code") == code


@pytest.mark.parametrize(
    ("told", "status", "code", "says"),
    [
        ({"agentSession": {"agentName": "helper"}}, 404, "AGENT_NOT_FOUND", "'helper'"),
        ({"cloud": {"guardrails": {"inputValidationRules": {"denyList": ["x"]}}}}, 400, "MISUSE", "guardrails"),
        ({"frontend": {"actions": [{**LOOK, "jsonSchema": "{"}]}}, 400, "MISUSE", "frontend.actions[0].jsonSchema"),
        ({"frontend": {"actions": [{**LOOK, "jsonSchema": "[]"}]}}, 400, "MISUSE", "frontend.actions[0].jsonSchema"),
        ({"messages": []}, 400, "MISUSE", "'messages' must not be empty"),
        ({"messages": [message("7")]}, 400, "MISUSE", "'7'"),
    ],
    ids=str,
)
async def test_what_cannot_be_a_chat_is_refused_as_copilotkit_words_it(
    told: dict[str, Any], status: int, code: str, says: str
) -> None:
    async with stage(GOOD) as on:
        got = await ask(on, asked(**told))

        assert on.upstream.seen == []
    (error,) = got.json["errors"]
    assert (got.status, error["extensions"]["code"], error["extensions"]["statusCode"]) == (status, code, status)
    assert says in error["message"]


async def test_a_refusal_of_upstream_keeps_its_status_and_its_advice() -> None:
    busy = says({"errors": [{"code": 3040, "message": "busy"}]}, 429, Retry_After="7")
    async with stage(busy, retry_max_attempts=1) as on:
        got = await ask(on, asked())
        wrong = await on.ask(asked(), path=PATH, Accept="text/event-stream")

    assert (got.status, got.headers["retry-after"]) == (429, "7")
    assert got.json["errors"][0]["extensions"]["type"] == "rate_limit_error"
    assert wrong.json["errors"] == got.json["errors"]


async def test_a_client_token_is_asked_for_here_as_well() -> None:
    async with stage(GOOD, client_tokens="right") as on:
        refused = await ask(on, asked())
        served = await on.ask(asked(), path=PATH, Accept=ACCEPT, Authorization="Bearer right")

    assert (refused.status, refused.json["errors"][0]["extensions"]["code"]) == (401, "AUTHENTICATION_ERROR")
    assert served.whole


async def test_a_second_answer_in_one_request_is_refused() -> None:
    query = """
    mutation ($data: GenerateCopilotResponseInput!) {
      generateCopilotResponse(data: $data) { threadId }
      again: generateCopilotResponse(data: $data) { threadId }
    }
    """
    async with stage(says(whole("Hello"))) as on:
        got = await ask(on, {**asked(query=query), "operationName": None})

        assert len(on.upstream.seen) == 1
    assert (got.status, got.json["errors"][0]["extensions"]["reason"]) == (400, "too_many_answers")
