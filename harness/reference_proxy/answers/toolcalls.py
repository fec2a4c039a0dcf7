"""Tool calls as Workers AI really sends them, as OpenAI clients expect them.

The one rule: names and arguments arrive whole and in order; only empty placeholders are taken out.
"""

import uuid
from collections.abc import Mapping
from typing import Any

from harness.reference_proxy import jsontext


class InvalidToolCallError(ValueError):
    """A tool call has a shape that no dialect knows."""


def deltas(raw: object) -> list[dict[str, Any]]:
    """Streamed fragments, without nulls; the sentinel that finalises a native call with nulls is skipped."""
    found = []
    for position, item in enumerate(_items(raw)):
        call = _call(item, position)
        function = call["function"]
        if set(call) <= {"index", "type", "function"} and not any(function.values()):
            continue
        found.append(call)
    return found


def whole(raw: object) -> list[dict[str, Any]]:
    """The calls of a complete answer, each with an id, a type and its arguments as JSON text."""
    found = []
    for position, item in enumerate(_items(raw)):
        call = _call(item, position)
        del call["index"]
        call["function"].setdefault("arguments", "")
        found.append({"id": call.pop("id", None) or new_id(), "type": call.pop("type", "function"), **call})
    return found


def new_id() -> str:
    """An id for a call to which upstream gave none."""
    return f"call_{uuid.uuid4().hex}"


def _items(raw: object) -> list[Any]:
    if raw is None:
        return []
    if not isinstance(raw, list):
        raise InvalidToolCallError("tool_calls is not a list")
    return raw


def _call(item: object, position: int) -> dict[str, Any]:
    if not isinstance(item, Mapping):
        raise InvalidToolCallError("a tool call is not an object")
    if "function" not in item and "name" in item:  # the native flat form: a whole call, arguments an object
        item = {
            "index": item.get("index", position),
            "id": item.get("id") or new_id(),
            "type": "function",
            "function": {"name": item["name"], "arguments": item.get("arguments") or {}},
        }
    function = item.get("function")
    if function is not None and not isinstance(function, Mapping):
        raise InvalidToolCallError("a tool call's function is not an object")
    call = {key: value for key, value in item.items() if value is not None}
    index = call.setdefault("index", position)
    if isinstance(index, bool) or not isinstance(index, int):
        raise InvalidToolCallError("a tool call's index is not a number")
    call["function"] = {key: value for key, value in (function or {}).items() if value is not None}
    arguments = call["function"].get("arguments")
    if arguments is not None and not isinstance(arguments, str):
        call["function"]["arguments"] = jsontext.dumps(arguments).decode("utf-8")
    return call
