"""The two dialects of Workers AI as far as faults must find their way in them: where text, finish and tool calls are.

The one rule: what is not recognised is left alone. A chunk is one event's JSON object (`{"response": …}` natively,
`{"choices": [{"delta": …}]}` in the OpenAI dialect); an answer is the JSON body of a reply that is no stream.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, TypeAlias

from fault_injection.reply import Event, Reply, event

Json: TypeAlias = dict[str, Any]
_NAMED: Final = re.compile(rb"(?:\A(?:\xef\xbb\xbf)?|[\r\n])event: ?([^\r\n]+)")


def without(value: Json, key: str) -> Json:
    """Return an object without one of its fields."""
    return {name: item for name, item in value.items() if name != key}


def edit_part(value: Json, name: str, edit: Callable[[Json], Json]) -> Json:
    """Edit a field that is an object; any other is left as it is."""
    part = value.get(name)
    return {**value, name: edit(part)} if isinstance(part, dict) else value


def dump(value: object) -> bytes:
    """Write JSON as Workers AI does: compact, UTF-8."""
    # A lone surrogate cannot be UTF-8: it goes as an escape, which JSON allows.
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def load(data: bytes) -> Json | None:
    """Read a JSON object; None for anything else."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def chunk_of(item: Event) -> Json | None:
    """Return the JSON object an event carries; None for a comment, `[DONE]` or anything malformed."""
    return load(item.data) if item.data else None


def with_chunk(item: Event, chunk: Json) -> Event:
    """Put another object into an event, keeping its timing; one that is named after its type is so again."""
    kind = str(chunk.get("type")).encode("utf-8", "replace")
    return _written(dump(chunk), item.wait_s, name=kind if _type_name(item) else b"")


def with_data(item: Event, data: bytes) -> Event:
    """Put other data into an event, keeping its timing; one that is named after its type keeps the name, too."""
    return _written(data, item.wait_s, name=_type_name(item))


def chunk_event(chunk: Json) -> Event:
    """Build an event of a chunk."""
    return event(dump(chunk))


def edited(events: tuple[Event, ...], edit: Callable[[Json], Json | None]) -> tuple[Event, ...]:
    """Edit every chunk of a stream; None takes the event out, the chunk itself leaves the event as it is."""
    out: list[Event] = []
    for item in events:
        chunk = chunk_of(item)
        if chunk is None:
            out.append(item)
            continue
        new = edit(chunk)
        if new is not None:
            out.append(item if new == chunk else with_chunk(item, new))
    return tuple(out)


def choice_of(value: Json) -> Json | None:
    """Return the first choice of a chunk or an answer in the OpenAI dialect."""
    choices = value.get("choices")
    return choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else None


def is_native(chunk: Json) -> bool:
    """Whether a chunk is of the native dialect."""
    return "choices" not in chunk


def is_chat(chunk: Json) -> bool:
    """Whether a chunk is of either dialect; the Responses API's `response` is an object."""
    return not is_native(chunk) or isinstance(chunk.get("response"), str) or "tool_calls" in chunk


def text_of(chunk: Json) -> str:
    """Return the text a chunk adds to the answer; empty when it adds none."""
    choice = choice_of(chunk)
    delta = choice.get("delta") if choice else chunk
    text = delta.get("content" if choice else "response") if isinstance(delta, dict) else None
    return text if isinstance(text, str) else ""


def with_text(chunk: Json, text: object) -> Json:
    """Return the chunk with other text, or whatever stands in the text's place."""
    choice = choice_of(chunk)
    if choice is None:
        return {**chunk, "response": text}
    return with_choice(chunk, {**choice, "delta": {**_delta(choice), "content": text}})


def with_choice(chunk: Json, choice: Json) -> Json:
    """Return the chunk or the answer with another first choice."""
    return {**chunk, "choices": [choice, *chunk["choices"][1:]]}


def finish_of(chunk: Json) -> str:
    """Return the reason a chunk ends the answer with; empty when it does not."""
    reason = (choice_of(chunk) or chunk).get("finish_reason")
    return reason if isinstance(reason, str) else ""


def with_finish(chunk: Json, reason: str | None) -> Json:
    """Return the chunk with another finish reason."""
    choice = choice_of(chunk)
    return (
        {**chunk, "finish_reason": reason}
        if choice is None
        else with_choice(chunk, {**choice, "finish_reason": reason})
    )


