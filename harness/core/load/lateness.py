"""Whether the harness was in time and its machine had any left: what was measured while it stood still proves nothing.

The one rule: in doubt the harness was late.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from harness.core.load.report import Late

TOLD_FROM_S: Final = 0.03
"""Standstills shorter than this are the grain of any measurement."""
_TOO_LONG_S: Final = 0.25
_STARVED: Final = 0.15
_STOOD_STILL_S: Final = 1.0
_NO_ROOM: Final = 0.2
_STRANGERS: Final = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class HostUse:
    """How this machine's processors spent the time of a load, as shares of it: idle, on programs that have no part in
    the load, and on the target, in whole processors."""

    idle: float
    strangers: float
    target_processors: float | None = None

    @property
    def crowd(self) -> float:
        """The share that others took of a machine that had none left; 0 when there was room."""
        return self.strangers if self.idle < _NO_ROOM and self.strangers >= _STRANGERS else 0.0

    @property
    def told(self) -> str:
        """Why a target could not show what it can; empty when it had room."""
        if not self.crowd:
            return ""
        return (
            f"the machine had little time left ({self.idle:.0%}), and other programs took {self.strangers:.0%} of it, "
            "so latency goals were not enforced; stop them, or ask for less"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """The standstills of a mock and of load generators in one load of `duration_s`."""

    moments: Sequence[Late]
    duration_s: float
    clocks: int = 1
    """How many processes were watched."""
    host: HostUse | None = None

    @property
    def worst_s(self) -> float:
        """The longest standstill."""
        return max((lasted_s for _, lasted_s in self.moments), default=0.0)

    @property
    def lost(self) -> float:
        """The share of time that the harness stood still, of all its processes together."""
        return sum(lasted_s for _, lasted_s in self.moments) / max(self.duration_s * self.clocks, 0.001)

    @property
    def told(self) -> str:
        """Why nobody can be blamed for a slow answer; empty when the harness was in time."""
        if self.worst_s < _STOOD_STILL_S and self.lost < _STARVED:
            return self.host.told if self.host else ""
        return (
            f"the harness itself was late (by {self.worst_s:.2f} s at worst, {self.lost:.0%} of its time lost), so "
            "latency goals were not enforced; use a less busy machine, or fewer users"
        )

    def spared(self, start_s: float, end_s: float) -> bool:
        """Whether no standstill that matters fell into a stretch of time."""
        return not any(
            lasted_s >= _TOO_LONG_S and ended_s >= start_s and ended_s - lasted_s <= end_s
            for ended_s, lasted_s in self.moments
        )


def worth_telling(moments: Iterable[Late], most: int) -> tuple[Late, ...]:
    """Return the longest of the standstills, in order of time."""
    longest = sorted((each for each in moments if each[1] >= TOLD_FROM_S), key=lambda each: -each[1])[:most]
    return tuple(sorted(longest))
