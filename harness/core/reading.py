"""What a careful client understands of an answer: text, tool calls, usage, errors and the marks of its end.

The one rule: reading never judges and never raises. Whatever cannot be understood is kept in the reading, so that an
invariant can say what was wrong with it. OpenAI chunks and Workers AI's native events have disjoint shapes, so one
reader serves both dialects and both sides of a target (Cloudflare docs: Workers AI, streaming; OpenAI chat chunks).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from harness.core.history import Piece
from harness.core.sse import Decoder, SseEvent

Form: TypeAlias = Literal["stream", "json", "other", "nothing"]


@dataclass(slots=True)
class ToolCall:
    """One tool call as it was put together from its pieces."""

    id: str = ""
    name: str = ""
    arguments: str = ""


@dataclass(slots=True)
class Choice:
    """One choice of an answer, as far as it came."""

    parts: list[str] = field(default_factory=list)
    finish: str | None = None
    tools: dict[int, ToolCall] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The text as far as it came."""
        return "".join(self.parts)


@dataclass(slots=True)
class Reading:
    """An answer as understood."""

    form: Form = "nothing"
    choices: dict[int, Choice] = field(default_factory=dict)
    usage: dict[str, Any] | None = None
    ids: list[str] = field(default_factory=list)
    """Every distinct answer id, in order of appearance."""
    done: bool = False
    error: str | None = None
    """The message of the first in-band error."""
    error_type: str | None = None
    after_terminal: int = 0
    """Data events behind the first terminal one (`[DONE]` or an error)."""
    terminals: int = 0
    malformed: list[str] = field(default_factory=list)
    """The data of events, or the whole body, that should have been JSON objects and were not."""
    malformed_utf8: bool = False
    unterminated: bool = False
    content_times_s: list[float] = field(default_factory=list)
    """When each event with content was complete."""
    event_count: int = 0
    role_seen: bool = False

    @property
    def text(self) -> str:
        """The text of choice 0."""
        return self.choices[0].text if 0 in self.choices else ""

    @property
    def finishes(self) -> dict[int, str | None]:
        """The finish reason of each choice."""
        return {index: choice.finish for index, choice in sorted(self.choices.items())}

    @property
    def has_finish(self) -> bool:
        """Whether there are choices and each has its finish reason."""
        return bool(self.choices) and all(choice.finish for choice in self.choices.values())

    @property
    def claims_success(self) -> bool:
        """Whether a client would take this for a finished answer, by its terminal marks and not by its framing."""
        if self.error is not None:
            return False
        if self.form == "stream":
            return self.done or self.has_finish
        return self.form == "json" and bool(self.choices)

    @property
    def is_empty(self) -> bool:
        """Whether no text and no tool call came."""
        return not any(choice.parts or choice.tools for choice in self.choices.values())


def read_body(pieces: Iterable[Piece], content_type: str, content_encoding: str = "") -> Reading:
    """Read a body from its pieces, by its content type; a body whose encoding breaks is read as far as it goes."""
    stamped = list(_decoded(pieces, content_encoding))
    body_starts = b"".join(piece.data for piece in stamped[:3])[:64].lstrip()
    if "event-stream" in content_type.lower() or body_starts.startswith((b"data:", b"event:", b":")):
        return _read_stream(stamped)
    body = b"".join(piece.data for piece in stamped)
    reading = Reading()
    if not body:
        return reading
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        reading.form = "json" if "json" in content_type.lower() else "other"
        reading.malformed.append(body[:200].decode(errors="replace"))
        return reading
    reading.form = "json"
    _take_json(reading, value)
    return reading


def _decoded(pieces: Iterable[Piece], encoding: str) -> Iterable[Piece]:
    if encoding.strip().lower() not in ("gzip", "deflate"):
        yield from pieces
        return
    inflate = zlib.decompressobj(wbits=47)  # 32 + 15: recognises gzip and zlib by their headers
    for piece in pieces:
        try:
            yield Piece(piece.at_s, inflate.decompress(piece.data))
        except zlib.error:
            return


def _read_stream(pieces: Iterable[Piece]) -> Reading:
    reading = Reading(form="stream")
    decoder = Decoder()
    for piece in pieces:
        for event in decoder.feed(piece.data):
            _take_event(reading, event, piece.at_s)
    decoder.finish()
    reading.malformed_utf8 = decoder.malformed_utf8
    reading.unterminated = decoder.unterminated
    return reading


def _take_event(reading: Reading, event: SseEvent, at_s: float) -> None:
    reading.event_count += 1
    is_done = event.data.strip() == "[DONE]"
    value = None if is_done else _json_or_none(event.data)
    is_error = event.type == "error" or (isinstance(value, dict) and _is_error(value))
    if reading.terminals:
        # A client has stopped reading: what comes behind the end is counted and is no part of the answer.
        reading.after_terminal += 1
        reading.terminals += is_done or is_error
    elif is_done:
        reading.done = True
        reading.terminals += 1
    elif is_error:
        _take_error(reading, event.data if value is None else value)
    elif not isinstance(value, dict):
        reading.malformed.append(event.data[:200])
    elif _take_object(reading, value):
        reading.content_times_s.append(at_s)


def _json_or_none(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _take_json(reading: Reading, value: object) -> None:
    if not isinstance(value, dict):
        reading.malformed.append(json.dumps(value)[:200])
    elif _is_error(value):
        _take_error(reading, value)
    else:
        _take_object(reading, value)


def _is_error(value: dict[str, Any]) -> bool:
    return bool(value.get("error")) or (value.get("success") is False) or bool(value.get("errors"))


def _take_error(reading: Reading, value: object) -> None:
    reading.terminals += 1
    if reading.error is not None:
        return
    reading.error = json.dumps(value)[:500] if not isinstance(value, str) else value[:500]
    if isinstance(value, dict):
        detail = value.get("error") or next(iter(value.get("errors") or []), None) or value
        if isinstance(detail, dict):
            message = detail.get("message")
            reading.error = message if isinstance(message, str) and message else reading.error
            reading.error_type = str(detail.get("type") or detail.get("code") or "") or None
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
    choices = value.get("choices")
    if isinstance(choices, list):
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
    choice = reading.choices.setdefault(index if isinstance(index, int) else position, Choice())
    delta = item.get("delta") if isinstance(item.get("delta"), dict) else item.get("message")
    brought = False
    if isinstance(delta, dict):
        reading.role_seen = reading.role_seen or bool(delta.get("role"))
        brought = _take_text(choice, delta.get("content"))
        brought = _take_tools(choice, delta.get("tool_calls")) or brought
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
    choice.parts.append(text)
    return True


def _take_tools(choice: Choice, calls: object) -> bool:
    if not isinstance(calls, list):
        return False
    brought = False
    for position, call in enumerate(calls):
        if not isinstance(call, dict):
            continue
        index = call.get("index")
        inner = call.get("function")
        function = inner if isinstance(inner, dict) else call
        name, arguments = function.get("name"), function.get("arguments")
        if name is None and call.get("id") is None and not arguments:
            continue  # Workers AI's null finalisation of a tool call
        tool = choice.tools.setdefault(index if isinstance(index, int) else position, ToolCall())
        tool.id = tool.id or str(call.get("id") or "")
        tool.name = tool.name or str(name or "")
        tool.arguments += arguments if isinstance(arguments, str) else json.dumps(arguments) if arguments else ""
        brought = True
    return brought
