"""AG-UI: a chat as the input of a run. Source: `@ag-ui/core` 1.0, RunAgentInput.

The protocol has no place for a model or its parameters; they go with the properties that are forwarded.
"""

from __future__ import annotations

from typing import Final

from harness.core.target.putting.words import Json, calls_of, chat_of, name_of, objects, table, text_of, tools_of

_FORWARDED: Final = ("model", "temperature", "top_p", "max_tokens", "tool_choice")


def put(chat: Json) -> Json:
    """Return the request that asks for a chat."""
    return {
        "threadId": name_of(chat, "thread"),
        "runId": name_of(chat, "run"),
        "state": {},
        "messages": [_message(each, number) for number, each in enumerate(objects(chat.get("messages")))],
        "tools": [_tool(function) for function in tools_of(chat)],
        "context": [],
        "forwardedProps": {name: chat[name] for name in _FORWARDED if name in chat},
    }


def told(request: Json) -> Json:
    """Return a request in OpenAI's words."""
    messages = [{**each, "content": text_of(each.get("content"))} for each in objects(request.get("messages"))]
    return chat_of(table(request.get("forwardedProps")), messages, stream=True, counts=False)


def _message(message: Json, number: int) -> Json:
    said: Json = {"id": f"m{number}", "role": message.get("role"), "content": text_of(message.get("content"))}
    if message.get("role") == "tool":
        return {**said, "toolCallId": message.get("tool_call_id")}
    calls = [
        {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
        for call_id, name, arguments in calls_of(message)
    ]
    return {**said, "toolCalls": calls} if calls else said


def _tool(function: Json) -> Json:
    return {
        "name": function.get("name"),
        "description": function.get("description", ""),
        "parameters": function.get("parameters", {"type": "object"}),
    }
