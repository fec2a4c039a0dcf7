"""Faults at the end of an event stream: cut short, without its marks, past its marks, or ended by an error in it.

The one rule: a cut always loses something; the last event never gets through one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from fault_injection.chat import chunk_event, chunk_of, edited, finish_of, is_native, text_of, with_finish, with_text
from fault_injection.cloudflare_errors import ai_error
from fault_injection.fault import Fault, Law, Turn, param
from fault_injection.reply import Event, Reply, event
from fault_injection.stream import (
    ENDS,
    Events,
    StreamFault,
    answer_place,
    cut_events,
    data_places,
    done_place,
    ended,
    first_lost,
    inserted,
)

_MANY = 1_000_000
_DONE = event("[DONE]")
_AFTER = "data events that get through; clamped so that one is lost"


@dataclass(frozen=True, kw_only=True)
class Truncate(StreamFault):
    """The stream stops after a number of events: between two, inside one, or inside a character."""

    id: ClassVar[str] = "sse.truncate"
    law: ClassVar[Law] = Law.PREFIX
    after: int = param(1, _AFTER, unit="events", low=0, high=_MANY)
    at: str = param(
        "boundary",
        "where the next event is cut; without a multi-byte character from there on, mid-utf8 is mid-event",
        choices=("boundary", "mid-event", "mid-utf8"),
    )
    end: str = param("fin", "how the connection ends, without notice; clean keeps the framing whole", choices=ENDS)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        place = first_lost(reply.events, self.after)
        start = sum(len(item.raw) for item in reply.events[:place])
        return ended(reply, cut_events(reply.events, start + self._inside(reply.events[place:], start)), self.end)

    def _inside(self, lost: Events, start: int) -> int:
        """How many bytes behind the boundary the cut lands."""
        if self.at == "boundary":
            return 0
        raw = b"".join(item.raw for item in lost)
        if self.at == "mid-utf8":
            wide = next((place for place, byte in enumerate(raw) if byte >= 0xC0), None)
            if wide is not None:
                return wide + 1
        return len(lost[0].raw) // 2


@dataclass(frozen=True, kw_only=True)
class CutAtByte(StreamFault):
    """The stream stops after a number of bytes of its body, wherever that is."""

    id: ClassVar[str] = "sse.cut_at_byte"
    law: ClassVar[Law] = Law.PREFIX
    at_byte: int = param(0, "bytes let through; clamped so that one is lost", unit="bytes", low=0, high=1 << 30)
    end: str = param("fin", "how the connection ends, without notice; clean keeps the framing whole", choices=ENDS)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        keep = min(self.at_byte, max(0, len(reply.body_bytes) - 1))
        return ended(reply, cut_events(reply.events, keep), self.end)


@dataclass(frozen=True, kw_only=True)
class NoDone(StreamFault):
    """The `[DONE]` mark and whatever follows it are missing."""

    id: ClassVar[str] = "sse.no_done"
    law: ClassVar[Law] = Law.PREFIX
    end: str = param("clean", "how the connection ends, without notice; clean keeps the framing whole", choices=ENDS)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        place = done_place(reply.events)
        return reply if place is None else ended(reply, reply.events[:place], self.end)


@dataclass(frozen=True, kw_only=True)
class FinishWithoutDone(StreamFault):
    """The stream ends right after its finish reason: what should follow, usage and `[DONE]`, is missing."""

    id: ClassVar[str] = "sse.finish_without_done"
    law: ClassVar[Law] = Law.PREFIX
    end: str = param("clean", "how the connection ends, without notice; clean keeps the framing whole", choices=ENDS)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        chunks = [chunk_of(item) for item in reply.events]
        place = next((index for index, chunk in enumerate(chunks) if chunk and finish_of(chunk)), None)
        if place is None or place + 1 == len(chunks):
            return reply
        return ended(reply, reply.events[: place + 1], self.end)


@dataclass(frozen=True, kw_only=True)
class DoneWithoutFinish(StreamFault):
    """The stream ends with `[DONE]` but has no finish reason."""

    id: ClassVar[str] = "sse.done_without_finish"
    law: ClassVar[Law] = Law.OTHER_BYTES

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        return replace(
            reply, body=edited(reply.events, lambda chunk: with_finish(chunk, None) if finish_of(chunk) else chunk)
        )


@dataclass(frozen=True, kw_only=True)
class DoneTwice(StreamFault):
    """The `[DONE]` mark comes twice."""

    id: ClassVar[str] = "sse.done_twice"
    law: ClassVar[Law] = Law.OTHER_BYTES

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        place = done_place(reply.events)
        return reply if place is None else replace(reply, body=inserted(reply.events, place, _DONE))


@dataclass(frozen=True, kw_only=True)
class DataAfterDone(StreamFault):
    """More text follows the `[DONE]` mark."""

    id: ClassVar[str] = "sse.data_after_done"
    law: ClassVar[Law] = Law.OTHER_BYTES
    count: int = param(1, "how many events", unit="events", low=1, high=10_000)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        place = done_place(reply.events)
        if place is None:
            return reply
        texts = [chunk for chunk in map(chunk_of, reply.events) if chunk and text_of(chunk)]
        model = texts[-1] if texts else {"response": ""}
        late = [chunk_event(with_text(model, f" after-done-{number}")) for number in range(self.count)]
        return replace(reply, body=inserted(reply.events, place + 1, *late))


@dataclass(frozen=True, kw_only=True)
class NoFinalBlank(StreamFault):
    """The blank line after the last event is missing, so a standard reader discards that event."""

    id: ClassVar[str] = "sse.no_final_blank"
    law: ClassVar[Law] = Law.PREFIX

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        *rest, last = reply.events
        blank = b"\r\n" if last.raw.endswith(b"\r\n") else last.raw[-1:]
        return replace(reply, body=(*rest, replace(last, raw=last.raw.removesuffix(blank))))


@dataclass(frozen=True, kw_only=True)
class InbandError(StreamFault):
    """An error arrives as an event in the middle of the stream, after the status said 200."""

    id: ClassVar[str] = "sse.inband_error"
    law: ClassVar[Law] = Law.OTHER_BYTES
    after: int = param(1, _AFTER, unit="events", low=0, high=_MANY)
    shape: str = param(
        "openai",
        "an `error` object, Cloudflare's `errors`, an `event: error`, plain text; the stream ends there, or after a "
        "`[DONE]`, or continues as if nothing had happened",
        choices=("openai", "cloudflare", "event", "text", "error-then-done", "error-then-continue"),
    )
    message: str = param("Internal server error", "the error's text")

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        place = first_lost(reply.events, self.after)
        before, after = reply.events[:place], reply.events[place:]
        match self.shape:
            case "error-then-continue":
                tail: Events = after
            case "error-then-done":
                tail = (_DONE,)
            case _:
                tail = ()
        return replace(reply, body=(*before, self._event(), *tail))

    def _event(self) -> Event:
        error = {"error": {"message": self.message, "type": "server_error", "code": 500}}
        match self.shape:
            case "cloudflare":
                return event(ai_error(3007, f"AiError: {self.message}"))
            case "event":
                return Event(b"event: error\n" + chunk_event(error).raw)
            case "text":
                # A line end in the message would end the event's line.
                return event("AiError: " + " ".join(self.message.split()).encode("utf-8", "replace").decode())
            case _:
                return chunk_event(error)


@dataclass(frozen=True, kw_only=True)
class Endless(StreamFault):
    """The stream repeats its last text without end, like a model caught in a loop."""

    id: ClassVar[str] = "sse.endless"
    law: ClassVar[Law] = Law.OTHER_BYTES
    wait_s: float = param(0.02, "silence before each", unit="s", low=0, high=600)
    count: int = param(50, "how often, before the connection ends without notice", unit="events", low=1, high=_MANY)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        chunks = [chunk_of(item) for item in reply.events]
        place = max((at for at, chunk in enumerate(chunks) if chunk and text_of(chunk)), default=None)
        if place is None:
            return reply
        loop = (*reply.events[: place + 1], *([replace(reply.events[place], wait_s=self.wait_s)] * self.count))
        return ended(replace(reply, body=(*loop, *reply.events[place + 1 :])), loop, "fin")


@dataclass(frozen=True, kw_only=True)
class FinishUnknown(StreamFault):
    """The finish reason is an unknown word; a stream without one gets it on its last text."""

    id: ClassVar[str] = "sse.finish_unknown"
    law: ClassVar[Law] = Law.OTHER_BYTES
    reason: str = param("model_length", "the word")

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        chunks = [chunk_of(item) for item in reply.events]
        if any(chunk and finish_of(chunk) for chunk in chunks):
            return replace(
                reply,
                body=edited(reply.events, lambda chunk: with_finish(chunk, self.reason) if finish_of(chunk) else chunk),
            )
        place = answer_place(reply.events, len(data_places(reply.events)))
        last = None if place is None else chunks[place]
        if place is None or last is None or not is_native(last):
            return reply
        finish = chunk_event({"response": "", "finish_reason": self.reason})
        return replace(reply, body=inserted(reply.events, place + 1, finish))


FAULTS: tuple[type[Fault], ...] = (
    Truncate,
    CutAtByte,
    NoDone,
    FinishWithoutDone,
    DoneWithoutFinish,
    DoneTwice,
    DataAfterDone,
    NoFinalBlank,
    InbandError,
    Endless,
    FinishUnknown,
)
