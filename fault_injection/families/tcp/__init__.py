"""Faults of the connection: bytes cut, delayed, regrouped or spoiled, whatever they mean.

The one rule: positions count from the first byte of the answer, its head included, and every fault is over in finite
time: a silence has a length and an ending behind it.
"""

from __future__ import annotations

from fault_injection.families.tcp.ends import Blackhole, FinEarly, Linger, Reset
from fault_injection.families.tcp.noise import CorruptBytes, DuplicateSegment, GarbageAfter, GarbageBefore
from fault_injection.families.tcp.pace import Bandwidth, Coalesce, CoalesceEnd, Latency, Slice, SlowDrip
from fault_injection.fault import Fault

FAULTS: tuple[type[Fault], ...] = (
    Reset,
    FinEarly,
    Blackhole,
    Latency,
    Bandwidth,
    Slice,
    Coalesce,
    CoalesceEnd,
    SlowDrip,
    GarbageAfter,
    GarbageBefore,
    CorruptBytes,
    DuplicateSegment,
    Linger,
)
