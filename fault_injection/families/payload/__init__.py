"""Faults in the body of an answer that is no stream: unreadable, incomplete, or of other types than agreed.

The one rule: both forms are struck alike, the v4 envelope around `response` and OpenAI's `choices`; a stream, and
anything else that is not recognised, is left as it is.
"""

from __future__ import annotations

from fault_injection.families.payload.parts import (
    EmptyChoices,
    ExtraField,
    FinishUnknown,
    MissingField,
    NullContent,
    NumericContent,
    WrongContent,
    WrongRole,
    WrongType,
)
from fault_injection.families.payload.size import DeepNesting, Huge
from fault_injection.families.payload.whole import EmptyBody, EventsInstead, InvalidJson, SuccessFalse, TruncatedJson
from fault_injection.fault import Fault

FAULTS: tuple[type[Fault], ...] = (
    EmptyBody,
    TruncatedJson,
    InvalidJson,
    WrongType,
    MissingField,
    NullContent,
    NumericContent,
    WrongContent,
    ExtraField,
    Huge,
    DeepNesting,
    EmptyChoices,
    SuccessFalse,
    EventsInstead,
    FinishUnknown,
    WrongRole,
)
