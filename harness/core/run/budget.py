"""How long a run and its suites may take: time that is shared out, and what is said of work it did not suffice for.

The one rule: it is arithmetic on times that others read from a clock. What a suite does not use, those behind it have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf
from typing import Final

_LEAST_S: Final = 5.0
"""So much a suite has even when those before it took more than they had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A stretch of time on the monotonic clock: `total_s` from `begun_s` on. `owner` is whose it is, for messages."""

    total_s: float = inf
    begun_s: float = 0.0
    owner: str = "this suite"

    @property
    def ends_s(self) -> float:
        """When it is over; never, when it is infinite."""
        return self.begun_s + self.total_s

    def left_s(self, now_s: float) -> float:
        """How much of it is left."""
        return max(0.0, self.ends_s - now_s)

    def is_over(self, now_s: float) -> bool:
        """Whether nothing of it is left."""
        return now_s >= self.ends_s

    def part(self, share: float) -> Budget:
        """Return the first part of it, as `0.5` for the first half."""
        return replace(self, total_s=self.total_s * share)

    @property
    def cause(self) -> str:
        """What is said of whatever it did not suffice for."""
        return f"the {self.total_s:.0f} s of {self.owner} are used up; take a longer --profile or a less busy machine"


def shared(run: Budget, suite: str, *, behind: Sequence[str], least_s: Mapping[str, float], now_s: float) -> Budget:
    """Return what a suite may take now: all that is left of the run's time but the least that those `behind` need."""
    kept_s = sum(least_s.get(name, 0.0) for name in behind)
    return Budget(total_s=max(run.left_s(now_s) - kept_s, _LEAST_S), begun_s=now_s, owner=suite)
