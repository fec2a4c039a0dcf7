"""What opens a breaker, and what its first requests after a rest come to.

The one rule: every question is new, so that no cache can answer it.
"""

from __future__ import annotations

from typing import Final

import hypothesis.strategies as st
from hypothesis.stateful import initialize, precondition, rule

from fault_injection.families import http, sse_ends, tcp
from fault_injection.fault import Fault
from scenarios.searching.walks.walk import Walk

_MOST_FAILING: Final = 8


class BreakerWalk(Walk):
    """A breaker that opens, rests, and has its first request behind that succeed, fail, be refused or be left."""

    name = "breaker-walk"
    most_pauses = 3

    @initialize()
    def fail_first(self) -> None:
        """Let upstream fail until the breaker opens, as far as a few requests do that."""
        times = min(max(self.reach.breaker_failures, 1), _MOST_FAILING)
        self._failing("opening", http.Status(code=503), times=times)

    @precondition(lambda self: self.may_wait() and self.reach.rests)
    @rule(outcome=st.sampled_from(("well", "fails", "refused", "waits", "cut", "lost", "left")), stream=st.booleans())
    def probe(self, outcome: str, stream: bool) -> None:
        """Let the breaker have its rest, and then ask once."""
        self.wait("breaker-open")
        faults: dict[str, Fault] = {
            "fails": http.Status(code=500),
            "refused": http.Status(code=400),
            "waits": http.Status(code=429),
            "cut": sse_ends.Truncate(after=2),
            "lost": tcp.Reset(),
        }
        if outcome in faults:
            self._failing("probe", faults[outcome], stream=stream or outcome == "cut")
        else:
            self.ask(question=f"probe-{len(self.steps)}", stream=stream, leaves=outcome == "left")

    @rule(stream=st.booleans())
    def well(self, stream: bool) -> None:
        """Ask something that upstream answers, if it is asked."""
        self.ask(question=f"well-{len(self.steps)}", stream=stream)

    @precondition(lambda self: self.may_wait() and self.reach.rests)
    @rule()
    def rest(self) -> None:
        """Let the breaker have its rest, so that whatever comes next must be let through."""
        self.wait("breaker-open")

    def _failing(self, what: str, fault: Fault, *, stream: bool = False, times: int = 1) -> None:
        question = f"{what}-{len(self.steps)}"
        self.fail(fault, question=question)
        self.ask(question=question, stream=stream, times=times)
