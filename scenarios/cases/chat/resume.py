"""A client that was cut off from its answer reads it on: nothing is missing, nothing comes twice."""

from __future__ import annotations

from fault_injection.families import client, sse_ends
from scenarios.case import Case, Step, Upstream
from scenarios.deed import Deed
from scenarios.prompt import Prompt

_TRUE = "resumed-true"
_DOC = "edgeproof's own rule: resumed-true"
_ON = Step(label="on", talk="t", deed=Deed(do="resume"))
_LEFT = Step(
    label="left",
    prompt=Prompt(tokens=16, pace_s=0.06),
    talk="t",
    faults=(client.AbortAfter(events=5),),
    deed=Deed(do="ask"),
)

CASES: tuple[Case, ...] = (
    Case(
        id="resume.after-a-lost-connection",
        promise="A client that lost its connection in mid-answer gets the rest of it, and nothing twice.",
        reference=_DOC,
        focus=(_TRUE,),
        needs=("resume",),
        steps=(_LEFT, _ON),
    ),
    Case(
        id="resume.twice",
        promise="Two that read one answer on get the same.",
        reference=_DOC,
        focus=(_TRUE,),
        needs=("resume",),
        steps=(_LEFT, _ON, Step(label="on-too", talk="t", start="with", deed=Deed(do="resume"))),
    ),
    Case(
        id="resume.of-an-answer-that-breaks-off",
        promise="An answer that breaks off is not read on as a finished one.",
        reference=_DOC,
        focus=(_TRUE,),
        needs=("resume",),
        steps=(_LEFT, _ON),
        upstream=(Upstream(faults=(sse_ends.Truncate(after=12),)),),
    ),
    Case(
        id="resume.by-somebody-else",
        promise="Nobody reads on an answer in a conversation of somebody else's.",
        reference="OWASP API Security Top 10: API1, broken object level authorization",
        focus=("tenant-isolated", _TRUE),
        needs=("resume", "tenants"),
        steps=(
            _LEFT,
            Step(label="theirs", talk="t", identity="b", deed=Deed(do="resume")),
            Step(label="on", talk="t", start="with", deed=Deed(do="resume")),
        ),
    ),
)
