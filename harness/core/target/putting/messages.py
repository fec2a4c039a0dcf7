"""Anthropic's Messages API: a chat's messages as blocks, its rules apart. Source: Anthropic API reference, messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from harness.core.target.putting.words import (
    Json,
    arguments_of,
    calls_of,
    chat_of,
    objects,
    table,
    text_of,
    tools_of,
)

_KEPT: Final = ("model", "stream", "temperature", "top_p")
_MOST_TOKENS: Final = 32_000
"""The dialect has no request without a bound; no answer of a case is as long as this."""
_CHOICES: Final = {"auto": "auto", "required": "any", "none": "none"}
_RULES: Final = ("system", "developer")


def put(chat: Json) -> Json:
    """Return the request that asks for a chat."""
    messages = objects(chat.get("messages"))
    told: Json = {name: chat[name] for name in _KEPT if name in chat}
    told["max_tokens"] = chat.get("max_tokens", _MOST_TOKENS)
    if rules := [text_of(each.get("content")) for each in messages if each.get("role") in _RULES]:
        told["system"] = "\n".join(rules)
    told["messages"] = [_message(each) for each in messages if each.get("role") not in _RULES]
    if tools := list(tools_of(chat)):
        told["tools"] = [_tool(function) for function in tools]
    choice = chat.get("tool_choice")
    if isinstance(choice, dict):
        told["tool_choice"] = {"type": "tool", "name": table(choice.get("function")).get("name")}
    elif choice in _CHOICES:
        told["tool_choice"] = {"type": _CHOICES[choice]}
    return told


def told(request: Json) -> Json:
    """Return a request in OpenAI's words."""
    rules = [{"role": "system", "content": request["system"]}] if "system" in request else []
    messages = [{**each, "content": text_of(each.get("content"))} for each in objects(request.get("messages"))]
    return chat_of(request, [*rules, *messages], stream=request.get("stream") is True, counts=True)


def _message(message: Json) -> Json:
    text = text_of(message.get("content"))
    if message.get("role") == "tool":
        result = {"type": "tool_result", "tool_use_id": message.get("tool_call_id"), "content": text}
        return {"role": "user", "content": [result]}
    blocks = [{"type": "text", "text": text}] if text else []
    blocks += list(_uses(message))
    return {"role": message.get("role"), "content": blocks if message.get("tool_calls") else text}


def _uses(message: Json) -> Iterator[Json]:
    for call_id, name, arguments in calls_of(message):
        yield {"type": "tool_use", "id": call_id, "name": name, "input": arguments_of(arguments)}


def _tool(function: Json) -> Json:
    described = {"description": function["description"]} if "description" in function else {}
    schema = function.get("parameters", {"type": "object"})
    return {"name": function.get("name"), **described, "input_schema": schema}
