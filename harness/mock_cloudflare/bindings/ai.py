"""The AI binding: `env.AI.run(...)`, `env.AI.models()`.

The one rule: it says what the REST API says to the same question. Only the wrapping differs: the model stands in a
header, the body holds `inputs` and `options`, and an answer comes without the v4 envelope.
Source: `src/cloudflare/internal/ai-api.ts` in workerd, which is the client, and recordings of its requests.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from fault_injection.chat import load
from fault_injection.cloudflare_errors import binding_error
from fault_injection.reply import Reply
from harness.mock_cloudflare import json_text
from harness.mock_cloudflare.ai import workers_ai
from harness.mock_cloudflare.bindings.binding import BindingCall
from harness.mock_cloudflare.errors import Ai
from harness.mock_cloudflare.request import Answer
from scenarios.prompt import NONCE

MODEL_HEADER: Final = "cf-consn-model-id"
_RUN_PATHS: Final = ("/run", "/ai-gateway/run")
"""The second is taken where `options.gateway` names an AI Gateway."""
_UNKNOWN: Final = "what the AI binding asked for is not served here: {method} {path}"


def answer(call: BindingCall) -> Answer:
    """Answer one call of the binding."""
    request = call.request
    if request.method == "POST" and request.path in _RUN_PATHS:
        return _run(call)
    if request.method == "GET" and request.path == "/ai-api/models/search":
        return workers_ai.answer(_rest(call, "search", "ai.models"))
    text = _UNKNOWN.format(method=request.method, path=request.path)
    reply = Reply(status=501, headers=(("content-type", "application/json"),), body=binding_error(5007, text))
    return Answer(surface="unknown", reply=replace(reply, binding="ai"))


def _run(call: BindingCall) -> Answer:
    model = call.request.header(MODEL_HEADER) or ""
    try:
        body = json_text.load_object(call.request.body)
    except json_text.BadJsonError:
        body = {}
    inputs = body.get("inputs")
    asked = replace(call.request, body=json_text.dump(inputs if isinstance(inputs, dict) else {}))
    rest = replace(_rest(call, "run", "ai.run", {"model": model.encode("utf-8", "replace")}), request=asked)
    answered = workers_ai.answer(rest)
    if answered.reply.status >= 400 and not answered.nonce:
        # What is refused was asked for somebody all the same.
        found = NONCE.search(asked.body.decode("utf-8", "replace"))
        answered = replace(answered, nonce=found.group() if found else "")
    reply = _unwrapped(answered.reply).with_header("cf-ai-req-id", call.identity.uuid)
    return replace(answered, reply=replace(reply, binding="ai"))


def _rest(call: BindingCall, name: str, surface: str, parts: dict[str, bytes] | None = None) -> workers_ai.Call:
    return workers_ai.Call(
        request=call.request, route=call.route(name, surface, parts), settings=call.settings, identity=call.identity
    )


def _unwrapped(reply: Reply) -> Reply:
    """Take an answer out of the v4 envelope; a stream has none, and an error gets the binding's own form."""
    value = None if reply.is_stream else load(reply.body_bytes)
    if value is None:
        return reply
    if reply.status >= 400:
        code, text = _told(value)
        return replace(reply, body=binding_error(code, text))
    if value.get("success") is True and "result" in value:
        return replace(reply, body=json_text.dump(value["result"]))
    return reply


def _told(value: dict[str, object]) -> tuple[int, str]:
    errors = value.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    code, message = first.get("code"), first.get("message")
    text = message if isinstance(message, str) else ""
    return (code if isinstance(code, int) else Ai.BAD_INPUT.value.code), text.removeprefix("AiError: ")