def tool_calls_of(chunk: Json) -> list[Json]:
    """Return the tool calls, or the pieces of them, that a chunk carries."""
    choice = choice_of(chunk)
    calls = (_delta(choice) if choice else chunk).get("tool_calls")
    return [call for call in calls if isinstance(call, dict)] if isinstance(calls, list) else []


def with_tool_calls(chunk: Json, calls: list[Json]) -> Json:
    """Return the chunk with other tool calls."""
    choice = choice_of(chunk)
    if choice is None:
        return {**chunk, "tool_calls": calls}
    return with_choice(chunk, {**choice, "delta": {**_delta(choice), "tool_calls": calls}})


def call_index_of(call: Json) -> int:
    """Return the place among the tool calls that a call's delta belongs to; the first where it says none."""
    index = call.get("index", 0)
    return index if isinstance(index, int) else 0


def arguments_of(call: Json) -> str:
    """Return the piece of arguments text that a tool call's delta carries."""
    function = call.get("function")
    text = function.get("arguments") if isinstance(function, dict) else None
    return text if isinstance(text, str) else ""


def with_arguments(call: Json, text: str) -> Json:
    """Return the tool call's delta with other arguments text."""
    return {**call, "function": {**call["function"], "arguments": text}}


def frame_of(chunk: Json) -> Json:
    """Return what every chunk of a stream repeats: id, object, created, model."""
    return {key: value for key, value in chunk.items() if key not in ("choices", "usage", "p")}


def index_of(chunk: Json) -> int:
    """Return the number of the choice that a chunk belongs to."""
    index = (choice_of(chunk) or {}).get("index", 0)
    return index if isinstance(index, int) else 0


def bare(chunk: Json, delta: Json) -> Json:
    """Return a chunk of the same dialect and the same choice that says nothing but this."""
    if is_native(chunk):
        return delta
    return {**frame_of(chunk), "choices": [{"index": index_of(chunk), "delta": delta, "finish_reason": None}]}


def delta_of(chunk: Json) -> Json:
    """Return the delta of the first choice of a chunk; empty where there is none."""
    return _delta(choice_of(chunk) or {})


def with_delta(chunk: Json, delta: Json) -> Json:
    """Return a chunk in the OpenAI dialect with another delta; one without a choice is left as it is."""
    choice = choice_of(chunk)
    return chunk if choice is None else with_choice(chunk, {**choice, "delta": delta})


def edit_choice(value: Json, edit: Callable[[Json], Json]) -> Json:
    """Edit every choice of a chunk or an answer in the OpenAI dialect; what has none is left as it is."""
    choices = value.get("choices")
    if not isinstance(choices, list) or not choices:
        return value
    return {**value, "choices": [edit(choice) if isinstance(choice, dict) else choice for choice in choices]}


def brings(chunk: Json) -> bool:
    """Whether a chunk adds text or a piece of a tool call to the answer."""
    return bool(text_of(chunk) or tool_calls_of(chunk))


def answer_of(reply: Reply) -> Json | None:
    """Return the JSON object a reply answers with; None for a stream and for anything else."""
    return None if reply.is_stream else load(reply.body_bytes)


def with_answer(reply: Reply, answer: object) -> Reply:
    """Put another JSON value into a reply."""
    return replace(reply, body=dump(answer))


def edit_core(answer: Json, edit: Callable[[Json], Json]) -> Json:
    """Edit the part of an answer that holds `choices` or `response`: its `result` where it has the v4 envelope."""
    result = answer.get("result")
    if isinstance(result, dict):
        return {**answer, "result": edit(result)}
    return edit(answer)


def edit_message(core: Json, edit: Callable[[Json, str], Json]) -> Json:
    """Edit what holds the text: `edit` gets the message and the key of its text (`content` or `response`)."""
    choice = choice_of(core)
    if choice is None:
        return edit(core, "response") if "response" in core else core
    message = choice.get("message")
    if not isinstance(message, dict):
        return core
    return with_choice(core, {**choice, "message": edit(message, "content")})


def _type_name(item: Event) -> bytes:
    """Return an event's name where it is that of its object's type, as in typed events; no chat has such a one."""
    named = _NAMED.search(item.raw)
    kind = str((chunk_of(item) or {}).get("type")).encode("utf-8", "replace") if named else b""
    return kind if named and kind == named.group(1) else b""


def _written(data: bytes, wait_s: float, *, name: bytes) -> Event:
    return Event((b"event: %b\n" % name if name else b"") + event(data).raw, wait_s)


def _delta(choice: Json) -> Json:
    delta = choice.get("delta")
    return delta if isinstance(delta, dict) else {}
