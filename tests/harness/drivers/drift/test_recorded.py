"""Real answers, as they were recorded from Cloudflare, held against the mock: nothing in them breaks who trusts it.

Texts and ids are shortened; forms are as they came.
"""

from __future__ import annotations

import json
from typing import NamedTuple

import pytest

from harness.core.drift.answer import Answered, described
from harness.core.drift.difference import Difference, Weight, differences
from harness.core.drift.form import form_of
from harness.core.drift.questions import questions
from harness.drivers.drift.mock_side import MockSide

CLASSIC = "@cf/meta/llama-3.1-8b-instruct-fast"
GLM = "@cf/zai-org/glm-4.7-flash"
JSON = (("content-type", "application/json"), ("cf-ray", "8f1c0123456789ab-FRA"))
STREAM = (("content-type", "text/event-stream"), ("cf-ray", "8f1c0123456789ab-FRA"))
NAMESPACE = "0f2ac74b498b48028cb68387c421e279"


class Recorded(NamedTuple):
    """An answer to a question of that id, by a model of that name."""

    question: str
    model: str
    status: int
    body: bytes


def _native(*payloads: str) -> bytes:
    return "".join(f"data: {payload}\n\n" for payload in payloads).encode()


def _envelope(result: object) -> bytes:
    return json.dumps({"result": result, "success": True, "errors": [], "messages": []}).encode()


def _refusal(code: int, message: str) -> bytes:
    told = {"result": None, "success": False, "errors": [{"code": code, "message": message}], "messages": []}
    return json.dumps(told).encode()


def _ai_error(code: int, message: str) -> bytes:
    told = {"errors": [{"message": message, "code": code}], "success": False, "result": {}, "messages": []}
    return json.dumps(told).encode()


USAGE = {"prompt_tokens": 10, "completion_tokens": 15, "total_tokens": 25}
RECORDED = (
    Recorded("run.plain", CLASSIC, 200, _envelope({"response": "Hello!", "tool_calls": [], "usage": USAGE})),
    Recorded(
        "run.plain", CLASSIC, 200, _envelope({"response": "H", "tool_calls": [], "usage": {**USAGE, "neurons": 3.1}})
    ),
    Recorded(
        "run.stream",
        CLASSIC,
        200,
        _native(
            '{"response":"","tool_calls":[],"p":"abdefghijklmnoprstuvxyz12"}',
            '{"response":"You","tool_calls":[],"p":"abdefghijklmnoprstuvxyz1234567890abdefghijklmnopr"}',
            '{"response":"\'re looking","tool_calls":[],"p":"abdefgh"}',
            '{"response":"","usage":{"prompt_tokens":418,"completion_tokens":41,"total_tokens":459}}',
            "[DONE]",
        ),
    ),
    Recorded(
        "run.stream",
        GLM,
        200,
        _native(
            '{"choices":[{"delta":{"content":"","role":"assistant"},"finish_reason":null,"index":0}],'
            '"usage":{"prompt_tokens":0,"completion_tokens":0}}',
            '{"choices":[{"delta":{"content":"Hi"},"finish_reason":null,"index":0}],'
            '"usage":{"prompt_tokens":0,"completion_tokens":0}}',
            '{"choices":[{"delta":{},"finish_reason":"stop","index":0}],"usage":{"prompt_tokens":0,"completion_tokens":0}}',
            '{"response":"","usage":{"prompt_tokens":175,"completion_tokens":17,"total_tokens":192,"neurons":3.15}}',
            "[DONE]",
        ),
    ),
    Recorded(
        "run.no-input",
        CLASSIC,
        400,
        _ai_error(
            5006, "AiError: Bad input: Error: oneOf at '/' not met, 0 matches: required properties at '/' are 'prompt'"
        ),
    ),
    Recorded("run.bad-model", CLASSIC, 400, _ai_error(5007, "AiError: No such model @cf/x/y or task")),
    Recorded("run.wrong-method", CLASSIC, 405, _refusal(7001, "GET not supported for requested URI.")),
    Recorded("chat.unknown-token", CLASSIC, 401, _refusal(10000, "Authentication error")),
    Recorded("chat.unknown-token", CLASSIC, 403, _refusal(10000, "Authentication error")),
    Recorded(
        "chat.no-token", CLASSIC, 400, _refusal(9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")
    ),
    Recorded("kv.put", CLASSIC, 200, _envelope({})),
    Recorded("kv.put", CLASSIC, 200, _envelope(None)),
    Recorded("kv.missing", CLASSIC, 404, _refusal(10009, "get: 'key not found'")),
)


def _drift(recorded: Recorded) -> list[Difference]:
    """Return what differs from the mock and is no known variation of it."""
    asked = questions(("chat", "run", "kv"), api="cloudflare", model=recorded.model, namespace=NAMESPACE)
    (question,) = (each for each in asked if each.id == recorded.question)
    mock = MockSide(asked, "cloudflare", model=recorded.model, namespace=NAMESPACE)
    headers = STREAM if recorded.body.startswith(b"data:") else JSON
    real = form_of([described(Answered(status=recorded.status, headers=headers, body=recorded.body))])
    known = mock.known(question, real)
    return [each for each in differences(mock.form(question), real) if each.key not in known]


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda each: f"{each.question} {each.status}")
def test_who_trusts_the_mock_would_not_break_on_a_recorded_answer(recorded: Recorded) -> None:
    assert [each for each in _drift(recorded) if each.weight is not Weight.NEW] == []


@pytest.mark.parametrize(
    ("recorded", "path"),
    [
        (Recorded("run.plain", CLASSIC, 200, _envelope({"text": "Hi", "usage": USAGE})), "/json/result/response"),
        (Recorded("run.stream", CLASSIC, 200, _native('{"response":"Hi","tool_calls":[]}')), "/stream/events/[DONE]"),
        (Recorded("run.no-input", CLASSIC, 400, _ai_error(5106, "AiError: new")), "/json/errors/*/code"),
        (Recorded("run.bad-model", CLASSIC, 404, _ai_error(5007, "AiError: new")), "/status"),
    ],
)
def test_an_answer_of_another_form_is_told_where_it_would_break(recorded: Recorded, path: str) -> None:
    assert path in {each.path for each in _drift(recorded) if each.weight is Weight.BREAKING}


def test_an_ai_gateway_has_the_mocks_own_headers() -> None:
    model = f"workers-ai/{CLASSIC}"
    asked = questions(("chat",), api="openai", model=model, namespace="")
    behind = MockSide(asked, "openai", model=model, behind="my-gateway/compat")
    direct = MockSide(asked, "openai", model=model)

    assert "/headers/cf-aig-log-id" in behind.form(asked[0])
    assert "/headers/cf-aig-log-id" not in direct.form(asked[0])
    assert behind.form(asked[0])["/status"].words == {"200"}
