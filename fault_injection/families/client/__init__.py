"""Faults of the client: it leaves, dawdles, or sends what cannot be served.

The one rule: a fault of the body keeps the nonce in it wherever there is a body left to read, for without the nonce
the two sides of an exchange cannot be joined.
"""

from __future__ import annotations

from fault_injection.families.client.patience import (
    AbortAfter,
    AbortBeforeFirstToken,
    AbortBeforeHead,
    AbortUpload,
    SlowReader,
    SlowUpload,
    StopReading,
)
from fault_injection.families.client.request import (
    ByteOrderMark,
    DeepNesting,
    HugeRequest,
    InvalidUtf8Body,
    ManyMessages,
    NotJson,
    WrongField,
    WrongRoot,
)
from fault_injection.fault import Fault

FAULTS: tuple[type[Fault], ...] = (
    AbortBeforeHead,
    AbortBeforeFirstToken,
    AbortAfter,
    AbortUpload,
    SlowReader,
    StopReading,
    SlowUpload,
    HugeRequest,
    ManyMessages,
    DeepNesting,
    NotJson,
    WrongRoot,
    ByteOrderMark,
    WrongField,
    InvalidUtf8Body,
)
