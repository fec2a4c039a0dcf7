"""Faults in the choices of chunks: none, one with a role alone, or one that nobody asked for.

The one rule: the text of the answer itself stays what it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from fault_injection.chat import (
    Json,
    choice_of,
    chunk_event,
    chunk_of,
    frame_of,
    is_chat,
    is_native,
    with_choice,
    with_chunk,
)
from fault_injection.fault import Law, Turn, param
from fault_injection.reply import Reply
from fault_injection.stream import StreamFault, answer_place, inserted, replaced

_MANY = 1_000_000


@dataclass(frozen=True, kw_only=True)
class EmptyChoicesChunk(StreamFault):
    """A chunk with no choice in it (natively: with nothing but padding) comes in the stream."""

    id: ClassVar[str] = "sse.empty_choices_chunk"
    law: ClassVar[Law] = Law.SAME_MEANING
    kind: str = param("empty", "what stands where the choices belong", choices=("empty", "null", "missing"))
    at: int = param(0, "before which data event, from 0; clamped to the last before [DONE]", low=0, high=_MANY)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        place = answer_place(reply.events, self.at)
        chunk = None if place is None else chunk_of(reply.events[place])
        if place is None or chunk is None:
            return reply
        empty: Json = {"tool_calls": [], "p": "abdefgh"}
        if not is_native(chunk):
            # A filter's verdict on the prompt is what comes so (Azure OpenAI), and a server's own timings.
            empty = {**frame_of(chunk), "prompt_filter_results": [], **self._choices()}
        return replace(reply, body=inserted(reply.events, place, chunk_event(empty)))

    def _choices(self) -> Json:
        return {} if self.kind == "missing" else {"choices": [] if self.kind == "empty" else None}


@dataclass(frozen=True, kw_only=True)
class RoleOnlyFirst(StreamFault):
    """The stream starts with a chunk that gives the role and no text."""

    id: ClassVar[str] = "sse.role_only_first"
    law: ClassVar[Law] = Law.SAME_MEANING

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        place = answer_place(reply.events, 0)
        chunk = None if place is None else chunk_of(reply.events[place])
        if place is None or chunk is None or not is_chat(chunk):
            return reply
        delta = {"role": "assistant", "content": ""}
        choice = {"index": 0, "delta": delta, "finish_reason": None}
        first: Json = {"response": ""} if is_native(chunk) else {**frame_of(chunk), "choices": [choice]}
        return replace(reply, body=inserted(reply.events, place, chunk_event(first)))


@dataclass(frozen=True, kw_only=True)
class WrongIndex(StreamFault):
    """One chunk belongs to a choice that nobody asked for."""

    id: ClassVar[str] = "sse.wrong_index"
    law: ClassVar[Law] = Law.OTHER_BYTES
    at: int = param(1, "which data event, from 0; clamped to the last before [DONE]", low=0, high=_MANY)
    index: int = param(7, "the choice's number", low=-1, high=_MANY)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        place = answer_place(reply.events, self.at)
        chunk = None if place is None else chunk_of(reply.events[place])
        choice = choice_of(chunk) if chunk else None
        if place is None or chunk is None or choice is None:
            return reply
        wrong = with_choice(chunk, {**choice, "index": self.index})
        return replace(reply, body=replaced(reply.events, place, with_chunk(reply.events[place], wrong)))
