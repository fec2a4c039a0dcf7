"""Vercel's AI SDK: a chat as `useChat` sends it. Source: `ai` 5 to 7, DefaultChatTransport.

A page may add fields of its own to the body: that is where the model, its parameters and its tools go.
"""

from __future__ import annotations

from typing import Final

from harness.core.target.putting.words import Json, arguments_of, calls_of, chat_of, name_of, objects, text_of

_ADDED: Final = ("model", "temperature", "top_p", "max_tokens", "tools", "tool_choice")
_ROLES: Final = {"developer": "system"}


def put(chat: Json) -> Json:
    """Return the request that asks for a chat."""
    told: list[Json] = []
    for number, message in enumerate(objects(chat.get("messages"))):
        if message.get("role") == "tool":
            _answer(told, message)
        else:
            role = _ROLES.get(str(message.get("role")), message.get("role"))
            told.append({"id": f"m{number}", "role": role, "parts": _parts(message)})
    added: Json = {name: chat[name] for name in _ADDED if name in chat}
    return {"id": name_of(chat, "chat"), "messages": told, "trigger": "submit-message", **added}


def told(request: Json) -> Json:
    """Return a request in OpenAI's words."""
    said = [
        {"role": each.get("role"), "content": text_of(each.get("parts"))} for each in objects(request.get("messages"))
    ]
    return chat_of(request, said, stream=True, counts=False)


def _parts(message: Json) -> list[Json]:
    text = text_of(message.get("content"))
    parts: list[Json] = [{"type": "text", "text": text}] if text or not message.get("tool_calls") else []
    for call_id, name, arguments in calls_of(message):
        call = {"type": f"tool-{name}", "toolCallId": call_id, "state": "input-available"}
        parts.append({**call, "input": arguments_of(arguments)})
    return parts


def _answer(told: list[Json], message: Json) -> None:
    """Put a tool's result beside the call that it answers."""
    for part in (part for each in told for part in objects(each.get("parts"))):
        if part.get("toolCallId") == message.get("tool_call_id"):
            part.update(state="output-available", output=text_of(message.get("content")))
