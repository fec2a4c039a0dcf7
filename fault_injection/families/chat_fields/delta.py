"""Deltas that carry no text: the role in some other chunk, and chunks that add nothing.

The one rule: put together, the deltas are the same message.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from fault_injection.chat import (
    Json,
    bare,
    brings,
    choice_of,
    chunk_event,
    delta_of,
    edit_choice,
    index_of,
    is_native,
    with_chunk,
    with_delta,
    without,
)
from fault_injection.fault import param
from fault_injection.form import FormFault, Said
from fault_injection.reply import Event


@dataclass(frozen=True, kw_only=True)
class Role(FormFault):
    """The role of the message comes late, repeatedly, with no text beside it, or not at all."""

    id: ClassVar[str] = "chat.role"
    kind: str = param(
        "no-content",
        "alone and without the key of the text, with a null or an empty text, in every chunk, empty or null in all but "
        "the first, in the second chunk, or never",
        choices=("no-content", "null-content", "empty-content", "every", "empty", "null", "late", "never"),
    )

    def on_stream(self, said: list[Said]) -> Iterator[Event]:
        seen: dict[int, int] = {}
        for item, chunk in said:
            if chunk is None or choice_of(chunk) is None:
                yield item
                continue
            index = index_of(chunk)
            number = seen[index] = seen.get(index, 0) + 1
            if number == 1 and self.kind.endswith("-content"):
                if brings(chunk):
                    yield chunk_event(bare(chunk, self._opening()))
                    yield item
                else:
                    opening = {**without(delta_of(chunk), "content"), **self._opening()}
                    yield with_chunk(item, with_delta(chunk, opening))
            else:
                yield with_chunk(item, with_delta(chunk, self._named(delta_of(chunk), number)))

    def _opening(self) -> Json:
        if self.kind == "no-content":
            return {"role": "assistant"}
        return {"role": "assistant", "content": None if self.kind == "null-content" else ""}

    def _named(self, delta: Json, number: int) -> Json:
        match self.kind:
            case "every":
                return {"role": "assistant", **delta}
            case "empty" | "null" if number > 1:
                return {**delta, "role": "" if self.kind == "empty" else None}
            case "late":
                return {**without(delta, "role"), **({"role": "assistant"} if number == 2 else {})}
            case "never":
                return without(delta, "role")
            case _:
                return delta


@dataclass(frozen=True, kw_only=True)
class EmptyDelta(FormFault):
    """Chunks that add nothing come between those with text: without the text's key, with a null, or with no delta."""

    id: ClassVar[str] = "chat.empty_delta"
    kind: str = param(
        "empty",
        "what the chunk has where the text belongs: an empty text, null, no key at all, a null delta, or no delta",
        choices=("empty", "null", "missing", "null-delta", "no-delta"),
    )

    def on_stream(self, said: list[Said]) -> Iterator[Event]:
        number = 0
        for item, chunk in said:
            yield item
            if chunk is None or not brings(chunk):
                continue
            number += 1
            if number % 2:
                yield chunk_event(self._empty(chunk))

    def _empty(self, chunk: Json) -> Json:
        key = "response" if is_native(chunk) else "content"
        told: Json = {key: "" if self.kind == "empty" else None} if self.kind in ("empty", "null") else {}
        if is_native(chunk):
            return {**told, "tool_calls": [], "p": "abdef"}
        new = bare(chunk, told)
        if self.kind not in ("null-delta", "no-delta"):
            return new
        return edit_choice(
            new, lambda choice: {**without(choice, "delta"), **({"delta": None} if self.kind == "null-delta" else {})}
        )
