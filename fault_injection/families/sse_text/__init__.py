"""Faults in the events of a stream: malformed, oversized, lost, repeated, or not events at all.

The one rule: exactly the event that was asked for is struck; all others stay as they were.
"""

from __future__ import annotations

from fault_injection.families.sse_text.content import (
    HugeEvent,
    InvalidUtf8,
    LoneSurrogate,
    MalformedJson,
    ManyTinyEvents,
    NulByte,
    NumericText,
)
from fault_injection.families.sse_text.instead import HtmlInstead, JsonInstead
from fault_injection.families.sse_text.order import DropEvent, DuplicateEvent, ReorderEvents
from fault_injection.fault import Fault

FAULTS: tuple[type[Fault], ...] = (
    MalformedJson,
    InvalidUtf8,
    LoneSurrogate,
    NulByte,
    HugeEvent,
    ManyTinyEvents,
    NumericText,
    DuplicateEvent,
    DropEvent,
    ReorderEvents,
    JsonInstead,
    HtmlInstead,
)
