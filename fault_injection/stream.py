"""Finding a place in an event stream, and ending a stream there.

The one rule: places count *data events*, from 0, comments not included. A place behind the end means the last event,
so that a fault which was meant to strike a stream strikes it, however short it is.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate
from typing import ClassVar, TypeAlias

from fault_injection.dialects.known import is_end
from fault_injection.fault import Need, ReplyFault, Turn
from fault_injection.reply import Chunked, Event, Length, Reply
from fault_injection.wire import Close, Reset

Events: TypeAlias = tuple[Event, ...]

ENDS = ("fin", "reset", "clean")


class StreamFault(ReplyFault):
    """A fault of an event stream. A reply that is no stream, or an empty one, is left as it is."""

    needs: ClassVar[tuple[Need, ...]] = (Need.BODY,)

    def apply(self, reply: Reply, turn: Turn) -> Reply:
        """Return the reply with the deviation in it."""
        return self.on_stream(reply, turn) if reply.events else reply

    def on_stream(self, reply: Reply, turn: Turn) -> Reply:
        """Return the stream with the deviation in it; it has at least one event."""
        raise NotImplementedError


def data_places(events: Events) -> tuple[int, ...]:
    """Return where the data events are."""
    return tuple(index for index, item in enumerate(events) if item.data)


def first_lost(events: Events, after: int) -> int:
    """Return where the first event stands that no longer gets through when `after` data events do.

    The last data event never gets through: a cut loses something.
    """
    places = data_places(events)
    return places[min(after, len(places) - 1)] if places else 0


def answer_place(events: Events, at: int) -> int | None:
    """Return where data event number `at` stands, the end mark not counted; None where there is none."""
    places = [index for index in data_places(events) if not is_end(events[index])]
    return places[min(at, len(places) - 1)] if places else None


def done_place(events: Events) -> int | None:
    """Return where the first end mark stands: `[DONE]`, or what an API of typed events has instead."""
    return next((index for index, item in enumerate(events) if is_end(item)), None)


def replaced(events: Events, index: int, *new: Event) -> Events:
    """Put other events in the place of one."""
    return (*events[:index], *new, *events[index + 1 :])


def inserted(events: Events, index: int, *new: Event) -> Events:
    """Put events in front of the one that stands there."""
    return (*events[:index], *new, *events[index:])


def cut_events(events: Events, at_byte: int) -> Events:
    """Keep the first `at_byte` bytes of a stream; an event is cut in two where they end inside it."""
    kept: list[Event] = []
    left = at_byte
    for item in events:
        if left <= 0:
            break
        kept.append(replace(item, raw=item.raw[:left]))
        left -= len(item.raw)
    return tuple(kept)


def ended(reply: Reply, events: Events, end: str) -> Reply:
    """End a stream after `events`: suddenly, with a FIN or an RST while its framing promises more, or cleanly.

    A clean end keeps framing and connection in order: only the reader of the events can tell that some are missing. A
    sudden one is told by nothing that comes before it: no header, and no chunk of another size than it had.
    """
    if end == "clean":
        return replace(reply, body=events)
    kept_bytes = sum(len(item.raw) for item in events)
    framing = reply.framing
    match framing:
        case Chunked():
            # The place where the chunk that holds the cut would have ended; a cut between two chunks lacks nothing.
            places = (0, *accumulate(len(item.raw) for item in reply.events))
            whole = next(place for place in places if place >= kept_bytes)
            framing = replace(framing, terminated=False, lacking_bytes=whole - kept_bytes)
        case Length(off_by_bytes=off):
            framing = Length(off_by_bytes=off + len(reply.body_bytes) - kept_bytes)
        case _:
            pass  # a body that runs until the close ends there, whole or not
    ending = Reset() if end == "reset" else Close()
    return replace(reply, body=events, framing=framing, ending=ending, sudden=True)
