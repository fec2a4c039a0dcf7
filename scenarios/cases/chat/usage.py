"""What answers took at a chat service: counted once, also for answers that broke off, for whom they were made.

The one rule: each case has the service to itself, since it compares two looks at one sum.
"""

from __future__ import annotations

from fault_injection.families import client, sse_ends
from scenarios.case import Case, Step, Upstream
from scenarios.deed import Deed
from scenarios.prompt import Prompt

_COUNTED = "usage-counted"
_DOC = "edgeproof's own rule: usage-counted"
_ASK = Deed(do="ask")
_USAGE = Deed(do="usage")
_BEFORE = Step(label="before", deed=_USAGE)
_AFTER = Step(label="after", pause="moment", deed=_USAGE)

CASES: tuple[Case, ...] = (
    Case(
        id="usage.of-a-turn",
        promise="The usage of a user grows by what the model has counted, and by no more.",
        reference=_DOC,
        focus=(_COUNTED,),
        needs=("usage",),
        alone=True,
        steps=(
            _BEFORE,
            Step(label="first", talk="t", deed=_ASK),
            _AFTER,
            Step(label="second", question="r", talk="t", deed=_ASK),
            Step(label="at-last", pause="moment", deed=_USAGE),
        ),
    ),
    Case(
        id="usage.of-a-cut-answer",
        promise="An answer whose upstream broke off counts what it took.",
        reference=_DOC,
        focus=(_COUNTED,),
        needs=("usage",),
        alone=True,
        steps=(_BEFORE, Step(label="broken", talk="t", deed=_ASK), _AFTER),
        upstream=(Upstream(faults=(sse_ends.Truncate(after=6),)),),
    ),
    Case(
        id="usage.of-an-answer-left",
        promise="An answer whose client left counts what it took.",
        reference=_DOC,
        focus=(_COUNTED,),
        needs=("usage",),
        alone=True,
        steps=(
            _BEFORE,
            Step(
                label="left",
                prompt=Prompt(tokens=20, pace_s=0.05),
                talk="t",
                faults=(client.AbortAfter(events=8),),
                deed=_ASK,
            ),
            _AFTER,
        ),
    ),
    Case(
        id="usage.of-two-at-once",
        promise="Answers that end at the same time are both counted.",
        reference=_DOC,
        focus=(_COUNTED,),
        needs=("usage",),
        alone=True,
        steps=(
            _BEFORE,
            Step(label="one", talk="t", deed=_ASK),
            Step(label="two", question="r", talk="v", start="with", deed=_ASK),
            Step(label="three", question="s", talk="w", start="with", deed=_ASK),
            _AFTER,
        ),
    ),
    Case(
        id="usage.of-an-answer-made-again",
        promise="An answer that is made again counts as well.",
        reference=_DOC,
        focus=(_COUNTED,),
        needs=("usage", "branches"),
        alone=True,
        steps=(
            _BEFORE,
            Step(label="first", talk="t", deed=_ASK),
            Step(label="again", talk="t", pause="moment", deed=Deed(do="regenerate")),
            _AFTER,
        ),
    ),
    Case(
        id="usage.of-another-user",
        promise="What another tenant's answers take counts for that tenant alone.",
        reference=_DOC,
        focus=(_COUNTED,),
        needs=("usage", "tenants"),
        alone=True,
        steps=(
            _BEFORE,
            Step(label="theirs", talk="t", identity="b", deed=_ASK),
            Step(label="after", pause="moment", deed=_USAGE),
        ),
    ),
)
