"""Faults that add bytes to an answer, or change some of them.

The one rule: which bytes are struck, and what they become, is drawn from the turn's seed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from math import log1p
from random import Random
from typing import ClassVar

from fault_injection.fault import Law, Need, Turn, WireFault, param
from fault_injection.wire import MOST_BYTES, Action, Close, Send, WireScript, payload


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
    from_byte: int = param(0, "bytes left alone at the start, head included", unit="bytes", low=0, high=MOST_BYTES)

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
    at_byte: int = param(0, "where the run starts; at most the last byte", unit="bytes", low=0, high=MOST_BYTES)
    size_bytes: int = param(64, "how long it is; clamped to its piece", unit="bytes", low=1, high=MOST_BYTES)

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
