"""One event or object of an answer, taken into a reading.

The one rule: OpenAI's chunks and Workers AI's native events have disjoint shapes, so one reader serves both dialects
and both sides of a target (Cloudflare docs: Workers AI, streaming; OpenAI API reference: chat completion chunks).
"""

from __future__ import annotations

import json
from typing import Any

from harness.core.observed import json_text
from harness.core.observed.reading import Choice, Mark, Reading, ToolCall
from harness.core.observed.said import take_head
from harness.core.observed.sse import SseEvent


def take_event(reading: Reading, event: SseEvent, at_s: float, *, lenient: bool) -> None:
    """Take an event that was complete `at_s`; `lenient` reads it as far as it makes sense."""
    reading.event_count += 1
    is_done = event.data.strip() == "[DONE]"
    value = None if is_done else json_or_none(event.data)
    if lenient and value is None and not is_done and isinstance(start := json_text.first_value(event.data), dict):
        value, reading.half_read = start, True
    is_error = event.type == "error" or (isinstance(value, dict) and _is_error(value))
    if reading.tail:
        # A client has stopped reading: what comes behind the end is noted and is no part of the answer.
        reading.tail.append("done" if is_done else "error" if is_error else _mark(value))
    elif is_done:
        reading.done = True
        reading.tail.append("done")
    elif is_error:
        _take_error(reading, event.data if value is None else value)
    elif not isinstance(value, dict):
        reading.malformed.append(event.data[:200])
    elif _take_object(reading, value):
        reading.content_times_s.append(at_s)


def _mark(value: object) -> Mark:
    """What an event is that is no terminal one; `finish_reason: "error"` is how some servers end a failed stream."""
    late = Reading()
    if not isinstance(value, dict):
        return "other"
    if _take_object(late, value):
        return "text"
    return "finish" if any(finish not in (None, "error") for finish in late.finishes.values()) else "other"


def json_or_none(text: str) -> object:
    """Return the value of a text, or None when it is no JSON."""
    try:
        return json_text.loads(text)
    except ValueError:
        return None


def take_json(reading: Reading, value: object) -> None:
    """Take a whole body that is JSON."""
    if not isinstance(value, dict):
        reading.malformed.append(json.dumps(value)[:200])
    elif _is_error(value):
        _take_error(reading, value)
    else:
        _take_object(reading, value)


def _is_error(value: dict[str, Any]) -> bool:
    return bool(value.get("error")) or (value.get("success") is False) or bool(value.get("errors"))


def _take_error(reading: Reading, value: object) -> None:
    reading.tail.append("error")
    reading.error = json.dumps(value)[:500] if not isinstance(value, str) else value[:500]
    if isinstance(value, dict):
        detail = value.get("error") or value.get("errors") or value
        if isinstance(detail, list):
            detail = detail[0]  # never an empty list: that is no error; AI Gateway has a list in `error`
        if isinstance(detail, dict):
            message = detail.get("message")
            reading.error = message if isinstance(message, str) and message else reading.error
        elif isinstance(detail, str):
            reading.error = detail


def _take_object(reading: Reading, value: dict[str, Any]) -> bool:
    """Take one chunk or answer; tell whether it brought content (text or a piece of a tool call)."""
    result = value.get("result")
    if isinstance(result, dict) and "success" in value:
        value = result  # the v4 envelope around a native answer
    answer_id = value.get("id")
    if isinstance(answer_id, str) and answer_id and answer_id not in reading.ids:
        reading.ids.append(answer_id)
    usage = value.get("usage")
    if isinstance(usage, dict) and (_counts(usage) or reading.usage is None):
        reading.usage = usage  # zeros on every chunk come before the true totals
    take_head(reading.head, value)
    choices = value.get("choices")
    if isinstance(choices, list):
        reading.frame.take(value)
        reading.counted_alone = reading.counted_alone or (not choices and isinstance(usage, dict))
        brought = [_take_choice(reading, item, position) for position, item in enumerate(choices)]
        return any(brought)
    return _take_native(reading, value)


