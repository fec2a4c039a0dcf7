"""What the live page is told of a run: one event a line of JSON, in the order in which things happen.

    start · round · target · said · case · load · stopping · end

The one rule: this is a line between two processes of one edgeproof, so it carries whole parts of the record, all of
them redacted; what an events file tells in the same words is taken from there.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field, TypeAdapter, ValidationError

from reports.events.event import Moment, RoundEvent, SaidEvent, StoppingEvent, TargetEvent
from reports.record import CaseResult, Target, Verdict
from reports.record.amiss import amiss
from reports.record.part import Instant, Part, Text

__all__ = [
    "CaseEvent",
    "EndEvent",
    "Event",
    "EventError",
    "LoadEvent",
    "Planned",
    "RoundEvent",
    "SaidEvent",
    "StartEvent",
    "StoppingEvent",
    "TargetEvent",
    "from_line",
    "to_line",
]


class EventError(Exception):
    """A line is no event."""


class Planned(Part):
    """A case that is to be judged, as far as it is known beforehand."""

    id: Text
    suite: Text
    family: Text


class StartEvent(Moment):
    """The first event: what is to be judged."""

    event: Literal["start"] = "start"
    edgeproof: Text
    seed: int
    profile: Text
    target: Target
    started_at: Instant
    rounds: int = Field(default=1, ge=1)
    """How many times the cases are played."""
    planned: tuple[Planned, ...] = ()


class CaseEvent(Moment):
    """A case has its verdict. A search tells of cases that nobody had planned."""

    event: Literal["case"] = "case"
    case: CaseResult


class LoadEvent(Moment):
    """A load while it is on: what was counted up to now, and the times to first token of all answers so far."""

    event: Literal["load"] = "load"
    answers: int = Field(ge=0)
    failed: int = Field(default=0, ge=0)
    """Answers that came to no good end, whoever is to blame."""
    waiting: int = Field(default=0, ge=0)
    """Requests that have been put and have not been answered."""
    ttft_p50_s: float | None = None
    ttft_p95_s: float | None = None


class EndEvent(Moment):
    """The last event. Its verdict is that of the record, which minds gates and baselines as well."""

    event: Literal["end"] = "end"
    shown_as: Verdict
    """The verdict whose colour the outcome has."""
    word: Text
    says: Text
    """The outcome in one sentence."""
    error: Text = ""
    """What broke the run off; empty where nothing did."""


Event: TypeAlias = StartEvent | RoundEvent | TargetEvent | SaidEvent | CaseEvent | LoadEvent | StoppingEvent | EndEvent

_EVENT: Final[TypeAdapter[Event]] = TypeAdapter(Annotated[Event, Field(discriminator="event")])


def to_line(event: Event) -> str:
    """Return an event as one line of JSON, line end included."""
    return event.model_dump_json() + "\n"


def from_line(line: str | bytes) -> Event:
    """Read a line that `to_line` wrote.

    Raises:
        EventError: it is none.
    """
    try:
        return _EVENT.validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise EventError(f"this is no event of a run: {amiss(first)}") from error
