"""How long a search goes on whose lanes come to it one by one, each as soon as it has nothing else to do.

The one rule: the lanes together search for as long as they would have, had all of them come at the same time.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import Final

from harness.drivers.properties.settings import PropertySettings

_SEARCHED_SHARE: Final = 0.75
"""Of the suite's time; what is left then is for playing again what was found."""
_PAIRS_SHARE: Final = 0.6
_PAIRS_AT_MOST_S: Final = 90.0


@dataclass(slots=True, kw_only=True)
class SearchTime:
    """The time of a search on so many lanes. All moments are on the monotonic clock."""

    settings: PropertySettings
    lanes: int
    clock: Callable[[], float] = time.monotonic
    _came_s: list[float] = field(default_factory=list)

    def come(self) -> None:
        """Note that a lane has come."""
        self._came_s.append(self.clock())

    @property
    def lacks(self) -> int:
        """How many lanes have not come yet."""
        return self.lanes - len(self._came_s)

    def ends_s(self) -> float:
        """When the search is over, as far as is known: who has not come yet is taken to come now."""
        return self._after(self._wanted_s)

    def pairs_until_s(self) -> float:
        """When no more rows are begun, if enough pairs are met."""
        return self._after(min(self._wanted_s * _PAIRS_SHARE, _PAIRS_AT_MOST_S))

    def pairs_end_s(self) -> float:
        """When no more rows are begun at all."""
        return self._after(self.settings.longest_search_s)

    @property
    def is_cut_short(self) -> bool:
        """Whether the suite has less time to search than it should have."""
        return self._mean_s() + self._wanted_s > self._last_s

    @property
    def words(self) -> str:
        """How long it goes on."""
        left_s = self.ends_s() - self.clock()
        return f"for {max(0.0, left_s):.0f} s" if left_s < inf else "on"

    @property
    def searched_s(self) -> float:
        """How long it has gone on."""
        return self.clock() - self._came_s[0] if self._came_s else 0.0

    @property
    def _wanted_s(self) -> float:
        return self.settings.search_s(self.lanes)

    @property
    def _last_s(self) -> float:
        return self.settings.budget.part(_SEARCHED_SHARE).ends_s

    def _after(self, seconds: float) -> float:
        return min(self._mean_s() + seconds, self._last_s)

    def _mean_s(self) -> float:
        """When the lanes came on average."""
        return (sum(self._came_s) + self.lacks * self.clock()) / self.lanes
