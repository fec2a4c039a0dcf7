"""Faults in how a connection ends: early, or late.

The one rule: the bytes before that end are those of the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fault_injection import wire
from fault_injection.fault import Law, Need, Turn, WireFault, param
from fault_injection.wire import MOST_BYTES, Close, Wait, WireScript, cut


@dataclass(frozen=True, kw_only=True)
class Reset(WireFault):
    """The connection is reset (RST) after a number of bytes of the answer."""

    id: ClassVar[str] = "tcp.reset"
    law: ClassVar[Law] = Law.PREFIX
    at_byte: int = param(0, "bytes let through, head included", unit="bytes", low=0, high=MOST_BYTES)

    def apply(self, script: WireScript, turn: Turn) -> WireScript:
        return cut(script, self.at_byte, wire.Reset())


@dataclass(frozen=True, kw_only=True)
class FinEarly(WireFault):
    """The connection is closed (FIN) after a number of bytes of the answer."""

    id: ClassVar[str] = "tcp.fin_early"
    law: ClassVar[Law] = Law.PREFIX
    at_byte: int = param(0, "bytes let through, head included", unit="bytes", low=0, high=MOST_BYTES)

    def apply(self, script: WireScript, turn: Turn) -> WireScript:
        return cut(script, self.at_byte, Close())


@dataclass(frozen=True, kw_only=True)
class Blackhole(WireFault):
    """The answer goes silent after a number of bytes, and the connection closes when the silence is over."""

    id: ClassVar[str] = "tcp.blackhole"
    law: ClassVar[Law] = Law.PREFIX
    for_s: float = param(30.0, "length of the silence", unit="s", low=0, high=600)
    after_byte: int = param(0, "bytes let through, head included", unit="bytes", low=0, high=MOST_BYTES)

    def apply(self, script: WireScript, turn: Turn) -> WireScript:
        return cut(script, self.after_byte, Wait(self.for_s), Close())


@dataclass(frozen=True, kw_only=True)
class Linger(WireFault):
    """The connection stays open and silent after the end of the answer, then closes."""

    id: ClassVar[str] = "tcp.linger"
    law: ClassVar[Law] = Law.SAME_BYTES
    needs: ClassVar[tuple[Need, ...]] = (Need.END,)
    for_s: float = param(5.0, "how long it stays open", unit="s", low=0, high=600)

    def apply(self, script: WireScript, turn: Turn) -> WireScript:
        return (*script[:-1], Wait(self.for_s), Close())
