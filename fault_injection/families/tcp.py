"""Faults of the connection: bytes cut, delayed, regrouped or spoiled, whatever they mean.

The one rule: positions count from the first byte of the answer, its head included, and every fault is over in finite
time: a silence has a length and an ending behind it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat
from math import log1p
from random import Random
from typing import ClassVar

from fault_injection import wire
from fault_injection.fault import Fault, Law, Need, Turn, WireFault, param
from fault_injection.wire import Action, Close, Send, Wait, WireScript, coalesced, cut, payload, regroup

_FAR = 1 << 30
"""No answer is longer, in bytes."""


@dataclass(frozen=True, kw_only=True)
class Reset(WireFault):
    """The connection is reset (RST) after a number of bytes of the answer."""

    id: ClassVar[str] = "tcp.reset"
    law: ClassVar[Law] = Law.PREFIX
    at_byte: int = param(0, "bytes let through, head included", unit="bytes", low=0, high=_FAR)

    def apply(self, script: WireScript, turn: Turn) -> WireScript:
        return cut(script, self.at_byte, wire.Reset())


@dataclass(frozen=True, kw_only=True)
class FinEarly(WireFault):
    """The connection is closed (FIN) after a number of bytes of the answer."""

    id: ClassVar[str] = "tcp.fin_early"
    law: ClassVar[Law] = Law.PREFIX
    at_byte: int = param(0, "bytes let through, head included", unit="bytes", low=0, high=_FAR)

    def apply(self, script: WireScript, turn: Turn) -> WireScript:
        return cut(script, self.at_byte, Close())


@dataclass(frozen=True, kw_only=True)
class Blackhole(WireFault):
    """The answer goes silent after a number of bytes, and the connection closes when the silence is over."""

    id: ClassVar[str] = "tcp.blackhole"
    law: ClassVar[Law] = Law.PREFIX
    for_s: float = param(30.0, "length of the silence", unit="s", low=0, high=600)
    after_byte: int = param(0, "bytes let through, head included", unit="bytes", low=0, high=_FAR)

    def apply(self, script: WireScript, turn: Turn) -> WireScript:
        return cut(script, self.after_byte, Wait(self.for_s), Close())


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
    bytes_per_s: int = param(16_384, "speed", unit="bytes/s", low=1, high=_FAR)

    def apply(self, script: WireScript, turn: Turn) -> WireScript:
        piece_bytes = max(1, self.bytes_per_s // 10)
        return _with_pauses(regroup(script, repeat(piece_bytes)), 1 / self.bytes_per_s, 0.0)


@dataclass(frozen=True, kw_only=True)
class Slice(WireFault):
    """The same bytes arrive in small pieces, cut anywhere: inside an event, a line end or a character."""

    id: ClassVar[str] = "tcp.slice"
    law: ClassVar[Law] = Law.SAME_BYTES
    tell: ClassVar[str] = "the head comes in pieces too"
    size_bytes: int = param(1, "size of a piece", unit="bytes", low=1, high=_FAR)
    jitter_bytes: int = param(0, "at most this much more per piece, at random", unit="bytes", low=0, high=_FAR)
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
    piece_bytes: int = param(16, "size of a piece", unit="bytes", low=1, high=_FAR)
    wait_s: float = param(0.05, "silence before each piece", unit="s", low=0, high=60)

    def apply(self, script: WireScript, turn: Turn) -> WireScript:
        return _with_pauses(regroup(script, repeat(self.piece_bytes)), 0.0, self.wait_s)


@dataclass(frozen=True, kw_only=True)
class GarbageAfter(WireFault):
    """Random bytes follow the end of the answer on the same connection, which then closes."""

    id: ClassVar[str] = "tcp.garbage_after"
    law: ClassVar[Law] = Law.OTHER_BYTES
    needs: ClassVar[tuple[Need, ...]] = (Need.END,)
    size_bytes: int = param(64, "how many", unit="bytes", low=1, high=1_048_576)

    def apply(self, script: WireScript, turn: Turn) -> WireScript:
        return (*script[:-1], Send(turn.rng.randbytes(self.size_bytes)), Close())


@dataclass(frozen=True, kw_only=True)
class GarbageBefore(WireFault):
    """Random bytes come before the answer, where its status line should be."""

    id: ClassVar[str] = "tcp.garbage_before"
    law: ClassVar[Law] = Law.OTHER_BYTES
    tell: ClassVar[str] = "the garbage stands before the head"
    size_bytes: int = param(64, "how many", unit="bytes", low=1, high=1_048_576)

    def apply(self, script: WireScript, turn: Turn) -> WireScript:
        return (Send(turn.rng.randbytes(self.size_bytes)), *script[:-1], Close())


@dataclass(frozen=True, kw_only=True)
class CorruptBytes(WireFault):
    """Some bytes of the answer are changed: at least one, the others at random."""

    id: ClassVar[str] = "tcp.corrupt_bytes"
    law: ClassVar[Law] = Law.OTHER_BYTES
    looks_ahead: ClassVar[bool] = True
    rate: float = param(0.001, "chance of each byte to be changed", low=0, high=1)
    from_byte: int = param(0, "bytes left alone at the start, head included", unit="bytes", low=0, high=_FAR)

    def apply(self, script: WireScript, turn: Turn) -> WireScript:
        total = len(payload(script))
        if self.from_byte >= total:
            return script
        # Sorted: the order of a set is no part of the seed.
        struck = sorted({turn.rng.randrange(self.from_byte, total), *self._by_chance(total, turn.rng)})
        out: list[Action] = []
        start = 0
        for action in script:
            if not isinstance(action, Send):
                out.append(action)
                continue
            data = bytearray(action.data)
            end = start + len(data)
            for place in struck[bisect_left(struck, start) : bisect_left(struck, end)]:
                data[place - start] ^= turn.rng.randint(1, 255)
            start = end
            out.append(Send(bytes(data)))
        return tuple(out)

    def _by_chance(self, total: int, rng: Random) -> Iterator[int]:
        """Jump from one struck byte to the next (a geometric draw), as a draw a byte is slow on megabytes."""
        if self.rate == 1:
            yield from range(self.from_byte, total)
            return
        place = self.from_byte - 1
        while self.rate:
            jump = log1p(-rng.random()) / log1p(-self.rate)
            if jump >= total:
                return  # the jump may be infinite
            place += 1 + int(jump)
            if place >= total:
                return
            yield place


@dataclass(frozen=True, kw_only=True)
class DuplicateSegment(WireFault):
    """A run of bytes arrives twice in a row."""

    id: ClassVar[str] = "tcp.duplicate_segment"
    law: ClassVar[Law] = Law.OTHER_BYTES
    at_byte: int = param(0, "where the run starts; at most the last byte", unit="bytes", low=0, high=_FAR)
    size_bytes: int = param(64, "how long it is; clamped to its piece", unit="bytes", low=1, high=_FAR)

    def apply(self, script: WireScript, turn: Turn) -> WireScript:
        left = min(self.at_byte, len(payload(script)) - 1)
        for index, action in enumerate(script):
            if isinstance(action, Send) and left < len(action.data):
                again = action.data[left : left + self.size_bytes]
                end = left + len(again)
                twice = (Send(action.data[:end]), Send(again), Send(action.data[end:]))
                return (*script[:index], *(send for send in twice if send.data), *script[index + 1 :])
            left -= len(action.data) if isinstance(action, Send) else 0
        return script


@dataclass(frozen=True, kw_only=True)
class Linger(WireFault):
    """The connection stays open and silent after the end of the answer, then closes."""

    id: ClassVar[str] = "tcp.linger"
    law: ClassVar[Law] = Law.SAME_BYTES
    needs: ClassVar[tuple[Need, ...]] = (Need.END,)
    for_s: float = param(5.0, "how long it stays open", unit="s", low=0, high=600)

    def apply(self, script: WireScript, turn: Turn) -> WireScript:
        return (*script[:-1], Wait(self.for_s), Close())


def _with_pauses(script: WireScript, per_byte_s: float, per_send_s: float) -> WireScript:
    out: list[Action] = []
    for action in script:
        if isinstance(action, Send):
            pause = per_send_s + per_byte_s * len(action.data)
            if pause:
                out.append(Wait(pause))
        out.append(action)
    return tuple(out)


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
