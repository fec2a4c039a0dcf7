"""Faults in the tool calls of a stream: arguments in tiny pieces or broken, and a last call of nulls.

The one rule: only the arguments suffer; which tool is called stays clear.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from fault_injection.chat import (
    Json,
    arguments_of,
    bare,
    call_index_of,
    chunk_event,
    chunk_of,
    tool_calls_of,
    with_arguments,
    with_chunk,
    with_tool_calls,
)
from fault_injection.fault import Law, Turn, param
from fault_injection.reply import Event, Reply, event
from fault_injection.stream import Events, StreamFault, inserted, replaced


@dataclass(frozen=True, kw_only=True)
class ToolArgsSplit(StreamFault):
    """The arguments of every tool call come in pieces of a few characters, one event each."""

    id: ClassVar[str] = "sse.tool_args_split"
    law: ClassVar[Law] = Law.SAME_MEANING
    characters: int = param(1, "length of a piece", unit="characters", low=1, high=10_000)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        out: list[Event] = []
        for item in reply.events:
            chunk = chunk_of(item)
            calls = tool_calls_of(chunk) if chunk else []
            if chunk is None or not any(len(arguments_of(call)) > self.characters for call in calls):
                out.append(item)
                continue
            heads = [with_arguments(call, "") if arguments_of(call) else call for call in calls]
            out.append(with_chunk(item, with_tool_calls(chunk, heads)))
            out += (chunk_event(_delta_like(chunk, call, text)) for call in calls for text in self._pieces(call))
        return replace(reply, body=tuple(out))

    def _pieces(self, call: Json) -> list[str]:
        text = arguments_of(call)
        return [text[start : start + self.characters] for start in range(0, len(text), self.characters)]


@dataclass(frozen=True, kw_only=True)
class ToolArgsBroken(StreamFault):
    """The arguments of the last tool call, or one event within them, are not JSON."""

    id: ClassVar[str] = "sse.tool_args_broken"
    law: ClassVar[Law] = Law.OTHER_BYTES
    looks_ahead: ClassVar[bool] = True
    kind: str = param(
        "truncated",
        "their end is missing, they never were JSON, or an event with a part of a text among them cannot be read",
        choices=("truncated", "not-json", "garbled"),
    )

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        if self.kind == "garbled":
            return replace(reply, body=_garbled(reply.events))
        for place in range(len(reply.events) - 1, -1, -1):
            chunk = chunk_of(reply.events[place])
            calls = tool_calls_of(chunk) if chunk else []
            if chunk is None or not any(map(arguments_of, calls)):
                continue
            spoiled = [with_arguments(call, self._spoiled(arguments_of(call))) for call in calls if arguments_of(call)]
            item = with_chunk(reply.events[place], with_tool_calls(chunk, spoiled))
            return replace(reply, body=replaced(reply.events, place, item))
        return reply

    def _spoiled(self, text: str) -> str:
        return text[: len(text) // 2] if self.kind == "truncated" else "not json"


_STRING: Final = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*:)?')
_PLAIN: Final = re.compile(r'[^"\\]{2,}')


def _garbled(events: Events) -> Events:
    """Spoil an event within the arguments of one call, without which they still are JSON."""
    pieces: dict[int, str] = {}
    for item in events:
        for call in tool_calls_of(chunk_of(item) or {}):
            index = call_index_of(call)
            pieces[index] = pieces.get(index, "") + arguments_of(call)
    cuts = {index: cut for index, text in pieces.items() if (cut := _inner(text))}
    if not cuts:
        return events
    struck = max(cuts)
    out: list[Event] = []
    for item in events:
        chunk = chunk_of(item)
        calls = tool_calls_of(chunk) if chunk else []
        mine = [call for call in calls if call_index_of(call) == struck and arguments_of(call)]
        if chunk is None or not mine:
            out.append(item)
            continue
        rest = [with_arguments(call, "") if call in mine else call for call in calls]
        out.append(with_chunk(item, with_tool_calls(chunk, rest)))
        if struck in cuts:
            start, end = cuts.pop(struck)
            whole = pieces[struck]
            texts = (whole[:start], whole[start:end], whole[end:])
            first, spoilt, last = (chunk_event(_delta_like(chunk, mine[0], text)) for text in texts)
            out += [first, event(spoilt.data[: len(spoilt.data) * 3 // 4]), last]
    return tuple(out)


def _inner(arguments: str) -> tuple[int, int] | None:
    """Return where a part of a text stands that may go without the rest being no JSON any more."""
    for string in _STRING.finditer(arguments):
        plain = _PLAIN.search(arguments, string.start(1), string.end(1))
        if plain and not string.group(2):  # a key that lost a part would be another key
            return plain.start() + 1, plain.end()
    return None


@dataclass(frozen=True, kw_only=True)
class NullFinalToolCall(StreamFault):
    """A tool call of nulls follows the last real one, as Workers AI closes them; a reader must skip it."""

    id: ClassVar[str] = "sse.null_final_tool_call"
    law: ClassVar[Law] = Law.SAME_MEANING
    looks_ahead: ClassVar[bool] = True

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        for place in range(len(reply.events) - 1, -1, -1):
            chunk = chunk_of(reply.events[place])
            calls = tool_calls_of(chunk) if chunk else []
            if chunk is None or not calls:
                continue
            nulls = {"id": None, "type": None, "index": call_index_of(calls[-1])}
            sentinel = {**nulls, "function": {"name": None, "arguments": ""}}
            extra = chunk_event(bare(chunk, {"tool_calls": [sentinel]}))
            return replace(reply, body=inserted(reply.events, place + 1, extra))
        return reply


def _delta_like(chunk: Json, call: Json, text: str) -> Json:
    return bare(chunk, {"tool_calls": [{"index": call_index_of(call), "function": {"arguments": text}}]})
