"""The finish reason at another place than in the last chunk alone.

The one rule: every piece of the answer still comes, each in its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from fault_injection.chat import (
    Json,
    bare,
    brings,
    chunk_event,
    delta_of,
    finish_of,
    index_of,
    is_native,
    text_of,
    with_chunk,
    with_delta,
    with_finish,
    without,
)
from fault_injection.fault import param
from fault_injection.form import FormFault, Said
from fault_injection.reply import Event


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
        return {**piece, **without(end, "response")}
    return with_delta(end, {**delta_of(piece), **delta_of(end)})
