"""What upstream does to a proxy that retries and has a second model.

The one rule: every question is new, so that no cache can answer it.
"""

from __future__ import annotations

from typing import Final

import hypothesis.strategies as st
from hypothesis.stateful import precondition, rule

from fault_injection.families import http, tcp
from scenarios.case import Model
from scenarios.searching.walks.walk import Walk

_MOST_IN_VAIN: Final = 2
"""Requests that cost every attempt, with the pauses between them; two of them open most breakers."""


class UpstreamWalk(Walk):
    """Requests that upstream answers at once, late, or never, one after another and side by side."""

    name = "upstream-walk"

    @rule(stream=st.booleans(), beside=st.booleans())
    def well(self, stream: bool, beside: bool) -> None:
        """Ask something that upstream answers."""
        self.ask(question=f"well-{len(self.steps)}", stream=stream, beside=beside)

    @rule(times=st.integers(1, 2), code=st.sampled_from((500, 503, 502)), stream=st.booleans())
    def at_last(self, times: int, code: int, stream: bool) -> None:
        """Ask something that upstream answers after a few failures."""
        question = f"at-last-{len(self.steps)}"
        self.fail(http.Status(code=code), question=question, first=times)
        self.ask(question=question, stream=stream)

    @precondition(lambda self: sum(step.question.startswith("never-") for step in self.steps) < _MOST_IN_VAIN)
    @rule(beside=st.booleans(), model=st.sampled_from((None, "main")))
    def never(self, beside: bool, model: Model | None) -> None:
        """Ask something that upstream always fails at, or one model of it."""
        question = f"never-{len(self.steps)}"
        self.fail(http.Status(code=500), question=question, model=model)
        self.ask(question=question, beside=beside)

    @rule(at_byte=st.integers(0, 900))
    def torn(self, at_byte: int) -> None:
        """Ask for a stream whose connection is reset somewhere."""
        question = f"torn-{len(self.steps)}"
        self.fail(tcp.Reset(at_byte=at_byte), question=question, first=1)
        self.ask(question=question, stream=True)

    @rule(code=st.sampled_from((400, 401, 422)))
    def refused(self, code: int) -> None:
        """Ask something that upstream refuses for good."""
        question = f"refused-{len(self.steps)}"
        self.fail(http.Status(code=code), question=question)
        self.ask(question=question)

    @rule(beside=st.booleans())
    def left(self, beside: bool) -> None:
        """Ask something, and leave before it is answered."""
        self.ask(question=f"left-{len(self.steps)}", beside=beside, leaves=True)

    @precondition(lambda self: self.may_wait() and self.reach.breaker_failures and self.reach.rests)
    @rule()
    def rest(self) -> None:
        """Let an open breaker have its rest."""
        self.wait("breaker-open")
