"""Faults in when the bytes come, and in which pieces.

The one rule: every byte arrives, in its order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat
from random import Random
from typing import ClassVar

from fault_injection.fault import Law, Turn, WireFault, param
from fault_injection.wire import MOST_BYTES, Action, Send, Wait, WireScript, coalesced, regroup


@dataclass(frozen=True, kw_only=True)
class Latency(WireFault):
    """The whole answer comes later, by a delay and a random part on top of it."""

    id: ClassVar[str] = "tcp.latency"
    law: ClassVar[Law] = Law.SAME_BYTES
    tell: ClassVar[str] = "the head is late too"
    delay_s: float = param(0.5, "delay before the first byte", unit="s", low=0, high=600)
    jitter_s: float = param(0.0, "at most this much more, uniformly distributed", unit="s", low=0, high=600)

    def apply(self, script: WireScript, turn: Turn) -> WireScript:
        delay = self.delay_s + (turn.rng.uniform(0, self.jitter_s) if self.jitter_s else 0)
        return (Wait(delay), *script) if delay else script


@dataclass(frozen=True, kw_only=True)
class Bandwidth(WireFault):
    """The answer arrives at a limited number of bytes per second."""

    id: ClassVar[str] = "tcp.bandwidth"
    law: ClassVar[Law] = Law.SAME_BYTES
    tell: ClassVar[str] = "the head comes in pieces too"
    bytes_per_s: int = param(16_384, "speed", unit="bytes/s", low=1, high=MOST_BYTES)

    def apply(self, script: WireScript, turn: Turn) -> WireScript:
        piece_bytes = max(1, self.bytes_per_s // 10)
        return _with_pauses(regroup(script, repeat(piece_bytes)), 1 / self.bytes_per_s, 0.0)


@dataclass(frozen=True, kw_only=True)
class Slice(WireFault):
    """The same bytes arrive in small pieces, cut anywhere: inside an event, a line end or a character."""

    id: ClassVar[str] = "tcp.slice"
    law: ClassVar[Law] = Law.SAME_BYTES
    tell: ClassVar[str] = "the head comes in pieces too"
    size_bytes: int = param(1, "size of a piece", unit="bytes", low=1, high=MOST_BYTES)
    jitter_bytes: int = param(0, "at most this much more per piece, at random", unit="bytes", low=0, high=MOST_BYTES)
    wait_s: float = param(0.0, "silence between pieces", unit="s", low=0, high=60)

    def apply(self, script: WireScript, turn: Turn) -> WireScript:
        return _with_pauses(regroup(script, self._sizes(turn.rng)), 0.0, self.wait_s)

    def _sizes(self, rng: Random) -> Iterator[int]:
        while True:
            yield self.size_bytes + (rng.randint(0, self.jitter_bytes) if self.jitter_bytes else 0)


@dataclass(frozen=True, kw_only=True)
class Coalesce(WireFault):
    """The whole answer arrives in one piece, after all its delays."""

    id: ClassVar[str] = "tcp.coalesce"
    law: ClassVar[Law] = Law.SAME_BYTES
    tell: ClassVar[str] = "the head waits for the body"

    def apply(self, script: WireScript, turn: Turn) -> WireScript:
        return coalesced(script)


@dataclass(frozen=True, kw_only=True)
class CoalesceEnd(WireFault):
    """The last pieces of the body and the end of its framing arrive in one piece, after their delays."""

    id: ClassVar[str] = "tcp.coalesce_end"
    law: ClassVar[Law] = Law.SAME_BYTES
    pieces: int = param(4, "how many come together; the head is not counted", low=2, high=1_000_000)

    def apply(self, script: WireScript, turn: Turn) -> WireScript:
        sends = [at for at, action in enumerate(script) if isinstance(action, Send)]
        last = sends[1:][-self.pieces :]
        if len(last) < 2:
            return script
        before = last[0]
        while isinstance(script[before - 1], Wait):
            before -= 1
        return (*script[:before], *coalesced(script[before:]))


@dataclass(frozen=True, kw_only=True)
class SlowDrip(WireFault):
    """The answer drips: small pieces of one size with a silence before each."""

    id: ClassVar[str] = "tcp.slow_drip"
    law: ClassVar[Law] = Law.SAME_BYTES
    tell: ClassVar[str] = "the head comes in pieces too"
    piece_bytes: int = param(16, "size of a piece", unit="bytes", low=1, high=MOST_BYTES)
    wait_s: float = param(0.05, "silence before each piece", unit="s", low=0, high=60)

    def apply(self, script: WireScript, turn: Turn) -> WireScript:
        return _with_pauses(regroup(script, repeat(self.piece_bytes)), 0.0, self.wait_s)


def _with_pauses(script: WireScript, per_byte_s: float, per_send_s: float) -> WireScript:
    out: list[Action] = []
    for action in script:
        if isinstance(action, Send):
            pause = per_send_s + per_byte_s * len(action.data)
            if pause:
                out.append(Wait(pause))
        out.append(action)
    return tuple(out)
