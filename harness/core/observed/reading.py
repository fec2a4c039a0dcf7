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

from harness.core.observed import json_text
from harness.core.observed.history import Piece
from harness.core.observed.sse import Decoder, SseEvent

Form: TypeAlias = Literal["stream", "json", "other", "nothing"]
Mark: TypeAlias = Literal["done", "error", "finish", "text", "other"]
"""What an event at or behind the end of a stream is: a terminal mark, a finish reason, text, or nothing of the kind."""

_SNIFFED_BYTES = 64


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
    is_odd: bool = False
    """Whether text came as an object, which nobody has agreed on in OpenAI's dialect."""
    _joined: tuple[int, str] = field(default=(0, ""), repr=False, compare=False)

    @property
    def text(self) -> str:
        """The text as far as it came."""
        if self._joined[0] != len(self.parts):
            self._joined = (len(self.parts), as_utf8("".join(self.parts)))
        return self._joined[1]


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
    tail: list[Mark] = field(default_factory=list)
    """The first terminal event (`[DONE]` or an error) and every data event behind it."""
    malformed: list[str] = field(default_factory=list)
    """The data of events, or the whole body, that should have been JSON objects and were not."""
    half_read: bool = False
    """Whether an event was read only as far as it makes sense, as a careless client reads it."""
    malformed_utf8: bool = False
    undecodable: bool = False
    """The body is not in the coding that its Content-Encoding names, so a client raises an error (RFC 9110 §8.4)."""
    unterminated: bool = False
    rest: bytes = b""
    """The last line of a stream, when it stopped in the middle of one."""
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
    def terminals(self) -> int:
        """How many terminal events came."""
        return self.tail.count("done") + self.tail.count("error")

    @property
    def after_terminal(self) -> int:
        """How many data events came behind the first terminal one."""
        return max(len(self.tail) - 1, 0)

    @property
    def is_empty(self) -> bool:
        """Whether no text and no tool call came."""
        return not any(choice.parts or choice.tools for choice in self.choices.values())


def read_body(
    pieces: Iterable[Piece], content_type: str, content_encoding: str = "", *, by_line: bool = False
) -> Reading:
    """Read a body from its pieces, by its content type; a body whose encoding breaks is read as far as it goes.

    `by_line` reads an event that makes no sense line by line, as simple clients read every event, and a line that has
    something behind its JSON or a control character inside as far as that makes sense.
    """
    stamped, undecodable = _decoded(pieces, content_encoding)
    reading = _read(stamped, content_type, by_line=by_line)
    reading.undecodable = undecodable
    return reading


def _read(stamped: list[Piece], content_type: str, *, by_line: bool) -> Reading:
    if "event-stream" in content_type.lower() or _start(stamped).startswith((b"data:", b"event:", b":")):
        return _read_stream(stamped, by_line=by_line)
    body = b"".join(piece.data for piece in stamped)
    reading = Reading()
    if not body:
        return reading
    try:
        value = json_text.loads(body)
    except ValueError:
        reading.form = "json" if "json" in content_type.lower() else "other"
        reading.malformed.append(body[:200].decode(errors="replace"))
        return reading
    reading.form = "json"
    _take_json(reading, value)
    return reading


def plain_body(pieces: Iterable[Piece], content_encoding: str) -> bytes:
    """Return a body freed of its coding, as far as that goes."""
    return b"".join(piece.data for piece in _decoded(pieces, content_encoding)[0])


def as_utf8(text: str) -> str:
    """Return text as UTF-8 can carry it: halves of a character that came apart are joined, a lone half is U+FFFD.

    JSON may escape a character as two halves, in two events even; languages differ in when they join them.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def _start(pieces: list[Piece]) -> bytes:
    """How a body begins, however it was split."""
    start = b""
    for piece in pieces:
        start += piece.data[:_SNIFFED_BYTES]
        if len(start) >= _SNIFFED_BYTES:
            break
    return start.lstrip()


def _decoded(pieces: Iterable[Piece], encoding: str) -> tuple[list[Piece], bool]:
    """Return the body without its coding as far as that goes, and whether it went wrong."""
    if encoding.strip().lower() not in ("gzip", "deflate"):
        return list(pieces), False
    inflate = zlib.decompressobj(wbits=47)  # 32 + 15: recognises gzip and zlib by their headers
    plain: list[Piece] = []
    for piece in pieces:
        try:
            plain.append(Piece(piece.at_s, inflate.decompress(piece.data)))
        except zlib.error:
            return plain, True
    return plain, False


def _read_stream(pieces: Iterable[Piece], *, by_line: bool) -> Reading:
    reading = Reading(form="stream")
    decoder = Decoder()
    for piece in pieces:
        for event in decoder.feed(piece.data):
            for item in _lines(event) if by_line else (event,):
                _take_event(reading, item, piece.at_s, lenient=by_line)
    decoder.finish()
    reading.malformed_utf8 = decoder.malformed_utf8
    reading.unterminated = decoder.unterminated
    reading.rest = decoder.rest
    return reading


def _lines(event: SseEvent) -> Iterable[SseEvent]:
    """An event's lines as events of their own, where together they make no sense."""
    if "\n" not in event.data or _json_or_none(event.data) is not None:
        return (event,)
    return tuple(SseEvent(line, event.type, event.last_event_id) for line in event.data.split("\n") if line.strip())


def _take_event(reading: Reading, event: SseEvent, at_s: float, *, lenient: bool) -> None:
    reading.event_count += 1
    is_done = event.data.strip() == "[DONE]"
    value = None if is_done else _json_or_none(event.data)
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


def _json_or_none(text: str) -> object:
    try:
        return json_text.loads(text)
    except ValueError:
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
    reading.tail.append("error")
    reading.error = json.dumps(value)[:500] if not isinstance(value, str) else value[:500]
    if isinstance(value, dict):
        detail = value.get("error") or value.get("errors") or value
        if isinstance(detail, list):
            detail = detail[0]  # never an empty list: that is no error; AI Gateway has a list in `error`
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
        content = delta.get("content")
        choice.is_odd = choice.is_odd or isinstance(content, dict)
        brought = _take_text(choice, content)
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
        inner = call.get("function")
        function = inner if isinstance(inner, dict) else call
        name, arguments = function.get("name"), function.get("arguments")
        if name is None and call.get("id") is None and not arguments:
            continue  # Workers AI's null finalisation of a tool call
        tool = _tool(choice, call, position, is_new=bool(name))
        tool.id = tool.id or str(call.get("id") or "")
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
