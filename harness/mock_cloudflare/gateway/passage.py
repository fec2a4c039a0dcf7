"""A call's way through a gateway: its cache, its providers one after the other, and what is told of it in headers.

The one rule: the mock's providers answer the same question with the same words, so that a retry costs time and changes
nothing; what a retry or a step before cost is a silence before the answer.
Sources: Cloudflare docs, AI Gateway, request handling, fallbacks, caching, its changelog (ids of logs are UUIDs of
version 7). Which answers count as failures is not documented; see `Switches.gateway_falls_back`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from fault_injection.chat import load
from fault_injection.reply import Headers, Reply, header_of
from harness.mock_cloudflare import json_text
from harness.mock_cloudflare.gateway import routes
from harness.mock_cloudflare.gateway.call import LONGEST_NAME, GatewayCall
from harness.mock_cloudflare.gateway.errors import Gateway, gateway_error
from harness.mock_cloudflare.gateway.options import Options, read
from harness.mock_cloudflare.gateway.providers import Step, of_model, request_of, resolved
from harness.mock_cloudflare.request import Answer, CacheEffect, GatewayEffect

RUN: Final = "gateway.run"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """How a step ended: the answer, whether the next step is to be tried, and what it cost in seconds."""

    answer: Answer
    step: Step
    options: Options
    failed: bool
    cost_s: float = 0.0
    """The time until it was given up."""
    hit: bool = False
    cached: CacheEffect | None = None
    met: tuple[str, ...] = ()
    headers: Headers = ()


def answer(call: GatewayCall) -> Answer:
    """Answer a call: by the first step that does not fail, else by the last."""
    if not 0 < len(call.gateway) <= LONGEST_NAME or not call.steps:
        row = Gateway.NO_GATEWAY if call.steps else Gateway.BAD_REQUEST
        return Answer(surface=call.surface or RUN, reply=gateway_error(row, what="no step is given"))
    cost_s = 0.0
    for number, step in enumerate(call.steps):
        outcome = _try(call, step)
        if not outcome.failed or number == len(call.steps) - 1:
            return _told(call, outcome, number=number, waited_s=cost_s)
        cost_s += outcome.cost_s
    raise AssertionError("there is a last step")


def _try(call: GatewayCall, step: Step) -> _Outcome:
    options = read(step.headers, call.headers)
    if step.model.startswith(routes.PREFIX):
        return _dynamic(call, step, options)
    outcome = _ask(call, resolved(step), options)
    key = _key(call, step, options) if options.cache_ttl_s and not step.query.get("stream") else ""
    if not key or options.skip_cache:
        return outcome
    kept = call.remembered.fresh(key, now_s=call.identity.now_s)
    if kept is not None:
        content_type, _, body = kept.partition(b"\n")
        reply = Reply(headers=(("content-type", content_type.decode("latin-1")),), body=body)
        return replace(outcome, answer=replace(outcome.answer, reply=reply), failed=False, cost_s=0.0, hit=True)
    reply = outcome.answer.reply
    if outcome.failed or reply.status != 200 or reply.is_stream:
        return outcome
    content_type = (header_of(reply.headers, "content-type") or "").encode("latin-1", "replace")
    until_s = call.identity.now_s + options.cache_ttl_s
    return replace(outcome, cached=CacheEffect(key=key, kept=content_type + b"\n" + reply.body_bytes, until_s=until_s))


def _key(call: GatewayCall, step: Step, options: Options) -> str:
    told = options.cache_key.encode("utf-8", "replace")
    asked = f"{step.provider} {step.endpoint}\n".encode("utf-8", "replace") + step.body
    return f"ai-gateway {call.gateway} {hashlib.sha256(told or asked).hexdigest()}"


def _ask(call: GatewayCall, step: Step, options: Options) -> _Outcome:
    """Ask a provider as often as is allowed; only the last attempt of several waits for as long as it takes."""
    request = request_of(step, account=call.settings.account_id, token=call.token)
    if request is None:
        refused = Answer(surface=call.surface or RUN, reply=gateway_error(Gateway.NO_PROVIDER))
        return _Outcome(answer=refused, step=step, options=options, failed=True)
    answered = call.ask(request)
    first_s = first_byte_s(answered.reply)
    pauses_s = sum(options.delays_s())
    if options.timeout_s is not None and first_s > options.timeout_s:
        if options.attempts == 1:
            late = replace(answered, reply=replace(gateway_error(Gateway.TOO_LATE), wait_s=options.timeout_s))
            return _Outcome(answer=late, step=step, options=options, failed=True, cost_s=options.timeout_s)
        return _Outcome(
            answer=_later(answered, pauses_s + options.timeout_s * (options.attempts - 1)),
            step=step,
            options=options,
            failed=_fails(call, answered.reply),
        )
    lost_s = pauses_s + first_s * (options.attempts - 1) if _is_transient(answered.reply) else 0.0
    return _Outcome(
        answer=_later(answered, lost_s),
        step=step,
        options=options,
        failed=_fails(call, answered.reply),
        cost_s=lost_s + first_s,
    )


def _dynamic(call: GatewayCall, step: Step, options: Options) -> _Outcome:
    """Walk a dynamic route; the last model that was asked has the word."""
    name = step.model.removeprefix(routes.PREFIX)
    route = next((each for each in call.remembered.routes_of(call.gateway) if each.get("name") == name), None)
    elements = route.get("elements") if route is not None else None
    asked = routes.Walk(
        fields={**step.query, "metadata": options.metadata},
        draw=int.from_bytes(call.identity.digest[:8]) / (1 << 64),
        met=lambda key, now_s, interval_s: call.remembered.met(call.gateway, key, since_s=now_s - interval_s),
        now_s=call.identity.now_s,
    )
    outcomes: list[_Outcome] = []

    def ask(leg: routes.Leg) -> bool:
        own = replace(options, timeout_s=leg.timeout_s, attempts=leg.attempts)
        outcome = _ask(call, of_model(step, leg.provider, leg.model), own)
        spent_s = sum(each.cost_s for each in outcomes)
        told = (("cf-aig-model", leg.model), ("cf-aig-provider", leg.provider))
        outcomes.append(replace(outcome, answer=_later(outcome.answer, spent_s), headers=told))
        return not outcome.failed

    met, limited = routes.walk(_elements(call, elements), asked, ask)
    if not limited and outcomes:
        return replace(outcomes[-1], met=met)
    row = Gateway.LIMITED if limited else Gateway.BAD_REQUEST
    reply = gateway_error(row, what=f"the route {name} leads to no model")
    return _Outcome(
        answer=Answer(surface=call.surface or RUN, reply=reply), step=step, options=options, failed=True, met=met
    )


def _elements(call: GatewayCall, told: object) -> list[Mapping[str, object]]:
    if isinstance(told, list):
        return [each for each in told if isinstance(each, dict)]
    model = {"provider": "workers-ai", "model": call.settings.switches.gateway_route_model}
    return [
        {"id": "start", "type": "start", "outputs": {"next": {"elementId": "model"}}},
        {"id": "model", "type": "model", "properties": model},
    ]


def first_byte_s(reply: Reply) -> float:
    """Return how long the first byte of an answer's body takes."""
    return reply.wait_s + (reply.events[0].wait_s if reply.is_stream and reply.events else 0.0)


