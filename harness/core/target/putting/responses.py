"""OpenAI's Responses API: a chat's messages as items. Source: OpenAI API reference, create a response."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from harness.core.target.putting.words import Json, calls_of, chat_of, objects, table, text_of, tools_of

_KEPT: Final = ("model", "stream", "temperature", "top_p")


def put(chat: Json) -> Json:
    """Return the request that asks for a chat."""
    told: Json = {name: chat[name] for name in _KEPT if name in chat}
    told["input"] = [item for message in objects(chat.get("messages")) for item in _items(message)]
    if "max_tokens" in chat:
        told["max_output_tokens"] = chat["max_tokens"]
    if tools := list(tools_of(chat)):
        told["tools"] = [{"type": "function", **function} for function in tools]
    choice = chat.get("tool_choice")
    if choice is not None:
        told["tool_choice"] = (
            {"type": "function", **table(choice.get("function"))} if isinstance(choice, dict) else choice
        )
    return told


def told(request: Json) -> Json:
    """Return a request in OpenAI's words."""
    messages = [_message(item) for item in objects(request.get("input"))]
    return chat_of(request, messages, stream=request.get("stream") is True, counts=True)


def _items(message: Json) -> Iterator[Json]:
    role, text = message.get("role"), text_of(message.get("content"))
    if role == "tool":
        yield {"type": "function_call_output", "call_id": message.get("tool_call_id"), "output": text}
        return
    if text or not message.get("tool_calls"):
        kind = "output_text" if role == "assistant" else "input_text"
        yield {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}
    for call_id, name, arguments in calls_of(message):
        yield {"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments}


def _message(item: Json) -> Json:
    roles = {"function_call": "assistant", "function_call_output": "tool"}
    role = roles.get(str(item.get("type")), item.get("role"))
    return {"role": role, "content": text_of(item.get("content", item.get("output", "")))}
