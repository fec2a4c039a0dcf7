"""Faults of the marks that end a stream: the finish reason and the end mark, missing, doubled or followed by more.

The one rule: in the Messages and the Responses API the marks are theirs; what one of them does not have is not struck.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from fault_injection.chat import (
    Json,
    chunk_event,
    chunk_of,
    edited,
    finish_of,
    is_native,
    text_of,
    with_finish,
    with_text,
)
from fault_injection.dialects.known import in_order, spoken, spoken_in
from fault_injection.dialects.typed import typed_event
from fault_injection.fault import Law, Turn, param
from fault_injection.reply import Reply, event
from fault_injection.stream import ENDS, StreamFault, answer_place, data_places, done_place, ended, inserted

_DONE = event("[DONE]")


@dataclass(frozen=True, kw_only=True)
class NoDone(StreamFault):
    """The end mark (`[DONE]`, `message_stop`, `response.completed`) and whatever follows it are missing."""

    id: ClassVar[str] = "sse.no_done"
    law: ClassVar[Law] = Law.PREFIX
    end: str = param("clean", "how the connection ends, without notice; clean keeps the framing whole", choices=ENDS)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        place = done_place(reply.events)
        return reply if place is None else ended(reply, reply.events[:place], self.end)


@dataclass(frozen=True, kw_only=True)
class FinishWithoutDone(StreamFault):
    """The stream ends right after its finish reason: what should follow, usage and the end mark, is missing.

    The Responses API tells both in one event, so none of its streams is struck.
    """

    id: ClassVar[str] = "sse.finish_without_done"
    law: ClassVar[Law] = Law.PREFIX
    end: str = param("clean", "how the connection ends, without notice; clean keeps the framing whole", choices=ENDS)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        chunks = [chunk_of(item) for item in reply.events]
        place = next((index for index, chunk in enumerate(chunks) if chunk and _finishes(chunk)), None)
        if place is None or place + 1 == len(chunks):
            return reply
        return ended(reply, reply.events[: place + 1], self.end)


@dataclass(frozen=True, kw_only=True)
class DoneWithoutFinish(StreamFault):
    """The stream ends with its end mark but has no finish reason.

    The Responses API tells both in one event, so none of its streams is struck.
    """

    id: ClassVar[str] = "sse.done_without_finish"
    law: ClassVar[Law] = Law.OTHER_BYTES

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        return replace(reply, body=edited(reply.events, lambda chunk: _with_reason(chunk, None)))


@dataclass(frozen=True, kw_only=True)
class DoneTwice(StreamFault):
    """The end mark comes twice."""

    id: ClassVar[str] = "sse.done_twice"
    law: ClassVar[Law] = Law.OTHER_BYTES

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        place = done_place(reply.events)
        if place is None:
            return reply
        mark = reply.events[place]
        again = _DONE if mark.is_done else replace(mark, wait_s=0.0)
        return replace(reply, body=in_order(inserted(reply.events, place + (not mark.is_done), again)))


@dataclass(frozen=True, kw_only=True)
class DataAfterDone(StreamFault):
    """More text follows the end mark."""

    id: ClassVar[str] = "sse.data_after_done"
    law: ClassVar[Law] = Law.OTHER_BYTES
    count: int = param(1, "how many events", unit="events", low=1, high=10_000)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        place = done_place(reply.events)
        if place is None:
            return reply
        api = spoken(reply.events)
        text_in, reworded, written = (
            (text_of, with_text, chunk_event) if api is None else (api.text_of, api.with_text, typed_event)
        )
        texts = [chunk for chunk in map(chunk_of, reply.events) if chunk and text_in(chunk)]
        if api is not None and not texts:
            return reply
        model = texts[-1] if texts else {"response": ""}
        late = [written(reworded(model, f" after-done-{number}")) for number in range(self.count)]
        return replace(reply, body=in_order(inserted(reply.events, place + 1, *late)))


@dataclass(frozen=True, kw_only=True)
class FinishUnknown(StreamFault):
    """The finish reason is an unknown word; a stream without one gets it on its last text.

    The Responses API has reasons of incomplete responses alone, so its answers become incomplete.
    """

    id: ClassVar[str] = "sse.finish_unknown"
    law: ClassVar[Law] = Law.OTHER_BYTES
    reason: str = param("model_length", "the word")

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        chunks = [chunk_of(item) for item in reply.events]
        if spoken(reply.events) is not None or any(chunk and finish_of(chunk) for chunk in chunks):
            return replace(reply, body=edited(reply.events, lambda chunk: _with_reason(chunk, self.reason)))
        place = answer_place(reply.events, len(data_places(reply.events)))
        last = None if place is None else chunks[place]
        if place is None or last is None or not is_native(last):
            return reply
        finish = chunk_event({"response": "", "finish_reason": self.reason})
        return replace(reply, body=inserted(reply.events, place + 1, finish))


def _finishes(chunk: Json) -> bool:
    api = spoken_in(chunk)
    return bool(finish_of(chunk)) if api is None else api.finishes(chunk)


def _with_reason(chunk: Json, reason: str | None) -> Json:
    """Return a chunk that says why the answer ended with another reason; any other as it is."""
    api = spoken_in(chunk)
    if api is not None:
        return api.with_reason(chunk, reason)
    return with_finish(chunk, reason) if finish_of(chunk) else chunk
