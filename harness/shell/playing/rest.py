"""How long a target's breaker may rest yet, by what its lane's mock has done to it.

The one rule: what a harness did to a target it knows, and so it waits for a breaker instead of blaming it.
"""

from __future__ import annotations

import time
from typing import Final

from harness.core.judging.resting import Outcome, rests_until_s
from harness.core.judging.upstream.view import UpstreamView
from harness.core.target.claims import Breaker
from harness.shell.upstream.journal import Journal

CHEAP_S: Final = 3.0
"""A rest that is waited for; a longer one costs more than a fresh start of the target."""
MARGIN_S: Final = 0.6
"""How much longer than it says an open breaker may rest before it is held to have closed."""
PATIENCE_S: Final = 120.0
"""How long a lane waits for the breaker of a target that runs already, all its cases together."""
_REMEMBERED: Final = 1000
"""How many calls upstream may have opened a breaker."""


class Rest:
    """What a breaker has seen. Each call is read once, when it is over."""

    def __init__(self, breaker: Breaker | None, journal: Journal) -> None:
        self._breaker = breaker
        self._journal = journal
        self._outcomes: dict[int, Outcome] = {}

    def left_s(self, *, since: int) -> float:
        """Return how long the breaker may rightly rest yet, 0 when it is surely closed.

        `since` is the number of the last call that the target knows nothing of.
        """
        if self._breaker is None:
            return 0.0
        now_s = time.monotonic()
        since = max(since, self._journal.last_number - _REMEMBERED)
        known = tuple(self._journal.records(surface="ai", since=since))
        running = [Outcome(each.model, each.arrived_s, now_s, is_good=False) for each in known if each.end_s is None]
        self._outcomes = {
            each.number: self._outcomes.get(each.number) or Outcome.of(UpstreamView(each.snapshot()))
            for each in known
            if each.end_s is not None
        }
        return max(0.0, rests_until_s(self._breaker, (*running, *self._outcomes.values())) - now_s)
