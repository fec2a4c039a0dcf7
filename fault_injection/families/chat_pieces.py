"""How an answer is cut into pieces and written down: where its text ends, how tool calls come, how JSON is spelled.

The one rule: OpenAI's reference says what is said and not in which pieces; whoever puts the pieces together in any way
that it allows has the same answer (OpenAI API reference: the chat completion chunk object; RFC 8259 §2, §7).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final

from fault_injection.chat import (
    Json,
    answer_of,
    arguments_of,
    bare,
    brings,
    choice_of,
    chunk_event,
    delta_of,
    dump,
    edit_choice,
    finish_of,
    index_of,
    is_native,
    text_of,
    tool_calls_of,
    with_chunk,
    with_delta,
    with_finish,
    with_text,
)
from fault_injection.fault import Fault, Turn, param
from fault_injection.form import FormFault, Said
from fault_injection.reply import Event, Reply, event

_WIDE: Final = re.compile("[\U00010000-\U0010ffff]")


@dataclass(frozen=True, kw_only=True)
class Finish(FormFault):
    """The finish reason stands beside the last piece of text or of a tool call, or is not in the last chunk alone."""

    id: ClassVar[str] = "chat.finish"
    looks_ahead: ClassVar[bool] = True
    place: str = param(
        "beside",
        "beside the last piece, beside it and the token usage, before a chunk that adds nothing, in two chunks, or in "
        "every chunk with text",
        choices=("beside", "with-usage", "then-empty", "twice", "every"),
    )

    def on_stream(self, said: list[Said]) -> Iterator[Event]:
        chunks = [chunk or {} for _, chunk in said]
        moved = self._moves(chunks)
        into = {to: since for since, to in moved.items()}
        usage_at = self._usage_at(chunks) if moved else None
        usage = {} if usage_at is None else {"usage": chunks[usage_at]["usage"]}
        reasons = {index_of(chunk): finish_of(chunk) for chunk in chunks if finish_of(chunk)}
        for at, (item, _) in enumerate(said):
            if at in into:
                late = replace(item, wait_s=said[into[at]][0].wait_s + item.wait_s)
                yield with_chunk(late, {**_joined(chunks[into[at]], chunks[at]), **usage})
            elif at not in moved and at != usage_at:
                yield from self._around(item, chunks[at], reasons)

    def _around(self, item: Event, chunk: Json, reasons: dict[int, str]) -> Iterator[Event]:
        """Yield an event that stays where it is, and what comes behind it."""
        if self.place == "every" and text_of(chunk) and index_of(chunk) in reasons:
            item = with_chunk(item, with_finish(chunk, reasons[index_of(chunk)]))
        yield item
        if self.place == "then-empty" and finish_of(chunk):
            yield chunk_event({"response": ""} if is_native(chunk) else bare(chunk, {"content": ""}))
        elif self.place == "twice" and finish_of(chunk):
            yield replace(item, wait_s=0.0)

    def _moves(self, chunks: list[Json]) -> dict[int, int]:
        """Return where the last piece of each choice stands, and where it goes."""
        if self.place not in ("beside", "with-usage"):
            return {}
        last: dict[int, int] = {}
        moves: dict[int, int] = {}
        for at, chunk in enumerate(chunks):
            index = index_of(chunk)
            if brings(chunk) and not finish_of(chunk):
                last[index] = at
            elif index in last and finish_of(chunk) and not brings(chunk):
                piece = last.pop(index)
                if is_native(chunks[piece]) is is_native(chunk):  # no chunk speaks both dialects
                    moves[piece] = at
        if not moves and self.place == "with-usage":
            # The native dialect names no `stop`: there the usage is what comes last.
            told = [at for at, chunk in enumerate(chunks) if is_native(chunk) and chunk.get("usage")]
            moves = {last[0]: told[-1]} if told and 0 in last and last[0] < told[-1] else {}
        return moves

    def _usage_at(self, chunks: list[Json]) -> int | None:
        """Return where an event stands that tells the usage and nothing else, when it is to be told elsewhere."""
        if self.place != "with-usage":
            return None
        alone = [
            at for at, chunk in enumerate(chunks) if chunk.get("usage") and not brings(chunk) and not finish_of(chunk)
        ]
        finishes = any(finish_of(chunk) for chunk in chunks)
        return alone[-1] if alone and finishes else None


def _joined(piece: Json, end: Json) -> Json:
    """Return the chunk that ends the answer with the last piece of it."""
    if is_native(end):
        return {**piece, **{key: value for key, value in end.items() if key != "response"}}
    return with_delta(end, {**delta_of(piece), **delta_of(end)})


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
                calls.setdefault(told.get("index", 0), _Call()).take(told)
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
            return {key: value for key, value in opening.items() if key != "id"}
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
        return {key: value for key, value in chunk.items() if key != "tool_calls"}
    return with_delta(chunk, {key: value for key, value in delta_of(chunk).items() if key != "tool_calls"})


@dataclass(frozen=True, kw_only=True)
class Halves(FormFault):
    """A character outside the basic plane is escaped as two halves, and the two come in two chunks (RFC 8259 §7)."""

    id: ClassVar[str] = "chat.halves"

    def on_stream(self, said: list[Said]) -> Iterator[Event]:
        for item, chunk in said:
            text = text_of(chunk) if chunk else ""
            wide = _WIDE.search(text)
            if chunk is None or wide is None or finish_of(chunk) or chunk.get("usage"):
                yield item
                continue
            high, low = _halves(wide.group())
            yield with_chunk(item, with_text(chunk, text[: wide.start()] + high))
            rest = with_text(_only_text(chunk), low + text[wide.end() :])
            yield chunk_event(rest)


def _halves(character: str) -> tuple[str, str]:
    raw = character.encode("utf-16-be")
    return raw[:2].decode("utf-16-be", "surrogatepass"), raw[2:].decode("utf-16-be", "surrogatepass")


def _only_text(chunk: Json) -> Json:
    """Return the chunk without what may be said once only: a role, tool calls, log probabilities."""
    if is_native(chunk):
        return {key: value for key, value in chunk.items() if key != "tool_calls"}
    return edit_choice(
        with_delta(chunk, {}), lambda choice: {key: it for key, it in choice.items() if key != "logprobs"}
    )


@dataclass(frozen=True, kw_only=True)
class Spelling(FormFault):
    """The same JSON is written in another way that RFC 8259 allows, in every event and in whole bodies."""

    id: ClassVar[str] = "chat.spelling"
    kind: str = param(
        "spaced",
        "white space between tokens, keys in another order, every character escaped, slashes escaped, or each key of "
        "the outermost object twice with one value",
        choices=("spaced", "reordered", "escaped", "slashes", "repeated"),
    )

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        if reply.is_stream:
            return super().apply(reply, turn)
        answer = answer_of(reply)
        return reply if answer is None else replace(reply, body=self._spelled(answer))

    def on_stream(self, said: list[Said]) -> Iterator[Event]:
        for item, chunk in said:
            yield item if chunk is None else event(self._spelled(chunk), item.wait_s)

    def _spelled(self, value: Json) -> bytes:
        match self.kind:
            case "spaced":
                return b" " + json.dumps(value, ensure_ascii=False, separators=(" ,\t", "  : ")).encode(
                    "utf-8", "surrogatepass"
                )
            case "reordered":
                return dump(_reordered(value))
            case "escaped":
                return _STRING.sub(_escaped, json.dumps(value, separators=(",", ":"))).encode()
            case "slashes":
                return dump(value).replace(b"/", b"\\/")
            case _:
                inner = dump(value)[1:-1]
                return b"{" + inner + b"," + inner + b"}" if inner else b"{}"


_STRING: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')


def _escaped(found: re.Match[str]) -> str:
    return '"' + "".join(f"\\u{ord(unit):04x}" for unit in _units(json.loads(found.group()))) + '"'


def _units(text: str) -> str:
    """Return text as the code units of UTF-16, each a character."""
    raw = text.encode("utf-16-be", "surrogatepass")
    return "".join(chr(int.from_bytes(raw[at : at + 2], "big")) for at in range(0, len(raw), 2))


def _reordered(value: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        return {key: _reordered(value[key]) for key in reversed(value)}
    return [_reordered(item) for item in value] if isinstance(value, list) else value


FAULTS: tuple[type[Fault], ...] = (Finish, ToolCalls, Halves, Spelling)