def _counts(usage: dict[str, Any]) -> bool:
    return any(
        isinstance(usage.get(key), (int, float)) and usage[key] for key in ("prompt_tokens", "completion_tokens")
    )


def _take_choice(reading: Reading, item: object, position: int) -> bool:
    if not isinstance(item, dict):
        reading.malformed.append(json.dumps(item)[:200])
        return False
    index = item.get("index")
    reading.frame.unindexed = reading.frame.unindexed or not isinstance(index, int)
    choice = reading.choices.setdefault(index if isinstance(index, int) else position, Choice())
    delta = item.get("delta") if isinstance(item.get("delta"), dict) else item.get("message")
    brought = False
    if isinstance(delta, dict):
        reading.role_seen = reading.role_seen or bool(delta.get("role"))
        content = delta.get("content")
        choice.is_odd = choice.is_odd or isinstance(content, dict)
        brought = _take_text(choice, content)
        # Text behind a finish reason: to some the answer is over by then, to others it is at [DONE].
        choice.is_odd = choice.is_odd or (brought and choice.finish is not None)
        brought = _take_tools(choice, delta.get("tool_calls"), in_pieces="delta" in item) or brought
    choice.said.take(item, delta if isinstance(delta, dict) else {})
    finish = item.get("finish_reason")
    if isinstance(finish, str) and finish:
        choice.finish = finish
    return brought


def _take_native(reading: Reading, value: dict[str, Any]) -> bool:
    if not any(key in value for key in ("response", "tool_calls", "finish_reason")):
        return False
    choice = reading.choices.setdefault(0, Choice())
    brought = _take_text(choice, value.get("response"))
    brought = _take_tools(choice, value.get("tool_calls")) or brought
    finish = value.get("finish_reason")
    if isinstance(finish, str) and finish:
        choice.finish = finish
    return brought


def _take_text(choice: Choice, content: object) -> bool:
    match content:
        case str():
            text = content
        case bool() | None:
            return False
        case int() | float():
            text = str(content)  # Workers AI sends numeric tokens as JSON numbers
        case list():
            text = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
        case _:
            text = json.dumps(content)
    if not text:
        return False
    # The second half of a character: what one makes of two halves is anybody's guess (RFC 8259 §8.2).
    choice.is_odd = choice.is_odd or "\udc00" <= text[0] <= "\udfff"
    choice.parts.append(text)
    return True


def _take_tools(choice: Choice, calls: object, *, in_pieces: bool = False) -> bool:
    if not isinstance(calls, list):
        return False
    brought = False
    for position, call in enumerate(calls):
        if not isinstance(call, dict):
            continue
        inner = call.get("function")
        function = inner if isinstance(inner, dict) else call
        name, arguments = function.get("name"), function.get("arguments")
        if name is None and call.get("id") is None and not arguments:
            continue  # Workers AI's null finalisation of a tool call
        choice.unplaced = choice.unplaced or (in_pieces and not isinstance(call.get("index"), int))
        tool = _tool(choice, call, position, is_new=bool(name))
        tool.id = tool.id or str(call.get("id") or "")
        tool.type = tool.type or str(call.get("type") or "")
        tool.name = tool.name or str(name or "")
        tool.arguments += (
            arguments if isinstance(arguments, str) else "" if arguments is None else json.dumps(arguments)
        )
        brought = True
    return brought


def _tool(choice: Choice, call: dict[str, Any], position: int, *, is_new: bool) -> ToolCall:
    """The tool call that a piece belongs to; without an index, a name begins a call and all else is the last one's."""
    index = call.get("index")
    if not isinstance(index, int):
        last = max(choice.tools, default=-1)
        index = max(position, last + 1) if is_new else max(last, 0)
    return choice.tools.setdefault(index, ToolCall())
