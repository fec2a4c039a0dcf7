"""Faults in the time and the grouping of an event stream: the same bytes, too late, too slowly or in other pieces.

The one rule: no byte changes here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from fault_injection.fault import Fault, Law, Turn, param
from fault_injection.reply import Event, Reply
from fault_injection.stream import StreamFault, answer_place, ended, first_lost, replaced

_MANY = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Stall(StreamFault):
    """The stream goes silent after a number of events, and then continues or ends."""

    id: ClassVar[str] = "sse.stall"
    law: ClassVar[Law] = Law.PREFIX
    after: int = param(
        1, "data events before the silence; clamped so that one follows", unit="events", low=0, high=_MANY
    )
    for_s: float = param(30.0, "length of the silence", unit="s", low=0, high=3600)
    then: str = param(
        "continue", "what follows: the rest, or a FIN or an RST without notice", choices=("continue", "close", "reset")
    )

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        events = reply.events
        place = first_lost(events, self.after)
        if self.then == "continue":
            late = replace(events[place], wait_s=events[place].wait_s + self.for_s)
            return replace(reply, body=replaced(events, place, late))
        # An event of no bytes is rendered as its silence alone.
        silence = Event(b"", self.for_s)
        return ended(reply, (*events[:place], silence), "reset" if self.then == "reset" else "fin")


@dataclass(frozen=True, kw_only=True)
class Trickle(StreamFault):
    """There is a silence before every event."""

    id: ClassVar[str] = "sse.trickle"
    law: ClassVar[Law] = Law.SAME_BYTES
    wait_s: float = param(0.1, "length of each silence", unit="s", low=0, high=600)
    jitter_s: float = param(0.0, "at most this much more, uniformly distributed", unit="s", low=0, high=600)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        return replace(
            reply, body=tuple(replace(item, wait_s=item.wait_s + self._wait_s(turn)) for item in reply.events)
        )

    def _wait_s(self, turn: Turn) -> float:
        return self.wait_s + (turn.rng.uniform(0, self.jitter_s) if self.jitter_s else 0)


@dataclass(frozen=True, kw_only=True)
class Ttft(StreamFault):
    """The head comes at once, the first event only after a delay."""

    id: ClassVar[str] = "sse.ttft"
    law: ClassVar[Law] = Law.SAME_BYTES
    delay_s: float = param(2.0, "delay between the head and the first event", unit="s", low=0, high=3600)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        first = reply.events[0]
        return replace(reply, body=replaced(reply.events, 0, replace(first, wait_s=first.wait_s + self.delay_s)))


@dataclass(frozen=True, kw_only=True)
class PauseInside(StreamFault):
    """A silence falls inside one event: a part of it comes, and the rest when the silence is over."""

    id: ClassVar[str] = "sse.pause_inside"
    law: ClassVar[Law] = Law.SAME_BYTES
    at: int = param(1, "which data event, from 0; clamped to the last before [DONE]", low=0, high=_MANY)
    for_s: float = param(0.6, "length of the silence", unit="s", low=0, high=600)
    place: str = param(
        "middle", "in the middle of the event, or before its blank line", choices=("middle", "before-blank")
    )

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        place = answer_place(reply.events, self.at)
        if place is None:
            return reply
        item = reply.events[place]
        cut = len(item.raw) // 2 if self.place == "middle" else len(item.raw.rstrip(b"\r\n")) + 1
        if not 0 < cut < len(item.raw):
            return reply
        parts = (replace(item, raw=item.raw[:cut]), Event(item.raw[cut:], self.for_s))
        return replace(reply, body=replaced(reply.events, place, *parts))


@dataclass(frozen=True, kw_only=True)
class CadenceCollapse(StreamFault):
    """All events come at once, at the time when the last one was due."""

    id: ClassVar[str] = "sse.cadence_collapse"
    law: ClassVar[Law] = Law.SAME_BYTES

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        first, *rest = reply.events
        total = sum(item.wait_s for item in reply.events)
        return replace(reply, body=(replace(first, wait_s=total), *(replace(item, wait_s=0.0) for item in rest)))


@dataclass(frozen=True, kw_only=True)
class MergeEvents(StreamFault):
    """Several events arrive in one piece."""

    id: ClassVar[str] = "sse.merge_events"
    law: ClassVar[Law] = Law.SAME_BYTES
    count: int = param(0, "events per piece; 0 puts all into one", unit="events", low=0, high=_MANY)
    place: str = param("all", "which events: all of them, or only the last ones", choices=("all", "end"))

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        events = reply.events
        step = self.count or len(events)
        groups = [events[start : start + step] for start in range(0, len(events), step)]
        if self.place == "end":
            groups = [*((item,) for item in events[:-step]), events[-step:]]
        return replace(
            reply,
            body=tuple(
                Event(b"".join(item.raw for item in group), sum(item.wait_s for item in group)) for group in groups
            ),
        )


@dataclass(frozen=True, kw_only=True)
class SplitEvents(StreamFault):
    """Every event arrives in several pieces, one chunk each, cut anywhere or inside every multi-byte character.

    Pieces without a silence between them are often read together, and then nothing is cut for the reader.
    """

    id: ClassVar[str] = "sse.split_events"
    law: ClassVar[Law] = Law.SAME_BYTES
    size_bytes: int = param(1, "size of a piece, when cut anywhere", unit="bytes", low=1, high=1 << 30)
    wait_s: float = param(0.0, "silence between the pieces of an event", unit="s", low=0, high=60)
    at: str = param("anywhere", "where the cuts are", choices=("anywhere", "mid-utf8"))

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        pieces: list[Event] = []
        for item in reply.events:
            starts = [0, *self._cuts(item.raw)]
            for start, end in zip(starts, [*starts[1:], len(item.raw)], strict=True):
                pieces.append(Event(item.raw[start:end], self.wait_s if start else item.wait_s))
        return replace(reply, body=tuple(pieces))

    def _cuts(self, raw: bytes) -> list[int]:
        if self.at == "mid-utf8":
            return [place + 1 for place, byte in enumerate(raw[:-1]) if byte >= 0xC0]
        return list(range(self.size_bytes, len(raw), self.size_bytes))


FAULTS: tuple[type[Fault], ...] = (Stall, Trickle, Ttft, PauseInside, CadenceCollapse, MergeEvents, SplitEvents)
