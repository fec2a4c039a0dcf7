"""Faults in which events arrive: one twice, one never, or one after the next.

The one rule: each event stays as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from fault_injection.families.sse_text.place import AT, MANY
from fault_injection.fault import Law, Turn, param
from fault_injection.reply import Reply
from fault_injection.stream import StreamFault, answer_place, data_places, replaced


@dataclass(frozen=True, kw_only=True)
class DuplicateEvent(StreamFault):
    """One event arrives twice."""

    id: ClassVar[str] = "sse.duplicate_event"
    law: ClassVar[Law] = Law.OTHER_BYTES
    at: int = param(1, AT, low=0, high=MANY)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        place = answer_place(reply.events, self.at)
        if place is None:
            return reply
        item = reply.events[place]
        return replace(reply, body=replaced(reply.events, place, item, replace(item, wait_s=0.0)))


@dataclass(frozen=True, kw_only=True)
class DropEvent(StreamFault):
    """One event never arrives."""

    id: ClassVar[str] = "sse.drop_event"
    law: ClassVar[Law] = Law.OTHER_BYTES
    at: int = param(1, AT, low=0, high=MANY)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        place = answer_place(reply.events, self.at)
        return reply if place is None else replace(reply, body=replaced(reply.events, place))


@dataclass(frozen=True, kw_only=True)
class ReorderEvents(StreamFault):
    """One event changes places with the next."""

    id: ClassVar[str] = "sse.reorder_events"
    law: ClassVar[Law] = Law.OTHER_BYTES
    at: int = param(1, "which data event, from 0; clamped so that another one before [DONE] follows", low=0, high=MANY)

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        events = list(reply.events)
        places = [place for place in data_places(reply.events) if not events[place].is_done]
        if len(places) < 2:
            return reply
        at = min(self.at, len(places) - 2)
        one, other = places[at], places[at + 1]
        # The silences stay where they were: it is the contents that change places.
        events[one], events[other] = (
            replace(events[other], wait_s=events[one].wait_s),
            replace(events[one], wait_s=events[other].wait_s),
        )
        return replace(reply, body=tuple(events))