def _is_transient(reply: Reply) -> bool:
    return reply.status == 429 or reply.status >= 500


def _fails(call: GatewayCall, reply: Reply) -> bool:
    return _is_transient(reply) or (reply.status >= 400 and call.settings.switches.gateway_falls_back == "any-error")


def _later(answered: Answer, seconds: float) -> Answer:
    if not seconds:
        return answered
    return replace(answered, reply=replace(answered.reply, wait_s=answered.reply.wait_s + seconds))


def _told(call: GatewayCall, outcome: _Outcome, *, number: int, waited_s: float) -> Answer:
    answered, options, log_id = _later(outcome.answer, waited_s), outcome.options, call.identity.uuid7
    told: Headers = (
        ("cf-aig-cache-status", "HIT" if outcome.hit else "MISS"),
        ("cf-aig-log-id", log_id),
        ("cf-aig-request-id", log_id),
        ("cf-aig-event-id", options.event_id if options.event_id.isprintable() and options.event_id else log_id),
        ("cf-aig-step", str(number)),
        *outcome.headers,
    )
    reply = replace(answered.reply, headers=(*answered.reply.headers, *told))
    log = _log(call, outcome, reply, number=number, identifier=log_id)
    effect = GatewayEffect(
        gateway=call.gateway,
        logs=((log_id, log),) if options.collect_log else (),
        cached=outcome.cached,
        met=outcome.met,
        at_s=call.identity.now_s,
    )
    return replace(answered, surface=call.surface or answered.surface, reply=reply, kept=effect)


def _log(call: GatewayCall, outcome: _Outcome, reply: Reply, *, number: int, identifier: str) -> dict[str, object]:
    """Return a log as the API tells it (Cloudflare API, AI Gateway, logs)."""
    step, usage = outcome.step, _usage(reply)
    return {
        "id": identifier,
        "provider": step.provider,
        "model": step.model or outcome.answer.model,
        "path": step.endpoint,
        "duration": round(first_byte_s(reply) * 1000),
        "request_content_type": step.headers.get("content-type", "application/json"),
        "status_code": reply.status,
        "response_content_type": header_of(reply.headers, "content-type") or "",
        "success": reply.status < 400,
        "cached": outcome.hit,
        "tokens_in": usage.get("prompt_tokens", usage.get("input_tokens", 0)),
        "tokens_out": usage.get("completion_tokens", usage.get("output_tokens", 0)),
        "metadata": json_text.dump(dict(outcome.options.metadata)).decode(),
        "step": number,
        "cost": 0,
        "custom_cost": False,
        "request_size": len(step.body),
        "request_head": step.body.decode("utf-8", "replace"),
        "request_head_complete": True,
        "response_size": 0 if reply.is_stream else len(reply.body_bytes),
        "response_head": "" if reply.is_stream else reply.body_bytes.decode("utf-8", "replace"),
        "response_head_complete": not reply.is_stream,
        "created_at": call.identity.iso,
    }


def _usage(reply: Reply) -> Mapping[str, object]:
    value = None if reply.is_stream else load(reply.body_bytes)
    result = value.get("result") if value is not None else None
    usage = (result if isinstance(result, dict) else value or {}).get("usage")
    return usage if isinstance(usage, dict) else {}
