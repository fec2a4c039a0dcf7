"""What putting a chat into other words takes: its texts, its calls and its tools, whatever they look like.

The one rule: a chat that makes no sense is put as far as it goes, and never raises.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any, TypeAlias

from harness.core.observed import json_text

Json: TypeAlias = dict[str, Any]


def objects(value: object) -> list[Json]:
    """Return the objects of a list, and nothing else that may stand there."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def table(value: object) -> Json:
    """Return an object, or an empty one where there is none."""
    return value if isinstance(value, dict) else {}


def text_of(content: object) -> str:
    """Return the text of a message's content, its parts joined."""
    if isinstance(content, list):
        return "".join(str(part.get("text") or part.get("content") or "") for part in objects(content))
    return content if isinstance(content, str) else ""


def calls_of(message: Json) -> Iterator[tuple[str, str, str]]:
    """Yield the id, name and arguments of each tool call of a message."""
    for call in objects(message.get("tool_calls")):
        function = table(call.get("function"))
        yield str(call.get("id") or ""), str(function.get("name") or ""), str(function.get("arguments") or "{}")


def tools_of(chat: Json) -> Iterator[Json]:
    """Yield the function that each tool of a chat is."""
    yield from (table(tool.get("function")) for tool in objects(chat.get("tools")))


def arguments_of(text: str) -> object:
    """Return the value of a call's arguments."""
    try:
        return json_text.loads(text)
    except ValueError:
        return {}


def name_of(chat: Json, what: str) -> str:
    """Return a name that follows from what is asked, so that the same question always bears it."""
    return f"{what}-{sha256(repr(chat.get('messages')).encode(errors='replace')).hexdigest()[:16]}"


def chat_of(told: Json, messages: list[Json], *, stream: bool, counts: bool) -> Json:
    """Return what the invariants want to know of a request, in OpenAI's words.

    `counts` says that an answer in its dialect always tells its usage.
    """
    chat: Json = {"messages": messages, "stream": stream}
    if isinstance(told.get("model"), str):
        chat["model"] = told["model"]
    return {**chat, "stream_options": {"include_usage": True}} if counts and stream else chat
