"""Text and JSON written down in another way that RFC 8259 allows (§2, §7).

The one rule: a reader of JSON sees no difference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

from fault_injection.chat import (
    Json,
    answer_of,
    chunk_event,
    dump,
    edit_choice,
    finish_of,
    is_native,
    text_of,
    with_chunk,
    with_delta,
    with_text,
    without,
)
from fault_injection.fault import Turn, param
from fault_injection.form import FormFault, Said
from fault_injection.reply import Event, Reply, event

_WIDE: Final = re.compile("[\U00010000-\U0010ffff]")


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
        return without(chunk, "tool_calls")
    return edit_choice(with_delta(chunk, {}), lambda choice: without(choice, "logprobs"))


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
