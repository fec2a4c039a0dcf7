"""Streams that stop where they should not, or that never stop.

The one rule: a cut always loses something; the last event never gets through one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from fault_injection.chat import chunk_of
from fault_injection.dialects.known import in_order, text_in
from fault_injection.fault import Law, Turn, param
from fault_injection.reply import Reply
from fault_injection.stream import ENDS, Events, StreamFault, cut_events, ended, first_lost

_MANY = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Truncate(StreamFault):
    """The stream stops after a number of events: between two, inside one, or inside a character."""

    id: ClassVar[str] = "sse.truncate"
    law: ClassVar[Law] = Law.PREFIX
    after: int = param(1, "data events that get through; clamped so that one is lost", unit="events", low=0, high=_MANY)
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
class NoFinalBlank(StreamFault):
    """The blank line after the last event is missing, so a standard reader discards that event."""

    id: ClassVar[str] = "sse.no_final_blank"
    law: ClassVar[Law] = Law.PREFIX

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        *rest, last = reply.events
        blank = b"\r\n" if last.raw.endswith(b"\r\n") else last.raw[-1:]
        return replace(reply, body=(*rest, replace(last, raw=last.raw.removesuffix(blank))))


@dataclass(frozen=True, kw_only=True)
class Endless(StreamFault):
    """The stream repeats its last text without end, like a model caught in a loop."""

    id: ClassVar[str] = "sse.endless"
    law: ClassVar[Law] = Law.OTHER_BYTES
    wait_s: float = param(0.02, "silence before each", unit="s", low=0, high=600)
    count: int = param(50, "how often, before the connection ends without notice", unit="events", low=1, high=_MANY)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        chunks = [chunk_of(item) for item in reply.events]
        place = max((at for at, chunk in enumerate(chunks) if chunk and text_in(chunk)), default=None)
        if place is None:
            return reply
        loop = (*reply.events[: place + 1], *([replace(reply.events[place], wait_s=self.wait_s)] * self.count))
        loop = in_order(loop)
        return ended(replace(reply, body=(*loop, *reply.events[place + 1 :])), loop, "fin")
