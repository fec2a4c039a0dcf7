"""What a run tells while it goes on: one JSON object a line (NDJSON), for whoever follows it with a program.

The one rule: as with the record, kinds of events and their keys may be added; none is renamed, removed or given
another meaning without a new number in `SCHEMA`.
"""

from reports.events.event import (
    SCHEMA,
    CaseEvent,
    EndEvent,
    Event,
    PlayedEvent,
    RoundEvent,
    SaidEvent,
    StartEvent,
    StoppingEvent,
    TargetEvent,
    case_event,
    end_event,
)
from reports.events.published import PUBLISHED, text

__all__ = [
    "PUBLISHED",
    "SCHEMA",
    "CaseEvent",
    "EndEvent",
    "Event",
    "PlayedEvent",
    "RoundEvent",
    "SaidEvent",
    "StartEvent",
    "StoppingEvent",
    "TargetEvent",
    "case_event",
    "end_event",
    "text",
]
