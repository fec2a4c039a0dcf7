"""Faults at the end of an event stream: cut short, without its marks, past its marks, or ended by an error in it.

The one rule: a cut always loses something; the last event never gets through one. Where a stream is of the Messages or
the Responses API, its end mark, its finish reason and its errors are that API's own.
"""

from __future__ import annotations

from fault_injection.families.sse_ends.cuts import CutAtByte, Endless, NoFinalBlank, Truncate
from fault_injection.families.sse_ends.error import InbandError
from fault_injection.families.sse_ends.marks import (
    DataAfterDone,
    DoneTwice,
    DoneWithoutFinish,
    FinishUnknown,
    FinishWithoutDone,
    NoDone,
)
from fault_injection.fault import Fault

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
