"""Turns that come to nothing: upstream fails, breaks off or says nothing, or the client goes.

The one rule: what becomes of such a turn is the target's choice, but the next one is answered, and no half is a whole.
"""

from __future__ import annotations

from fault_injection.families import client, http, sse_ends
from scenarios.case import Case, Expect, Step, Upstream
from scenarios.prompt import Prompt

_KEPT = "conversation-kept"
_NEXT = Step(label="next", question="s", talk="t", pause="moment")
_ANSWERED = (Expect(step="next", seen="answered", invariant=_KEPT),)

CASES: tuple[Case, ...] = (
    Case(
        id="sessions.cut-in-mid-answer",
        promise="Half an answer does not reach upstream as a whole one, and does not keep the next turn from its own.",
        reference="edgeproof's own rule: conversation-kept",
        focus=(_KEPT, "no-laundering"),
        needs=("sessions",),
        steps=(
            Step(label="first", question="r", talk="t"),
            Step(label="cut", talk="t", pause="moment"),
            _NEXT,
        ),
        upstream=(Upstream(faults=(sse_ends.Truncate(after=5),)),),
        expect=(Expect(step="cut", seen="failed", invariant="no-laundering"), *_ANSWERED),
    ),
    Case(
        id="sessions.history-of-a-cut-answer",
        promise="A history does not show half an answer as it shows whole ones.",
        reference="edgeproof's own rule: conversation-kept",
        focus=(_KEPT,),
        needs=("sessions.history",),
        steps=(
            Step(label="first", question="r", talk="t"),
            Step(label="second", question="u", talk="t", pause="moment"),
            Step(label="cut", talk="t", pause="moment"),
            Step(label="read", talk="t", act="history", pause="moment"),
        ),
        upstream=(Upstream(faults=(sse_ends.Truncate(after=6),)),),
        expect=(Expect(step="cut", seen="failed", invariant="no-laundering"),),
    ),
    Case(
        id="sessions.upstream-error",
        promise="A turn that upstream refused does not keep the next from its answer.",
        reference="edgeproof's own rule: conversation-kept",
        focus=(_KEPT, "status-mapped"),
        needs=("sessions",),
        steps=(
            Step(label="first", question="r", stream=False, talk="t"),
            Step(label="failed", stream=False, talk="t", pause="moment"),
            _NEXT,
        ),
        upstream=(Upstream(faults=(http.Status(code=500),)),),
        expect=(Expect(step="failed", seen="failed", invariant="status-mapped"), *_ANSWERED),
    ),
    Case(
        id="sessions.first-turn-failed",
        promise="A conversation whose first turn failed can be gone on with.",
        reference="edgeproof's own rule: conversation-kept",
        focus=(_KEPT,),
        needs=("sessions",),
        steps=(
            Step(label="failed", talk="t"),
            Step(label="next", question="s", talk="t", pause="moment"),
            Step(label="later", question="u", talk="t", pause="moment"),
        ),
        upstream=(Upstream(faults=(http.Status(code=400),)),),
        expect=(*_ANSWERED, Expect(step="later", seen="answered", invariant=_KEPT)),
    ),
    Case(
        id="sessions.answer-without-a-text",
        promise="An answer without a text does not keep the next question from its own.",
        reference="Cloudflare docs: Workers AI, text generation input (content is a text)",
        focus=(_KEPT,),
        needs=("sessions",),
        steps=(
            Step(label="empty", prompt=Prompt(tokens=0), talk="t"),
            Step(label="called", question="r", prompt=Prompt(tools=1), stream=False, talk="t", pause="moment"),
            _NEXT,
        ),
        expect=_ANSWERED,
    ),
    Case(
        id="sessions.client-that-left",
        promise="A client that left in mid-answer can go on with its conversation.",
        reference="edgeproof's own rule: conversation-kept",
        focus=(_KEPT, "cancel-propagates"),
        needs=("sessions",),
        steps=(
            Step(label="first", question="r", talk="t"),
            Step(
                label="leaving",
                prompt=Prompt(tokens=60, pace_s=0.05),
                talk="t",
                faults=(client.AbortAfter(events=4),),
                pause="moment",
            ),
            _NEXT,
        ),
        expect=_ANSWERED,
    ),
    Case(
        id="sessions.too-large-a-question",
        promise="A question that was declined for its size does not keep the next from its answer.",
        reference="edgeproof's own rule: conversation-kept",
        focus=(_KEPT, "request-limits"),
        needs=("sessions", "limits.max_request_bytes"),
        steps=(
            Step(label="first", question="r", stream=False, talk="t"),
            Step(
                label="large",
                stream=False,
                talk="t",
                faults=(client.HugeRequest(size_bytes=2_000_000),),
                pause="moment",
            ),
            _NEXT,
        ),
        expect=_ANSWERED,
    ),
)
