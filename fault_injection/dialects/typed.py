"""What the APIs of typed events have in common, and what a fault asks one of them for.

The one rule: every event has a `type` and is named after it. Whoever edits one keeps its name, and whoever writes one
gives it one (`event: message_stop`, `data: {"type":"message_stop"}`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, Protocol

from fault_injection.chat import Json, dump
from fault_injection.reply import Event


class Spoken(Protocol):
    """One API: where its streams have text, reasons and ends, and how it words an error."""

    name: ClassVar[str]
    """What people call it."""
    end_tells_error: ClassVar[bool]
    """Whether the end mark of an answer that failed tells of the error itself."""

    def has_event(self, chunk: Json) -> bool:
        """Whether an object is an event of its streams."""
        ...

    def has_answer(self, value: Json) -> bool:
        """Whether an object is a whole answer of it."""
        ...

    def is_end(self, chunk: Json) -> bool:
        """Whether an event ends an answer, well or badly."""
        ...

    def finishes(self, chunk: Json) -> bool:
        """Whether an event says why the answer ends and does not end it itself."""
        ...

    def text_of(self, chunk: Json) -> str:
        """Return the text an event adds to the answer; empty when it adds none."""
        ...

    def with_text(self, chunk: Json, text: str) -> Json:
        """Return an event that adds text with another one."""
        ...

    def with_reason(self, chunk: Json, reason: str | None) -> Json:
        """Return an event with another reason for the end, or with none; one that gives no reason as it is."""
        ...

    def with_usage(self, chunk: Json, edit: Callable[[Json], Json | None]) -> Json:
        """Return an event with its token usage edited; None takes the usage out."""
        ...

    def error(self, chunks: Sequence[Json], message: str) -> Json:
        """Return the event with which it tells of an error behind these."""
        ...

    def end_behind(self, chunks: Sequence[Json], message: str) -> Json:
        """Return the end mark of a stream that failed behind these."""
        ...

    def answer(self, chunks: Sequence[Json]) -> Json | None:
        """Return what a stream says as one whole answer; None where it says none."""
        ...

    def failed(self, answer: Json, code: str, message: str) -> Json | None:
        """Return an answer that tells of an error under status 200; None where it has no such thing."""
        ...

    def renumbered(self, events: tuple[Event, ...]) -> tuple[Event, ...]:
        """Return events numbered in their order, where it numbers them."""
        ...


def typed_event(chunk: Json, wait_s: float = 0.0) -> Event:
    """Build an event that is named after its type."""
    kind = str(chunk["type"]).encode("utf-8", "replace")
    return Event(b"event: %b\ndata: %b\n\n" % (kind, dump(chunk)), wait_s)


def type_of(value: Json) -> str:
    """Return the type that an object says it is of; empty when it says none."""
    kind = value.get("type")
    return kind if isinstance(kind, str) else ""


def edited_part(value: Json, name: str, edit: Callable[[Json], Json | None]) -> Json:
    """Edit a part that is an object; None takes it out, and what is no object is left as it is."""
    part = value.get(name)
    if not isinstance(part, dict):
        return value
    new = edit(part)
    return {key: item for key, item in value.items() if key != name} if new is None else {**value, name: new}


def part_of(value: Json, name: str) -> Json:
    """Return a part that is an object, or an empty one."""
    part = value.get(name)
    return part if isinstance(part, dict) else {}
