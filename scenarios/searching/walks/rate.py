"""What two callers ask of a proxy that limits each of them.

The one rule: it begins with a target started afresh, which has counted nothing yet.
"""

from __future__ import annotations

from typing import Final

import hypothesis.strategies as st
from hypothesis.stateful import precondition, rule

from fault_injection.families import http
from scenarios.searching.walks.walk import Walk

_FAILS: Final = http.Status(code=503)


class RateWalk(Walk):
    """Requests of two callers, one of whom may ask for more than is allowed."""

    name = "rate-walk"
    fresh = True

    @rule(number=st.integers(1, 8))
    def eager(self, number: int) -> None:
        """The second caller asks several times at once."""
        self.ask(question=f"eager-{len(self.steps)}", identity="b", together=number)

    @precondition(lambda self: (self.reach.rate_per_minute or 0) <= 200)
    @rule()
    def greedy(self) -> None:
        """The second caller asks more than two minutes' worth at once."""
        limit = self.reach.rate_per_minute or 1
        self.ask(question=f"greedy-{len(self.steps)}", identity="b", together=2 * limit + 2)

    @rule(how=st.sampled_from(("left", "refused", "failed")))
    def in_vain(self, how: str) -> None:
        """The second caller asks something and leaves, or upstream declines it or fails at it."""
        question = f"in-vain-{len(self.steps)}"
        fails = how == "failed" and all(str(rule.faults[0]) != str(_FAILS) for rule in self.upstream)
        if how != "left":
            self.fail(_FAILS if fails else http.Status(code=400), question=question)  # more might open a breaker
        self.ask(question=question, identity="b", leaves=how == "left")

    @precondition(lambda self: sum(step.identity == "a" for step in self.steps) < 2)
    @rule()
    def modest(self) -> None:
        """The first caller asks once."""
        self.ask(question=f"modest-{len(self.steps)}")
