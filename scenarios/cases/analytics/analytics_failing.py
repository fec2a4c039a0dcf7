"""Counting that fails: the place where numbers are written is slow, broken or down, and upstream is well.

The one rule: no client asked for its usage to be counted. Whatever becomes of the number, the answer is the model's.
"""

from __future__ import annotations

from fault_injection.families import http, tcp
from scenarios.case import Case, Expect, Step, Upstream

_TRUE = "analytics-true"
_ASIDE = "analytics-aside"
_TOLD = "drops-told"
_BEFORE = Step(label="before", act="usage")
_AFTER = Step(label="after", act="usage", pause="moment")
_WRITES = "analytics.write"


CASES: tuple[Case, ...] = (
    Case(
        id="analytics.write-fails",
        promise="Numbers that cannot be written cost no answer, and each one that is lost is reported.",
        reference="edgeproof's own rule: drops-told",
        focus=(_ASIDE, _TOLD),
        needs=("analytics",),
        steps=(
            _BEFORE,
            Step(label="json", stream=False),
            Step(label="stream", question="r", pause="moment"),
            Step(label="json-again", question="s", stream=False, pause="moment"),
            _AFTER,
        ),
        upstream=(Upstream(faults=(http.Status(code=500),), surface=_WRITES, question=None, must_strike=False),),
        expect=(
            Expect(step="json", seen="answered", invariant=_ASIDE),
            Expect(step="stream", seen="answered", invariant=_ASIDE),
            Expect(step="json-again", seen="answered", invariant=_ASIDE),
        ),
        alone=True,
    ),
    Case(
        id="analytics.write-reset",
        promise="A connection for numbers that is lost costs no answer, and each number that is lost is reported.",
        reference="edgeproof's own rule: drops-told",
        focus=(_ASIDE, _TOLD),
        needs=("analytics",),
        steps=(
            _BEFORE,
            Step(label="json", stream=False),
            Step(label="json-again", question="r", stream=False, pause="moment"),
            _AFTER,
        ),
        upstream=(Upstream(faults=(tcp.Reset(),), surface=_WRITES, question=None, must_strike=False),),
        expect=(
            Expect(step="json", seen="answered", invariant=_ASIDE),
            Expect(step="json-again", seen="answered", invariant=_ASIDE),
        ),
        alone=True,
    ),
    Case(
        id="analytics.write-without-an-answer",
        promise="A number whose write never ends keeps no answer back.",
        reference="Cloudflare docs: Workers Analytics Engine, get started (writes are not awaited)",
        focus=(_ASIDE,),
        needs=("analytics",),
        steps=(
            _BEFORE,
            Step(label="json", stream=False),
            Step(label="json-again", question="r", stream=False),
            Step(label="stream", question="s"),
        ),
        upstream=(Upstream(faults=(tcp.Blackhole(for_s=20.0),), surface=_WRITES, question=None, must_strike=False),),
        expect=(
            Expect(step="json", seen="answered", invariant=_ASIDE),
            Expect(step="json-again", seen="answered", invariant=_ASIDE),
            Expect(step="stream", seen="answered", invariant=_ASIDE),
        ),
        alone=True,
    ),
    Case(
        id="analytics.queue-full",
        promise="While numbers cannot be written, no more wait than is claimed, and the others are reported as "
        "dropped.",
        reference="edgeproof's own rule: drops-told",
        focus=(_TOLD, _ASIDE),
        needs=("analytics.queue",),
        steps=(_BEFORE, Step(label="many", stream=False, together=24, unique=True), _AFTER),
        upstream=(Upstream(faults=(tcp.Blackhole(for_s=20.0),), surface=_WRITES, question=None, must_strike=False),),
        expect=(Expect(step="many", seen="answered", invariant=_ASIDE),),
        alone=True,
    ),
    Case(
        id="analytics.numbers-cannot-be-read",
        promise="Numbers that cannot be read are reported as an error, not as none.",
        reference="edgeproof's own rule: analytics-true",
        focus=(_TRUE,),
        needs=("analytics",),
        steps=(
            _BEFORE,
            Step(label="json", stream=False),
            Step(label="unread", act="usage", pause="moment"),
            _AFTER,
        ),
        upstream=(
            Upstream(
                faults=(http.Status(code=500),), surface="analytics.query", question=None, nth=2, must_strike=False
            ),
        ),
        expect=(Expect(step="json", seen="answered", invariant=_TRUE),),
        alone=True,
    ),
)
