"""Usage that is counted: once for each answer, as it was, for whom it was.

The one rule: a caller asks for its own numbers before and behind its questions; only the difference is judged.
"""

from __future__ import annotations

from fault_injection.families import http, sse_ends
from scenarios.case import Case, Expect, Step, Upstream
from scenarios.prompt import Prompt

_TRUE = "analytics-true"
_WITH_USAGE = {"stream_options": {"include_usage": True}}
_BEFORE = Step(label="before", act="usage")
_AFTER = Step(label="after", act="usage", pause="moment")


CASES: tuple[Case, ...] = (
    Case(
        id="analytics.json-and-streams",
        promise="Whole answers and streams are counted once each, with their tokens.",
        reference="Cloudflare docs: Workers Analytics Engine, get started",
        focus=(_TRUE,),
        needs=("analytics",),
        steps=(
            _BEFORE,
            Step(label="json", stream=False),
            Step(label="stream", question="r", prompt=Prompt(tokens=30), params=_WITH_USAGE),
            _AFTER,
        ),
        expect=(
            Expect(step="json", seen="answered", invariant=_TRUE),
            Expect(step="stream", seen="answered", invariant=_TRUE),
        ),
        alone=True,
    ),
    Case(
        id="analytics.two-callers",
        promise="What a caller used is counted for that caller.",
        reference="edgeproof's own rule: analytics-true",
        focus=(_TRUE,),
        needs=("analytics",),
        steps=(
            _BEFORE,
            Step(label="their-before", act="usage", identity="b"),
            Step(label="mine", stream=False),
            Step(label="theirs", question="r", stream=False, identity="b"),
            Step(label="theirs-again", question="s", stream=False, identity="b"),
            _AFTER,
            Step(label="their-after", act="usage", identity="b"),
        ),
        expect=(
            Expect(step="mine", seen="answered", invariant=_TRUE),
            Expect(step="theirs", seen="answered", invariant=_TRUE),
            Expect(step="theirs-again", seen="answered", invariant=_TRUE),
        ),
        alone=True,
    ),
    Case(
        id="analytics.retried",
        promise="An answer that took two attempts is counted once.",
        reference="edgeproof's own rule: analytics-true",
        focus=(_TRUE,),
        needs=("analytics", "retry"),
        steps=(_BEFORE, Step(label="retried", stream=False), _AFTER),
        upstream=(Upstream(faults=(http.Status(code=503),), nth=1),),
        expect=(Expect(step="retried", seen="answered", invariant=_TRUE),),
        alone=True,
    ),
    Case(
        id="analytics.cache-hit",
        promise="An answer from the cache is counted as a hit.",
        reference="edgeproof's own rule: analytics-true",
        focus=(_TRUE,),
        needs=("analytics", "cache"),
        steps=(_BEFORE, Step(label="miss", stream=False), Step(label="hit", stream=False), _AFTER),
        expect=(
            Expect(step="miss", seen="answered", invariant=_TRUE),
            Expect(step="hit", seen="answered", invariant=_TRUE),
        ),
        alone=True,
    ),
    Case(
        id="analytics.broken-and-whole",
        promise="An answer that broke off does not keep the next from being counted as it was.",
        reference="edgeproof's own rule: analytics-true",
        focus=(_TRUE,),
        needs=("analytics",),
        steps=(_BEFORE, Step(label="cut"), Step(label="whole", question="r", stream=False), _AFTER),
        upstream=(Upstream(faults=(sse_ends.Truncate(after=5),)),),
        expect=(
            Expect(step="cut", seen="failed", invariant="no-laundering"),
            Expect(step="whole", seen="answered", invariant=_TRUE),
        ),
        alone=True,
    ),
    Case(
        id="analytics.over-a-socket",
        promise="Questions over a WebSocket are counted like any other.",
        reference="edgeproof's own rule: analytics-true",
        focus=(_TRUE,),
        needs=("analytics", "sessions.websocket"),
        steps=(
            _BEFORE,
            Step(label="first", talk="t", socket="s", params=_WITH_USAGE),
            Step(label="second", question="r", talk="t", socket="s", params=_WITH_USAGE),
            _AFTER,
        ),
        expect=(
            Expect(step="first", seen="answered", invariant=_TRUE),
            Expect(step="second", seen="answered", invariant=_TRUE),
        ),
        alone=True,
    ),
)
