"""Streams that have no end of their own: a target ends them, by its deadline or by any bound that it has.

The one rule: text comes all the time, so no idle limit helps. A target may well let a living stream live for longer
than its deadline; the client waits twice as long.
"""

from __future__ import annotations

from fault_injection.families import sse_ends
from scenarios.case import Case, Expect, Step, Upstream
from scenarios.prompt import Prompt

CASES: tuple[Case, ...] = (
    Case(
        id="endings.never-by-itself",
        promise="A stream that repeats the same text forever is ended, and not as a finished answer.",
        reference="edgeproof's own rule: ends-in-time",
        focus=("ends-in-time", "no-laundering"),
        level="should",
        needs=("limits.deadline_s",),
        steps=(Step(prompt=Prompt(tokens=40, pace_s=0.2)),),
        upstream=(Upstream(faults=(sse_ends.Endless(wait_s=0.2, count=400),)),),
        expect=(Expect(step="ask", seen="failed", invariant="no-laundering"),),
    ),
)
