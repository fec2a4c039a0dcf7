"""Tool calls in other pieces than a call's name first and its arguments one by one.

The one rule: put together by their index, they are the same calls.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import ClassVar

from fault_injection.chat import (
    Json,
    arguments_of,
    bare,
    call_index_of,
    choice_of,
    chunk_event,
    delta_of,
    dump,
    finish_of,
    index_of,
    is_native,
    text_of,
    tool_calls_of,
    with_chunk,
    with_delta,
    without,
)
from fault_injection.fault import param
from fault_injection.form import FormFault, Said
from fault_injection.reply import Event


@dataclass(slots=True)
class _Call:
    """One tool call as it was put together, and the pieces of its arguments."""

    call_id: str = ""
    name: str = ""
    pieces: list[str] = field(default_factory=list)

    def take(self, told: Json) -> None:
        function = told.get("function")
        self.call_id = self.call_id or str(told.get("id") or "")
        self.name = self.name or str((function if isinstance(function, dict) else {}).get("name") or "")
        self.pieces += [arguments_of(told)] if arguments_of(told) else []

    def cut(self) -> list[str]:
        """Return the arguments in one piece at least, in two where they have two characters."""
        text = "".join(self.pieces)
        half = len(text) // 2
        return self.pieces if len(self.pieces) > 1 else [text[:half], text[half:]] if half else [text]


@dataclass(frozen=True, kw_only=True)
class ToolCalls(FormFault):
    """Tool calls come in other pieces: whole, with a late id or name, with both again and again, or interleaved."""

    id: ClassVar[str] = "chat.tool_calls"
    looks_ahead: ClassVar[bool] = True
    cut: str = param(
        "whole",
        "each call whole in one chunk, all calls whole in one chunk, all arguments in one piece, the id or the name "
        "with the first arguments only, both in every piece, both null or empty in later pieces, or calls interleaved",
        choices=(
            "whole",
            "together",
            "one-piece",
            "id-late",
            "name-late",
            "repeated",
            "nulls",
            "empty",
            "interleaved",
        ),
    )

    def on_stream(self, said: list[Said]) -> Iterator[Event]:
        calls: dict[int, _Call] = {}
        places = [at for at, (_, chunk) in enumerate(said) if chunk and tool_calls_of(chunk)]
        owners = {index_of(chunk) for _, chunk in said if chunk and choice_of(chunk)}
        whole = [chunk for _, chunk in said if chunk and any("function" not in call for call in tool_calls_of(chunk))]
        if not places or len(owners) > 1 or whole:
            yield from (item for item, _ in said)
            return
        for at in places:
            for told in tool_calls_of(said[at][1] or {}):
                calls.setdefault(call_index_of(told), _Call()).take(told)
        model = said[places[0]][1] or {}
        for at, (item, chunk) in enumerate(said):
            if at == places[0]:
                for number, deltas in enumerate(self._cut(calls)):
                    new = bare(model, {"tool_calls": deltas})
                    yield with_chunk(item, new) if not number else chunk_event(new)
            if at not in places:
                yield item
            elif chunk and (finish_of(chunk) or text_of(chunk)):
                yield with_chunk(replace(item, wait_s=0.0), _without_calls(chunk))

    def on_answer(self, answer: Json) -> Json:
        """Native calls, which are flat and whole, come in OpenAI's shape, as those of some models do."""
        flat = tool_calls_of(answer) if is_native(answer) else []
        if self.cut != "whole" or not flat or any("function" in call for call in flat):
            return answer
        return {**answer, "tool_calls": [_shaped(at, call) for at, call in enumerate(flat)]}

    def _cut(self, calls: dict[int, _Call]) -> Iterator[list[Json]]:
        whole = [[_piece(index, call, "".join(call.pieces))] for index, call in calls.items()]
        if self.cut == "whole":
            yield from whole
            return
        if self.cut == "together":
            yield [told for (told,) in whole]
            return
        rows = [[self._first(index, call), *self._later(index, call)] for index, call in calls.items()]
        if self.cut != "interleaved":
            yield from ([told] for row in rows for told in row)
            return
        for at in range(max(map(len, rows))):
            yield from ([row[at]] for row in rows if at < len(row))

    def _first(self, index: int, call: _Call) -> Json:
        opening = _piece(index, call, "")
        if self.cut == "id-late":
            return without(opening, "id")
        return {**opening, "function": {"arguments": ""}} if self.cut == "name-late" else opening

    def _later(self, index: int, call: _Call) -> Iterator[Json]:
        pieces = ["".join(call.pieces)] if self.cut == "one-piece" else call.cut()
        for number, text in enumerate(pieces):
            told: Json = {"index": index, "function": {"arguments": text}}
            match self.cut:
                case "id-late" if not number:
                    yield {**told, "id": call.call_id}
                case "name-late" if not number:
                    yield {**told, "function": {"name": call.name, "arguments": text}}
                case "repeated":
                    yield _piece(index, call, text)
                case "nulls":
                    yield {**told, "id": None, "type": None, "function": {"name": None, "arguments": text}}
                case "empty":
                    yield {**told, "id": "", "function": {"name": "", "arguments": text}}
                case _:
                    yield told


def _piece(index: int, call: _Call, arguments: str) -> Json:
    function = {"name": call.name, "arguments": arguments}
    return {"index": index, "id": call.call_id, "type": "function", "function": function}


def _shaped(index: int, call: Json) -> Json:
    arguments = dump(call.get("arguments")).decode()
    return {"id": f"call_{index}", "type": "function", "function": {"name": call.get("name"), "arguments": arguments}}


def _without_calls(chunk: Json) -> Json:
    if is_native(chunk):
        return without(chunk, "tool_calls")
    return with_delta(chunk, without(delta_of(chunk), "tool_calls"))
