"""Anthropic's Messages API: the same answers in Anthropic's words, whole or as a stream.

The one rule: a request is read into the chat that every dialect understands; only reading and wording are here.
Source: Anthropic API reference: messages, streaming messages, errors.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from fault_injection.reply import Event, Reply, json_reply, stream_reply
from harness.mock_cloudflare import json_text
from harness.mock_cloudflare.ai import chat
from harness.mock_cloudflare.ai.chat import Exchange
from harness.mock_cloudflare.errors import anthropic_error
from harness.mock_cloudflare.identity import Identity
from harness.mock_cloudflare.request import Answer, Request

OPERATIONS: Final = frozenset({"messages"})
_STOPS: Final = {"stop": "end_turn", "length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}
_TOOL_CHOICES: Final = {"auto": "auto", "any": "required", "none": "none"}


def answer(request: Request, identity: Identity, *, surface: str) -> Answer:
    """Answer one request."""
    try:
        body = json_text.load_object(request.body)
    except json_text.BadJsonError as error:
        return Answer(surface=surface, reply=anthropic_error(f"The request body is {error}", status=400))
    model = body.get("model")
    named = model if isinstance(model, str) else ""
    wrong = _wrong(request, body)
    if wrong:
        return Answer(surface=surface, reply=anthropic_error(wrong, status=400), model=named)
    if "no-such" in named:
        return Answer(surface=surface, reply=anthropic_error(f"model: {named}", status=404), model=named)
    exchange = chat.compose(as_chat(body), model=named, identifier=f"msg_{identity.hex32[:24]}", now_s=identity.now_s)
    reply = (
        stream_reply(tuple(_events(exchange))) if exchange.stream else json_reply(json_text.dump(_message(exchange)))
    )
    if not exchange.stream and exchange.prompt.first_s:
        reply = replace(reply, wait_s=exchange.prompt.first_s)
    reply = replace(reply, binding="anthropic").with_header("request-id", f"req_{identity.hex32[:24]}")
    return Answer(surface=surface, reply=reply, model=named, nonce=exchange.prompt.nonce)


def _wrong(request: Request, body: Mapping[str, object]) -> str | None:
    if request.header("anthropic-version") is None:
        return "anthropic-version: header is required"
    missing = next((name for name in ("model", "max_tokens", "messages") if body.get(name) is None), None)
    if missing:
        return f"{missing}: Field required"
    most, messages = body["max_tokens"], body["messages"]
    if not isinstance(most, int) or isinstance(most, bool):
        return "max_tokens: Input should be a valid integer"
    if most < 1:
        return "max_tokens: must be greater than or equal to 1"
    if not isinstance(messages, list):
        return "messages: Input should be a valid list"
    if not messages:
        return "messages: at least one message is required"
    for at, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in ("user", "assistant", "system"):
            return f"messages.{at}.role: Input should be 'user' or 'assistant'"
        if not isinstance(message.get("content"), str | list):
            return f"messages.{at}.content: Field required"
    return None


def as_chat(body: Mapping[str, object]) -> dict[str, object]:
    """Return a valid request as a chat: the system prompt as a message, tools in OpenAI's shape."""
    messages = body["messages"]
    system = body.get("system")
    first = [{"role": "system", "content": system}] if system else []
    kept = {name: value for name, value in body.items() if name not in ("messages", "system", "tools", "tool_choice")}
    tools, choice = body.get("tools"), body.get("tool_choice")
    told = [_tool(each) for each in tools if isinstance(each, dict)] if isinstance(tools, list) else []
    return {
        **kept,
        "messages": [*first, *(messages if isinstance(messages, list) else [])],
        **({"tools": told} if told else {}),
        **({"tool_choice": _choice(choice)} if isinstance(choice, dict) else {}),
    }


def _tool(told: Mapping[str, object]) -> dict[str, object]:
    schema = told.get("input_schema")
    function = {"name": told.get("name"), "parameters": schema if isinstance(schema, dict) else {}}
    return {"type": "function", "function": function}


def _choice(told: Mapping[str, object]) -> object:
    kind = str(told.get("type", "auto"))
    if kind == "tool":
        return {"type": "function", "function": {"name": told.get("name")}}
    return _TOOL_CHOICES.get(kind, "auto")


def _message(exchange: Exchange) -> dict[str, object]:
    choice = exchange.choices[0]
    text = [{"type": "text", "text": choice.content, "citations": None}] if choice.tokens else []
    calls = [
        {
            "type": "tool_use",
            "id": _call_id(call.id),
            "name": call.name,
            "input": json_text.load(call.arguments.encode()),
            "caller": {"type": "direct"},
        }
        for call in choice.calls
    ]
    return {**_head(exchange), "content": [*text, *calls], "stop_reason": _stop(exchange), "usage": _usage(exchange)}


def _head(exchange: Exchange) -> dict[str, object]:
    return {
        "id": exchange.id,
        "type": "message",
        "role": "assistant",
        "model": exchange.model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "stop_details": None,
        "container": None,
    }


def _usage(exchange: Exchange) -> dict[str, object]:
    return {
        "input_tokens": exchange.usage["prompt_tokens"],
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": exchange.usage["completion_tokens"],
        "output_tokens_details": None,
        "server_tool_use": None,
        "service_tier": "standard",
        "inference_geo": None,
    }


def _stop(exchange: Exchange) -> str:
    finish = exchange.choices[0].finish
    return _STOPS.get(finish, finish)


def _call_id(identifier: str) -> str:
    return f"toolu_{identifier.removeprefix('call_')}"


def _events(exchange: Exchange) -> Iterator[Event]:
    choice = exchange.choices[0]
    usage = {**_usage(exchange), "output_tokens": 1}
    yield _event("message_start", wait_s=exchange.prompt.first_s, message={**_head(exchange), "usage": usage})
    yield _event("ping")
    at, said = 0, 0
    if choice.tokens:
        yield _event("content_block_start", index=at, content_block={"type": "text", "text": ""})
        for token in choice.tokens:
            delta = {"type": "text_delta", "text": token}
            yield _event("content_block_delta", wait_s=exchange.wait_s(said), index=at, delta=delta)
            said += 1
        yield _event("content_block_stop", index=at)
        at += 1
    for call in choice.calls:
        block = {"type": "tool_use", "id": _call_id(call.id), "name": call.name, "input": {}}
        yield _event("content_block_start", wait_s=exchange.wait_s(said), index=at, content_block=block)
        for piece in call.pieces:
            delta = {"type": "input_json_delta", "partial_json": piece}
            yield _event("content_block_delta", wait_s=exchange.wait_s(said), index=at, delta=delta)
            said += 1
        yield _event("content_block_stop", index=at)
        at += 1
    end = {"stop_reason": _stop(exchange), "stop_sequence": None}
    yield _event("message_delta", delta=end, usage={"output_tokens": exchange.usage["completion_tokens"]})
    yield _event("message_stop")


def _event(kind: str, *, wait_s: float = 0.0, **told: object) -> Event:
    data = json_text.dump({"type": kind, **told})
    return Event(b"event: " + kind.encode() + b"\ndata: " + data + b"\n\n", wait_s)


def refuse(request: Request, *, token: str) -> Reply | None:
    """Return Anthropic's refusal, or None for a caller with the right key."""
    authorization = (request.header("authorization") or "").removeprefix("Bearer ").strip()
    key = request.header("x-api-key") or authorization
    if not key:
        return anthropic_error("x-api-key header is required", status=401)
    return (
        None if hmac.compare_digest(key.encode(), token.encode()) else anthropic_error("invalid x-api-key", status=401)
    )
