"""The AI binding: `env.AI.run(...)`, `env.AI.models()`, and the AI Gateway of `env.AI.gateway(id)`.

The one rule: it says what the REST API says to the same question. Only the wrapping differs: the model stands in a
header, the body holds `inputs` and `options`, and an answer comes without the v4 envelope.
Source: `src/cloudflare/internal/ai-api.ts` in workerd, which is the client, and recordings of its requests.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final
from urllib.parse import unquote

from fault_injection.chat import load
from fault_injection.cloudflare.errors import binding_error
from fault_injection.reply import Reply
from harness.mock_cloudflare import json_text
from harness.mock_cloudflare.ai import workers_ai
from harness.mock_cloudflare.bindings.binding import BindingCall
from harness.mock_cloudflare.errors import Ai, success
from harness.mock_cloudflare.gateway import hosted, manage, passage, universal
from harness.mock_cloudflare.gateway.call import GatewayCall
from harness.mock_cloudflare.gateway.options import of_binding
from harness.mock_cloudflare.gateway.providers import Step
from harness.mock_cloudflare.request import Answer
from scenarios.prompt import NONCE

MODEL_HEADER: Final = "cf-consn-model-id"
_BY_GATEWAY: Final = "/ai-gateway/run"
"""Taken in place of `/run` where `options.gateway` names an AI Gateway."""
_STEPS: Final = re.compile(r"/ai-gateway/universal/run/([^/]+)")
_OF_GATEWAY: Final = re.compile(r"/ai-gateway/gateways/([^/]+)/(logs|url)/([^/]+)")
_UNKNOWN: Final = "what the AI binding asked for is not served here: {method} {path}"


def answer(call: BindingCall) -> Answer:
    """Answer one call of the binding."""
    request = call.request
    steps, asked = _STEPS.fullmatch(request.path), _OF_GATEWAY.fullmatch(request.path)
    if request.method == "POST" and request.path == "/run":
        return _run(call)
    if request.method == "POST" and request.path == _BY_GATEWAY:
        return _run_by_gateway(call)
    if request.method == "POST" and steps is not None:
        return _as_binding(passage.answer(_at_gateway(call, unquote(steps[1]), universal.steps_of(request.body))))
    if asked is not None and request.method in ("GET", "PATCH"):
        return _as_binding(_of_gateway(call, *map(unquote, asked.groups())))
    if request.method == "GET" and request.path == "/ai-api/models/search":
        return workers_ai.answer(_rest(call, "search", "ai.models"))
    text = _UNKNOWN.format(method=request.method, path=request.path)
    reply = Reply(status=501, headers=(("content-type", "application/json"),), body=binding_error(5007, text))
    return Answer(surface="unknown", reply=replace(reply, binding="ai"))


def _run(call: BindingCall) -> Answer:
    model = call.request.header(MODEL_HEADER) or ""
    inputs = _object(call.request.body).get("inputs")
    asked = replace(call.request, body=json_text.dump(inputs if isinstance(inputs, dict) else {}))
    rest = _rest(call, "run", "ai.run", {"model": model.encode("utf-8", "replace")})._replace(request=asked)
    answered = workers_ai.answer(rest)
    if answered.reply.status >= 400 and not answered.nonce:
        # What is refused was asked for somebody all the same: for whoever spoke last, behind the turns before.
        spoken = [found.group() for found in NONCE.finditer(asked.body.decode("utf-8", "replace"))]
        answered = replace(answered, nonce=spoken[-1] if spoken else "")
    reply = _unwrapped(answered.reply).with_header("cf-ai-req-id", call.identity.uuid)
    return replace(answered, reply=replace(reply, binding="ai"))


def _run_by_gateway(call: BindingCall) -> Answer:
    """`env.AI.run(model, inputs, {gateway})`: any provider's model, or a dynamic route."""
    body = _object(call.request.body)
    inputs, options = body.get("inputs"), body.get("options")
    asked = inputs if isinstance(inputs, dict) else {}
    gateway = options.get("gateway") if isinstance(options, dict) else None
    told = gateway if isinstance(gateway, dict) else {}
    model = call.request.header(MODEL_HEADER) or ""
    if model.startswith("@"):
        step = Step(provider="workers-ai", endpoint=model, headers={}, body=json_text.dump(asked))
    else:
        query = {**asked, "model": model}
        step = Step(provider="compat", endpoint="chat/completions", headers={}, body=json_text.dump(query))
    wanted = _at_gateway(call, str(told.get("id", "")), (step,))
    answered = passage.answer(replace(wanted, headers=of_binding(told), surface="ai.run"))
    reply = _unwrapped(answered.reply).with_header("cf-ai-req-id", call.identity.uuid)
    return _as_binding(replace(answered, reply=reply))


def _at_gateway(call: BindingCall, gateway: str, steps: tuple[Step, ...]) -> GatewayCall:
    return GatewayCall(
        gateway=gateway,
        steps=steps,
        headers=universal.fields_of(call.request),
        token=call.settings.api_token,
        settings=call.settings,
        identity=call.identity,
        remembered=call.stores,
        ask=call.ask,
        surface=passage.RUN,
    )


def _of_gateway(call: BindingCall, gateway: str, what: str, name: str) -> Answer:
    if what == "logs":
        added = call.request.body if call.request.method == "PATCH" else None
        return manage.log(gateway, name, call.stores, surface="gateway.log", added=added)
    url = f"https://{hosted.HOST}/v1/{call.settings.account_id}/{gateway}/{'' if name == 'universal' else name}"
    return Answer(surface="gateway.url", reply=success({"url": url}))


def _as_binding(answered: Answer) -> Answer:
    return replace(answered, reply=replace(answered.reply, binding="ai"))


def _object(body: bytes) -> dict[str, object]:
    try:
        return json_text.load_object(body)
    except json_text.BadJsonError:
        return {}


def _rest(call: BindingCall, name: str, surface: str, parts: dict[str, bytes] | None = None) -> workers_ai.Call:
    return workers_ai.Call(
        request=call.request, route=call.route(name, surface, parts), settings=call.settings, identity=call.identity
    )


def _unwrapped(reply: Reply) -> Reply:
    """Take an answer out of the v4 envelope; a stream has none, and an error gets the binding's own form."""
    value = None if reply.is_stream else load(reply.body_bytes)
    if value is None:
        return reply
    if reply.status >= 400 and "errors" in value:
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
