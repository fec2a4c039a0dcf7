"""An answer that is made again at a chat service: beside the former one, in its place, and only once it is whole."""

from __future__ import annotations

from fault_injection.families import sse_ends
from scenarios.case import Case, Step, Upstream
from scenarios.deed import Deed

_TRUE = "branch-true"
_SERVED = "chat-served"
_DOC = "edgeproof's own rule: branch-true"
_ASK = Deed(do="ask")
_READ = Deed(do="read")
_FIRST = Step(label="first", talk="t", deed=_ASK)
_LOOK = Step(label="look", talk="t", pause="moment", deed=_READ)
_AGAIN = Step(label="again", talk="t", deed=Deed(do="regenerate"))
_AFTER = Step(label="read", talk="t", pause="moment", deed=_READ)

CASES: tuple[Case, ...] = (
    Case(
        id="branches.made-again",
        promise="An answer that is made again takes the place of the former one.",
        reference="AI SDK docs: useChat, regenerate",
        focus=(_TRUE, _SERVED),
        needs=("branches",),
        steps=(_FIRST, _LOOK, _AGAIN, _AFTER),
    ),
    Case(
        id="branches.both-are-kept",
        promise="The former answer stays beside the one that was made again.",
        reference=_DOC,
        focus=(_TRUE,),
        needs=("branches.all",),
        steps=(
            _FIRST,
            _LOOK,
            _AGAIN,
            Step(label="every", talk="t", pause="moment", deed=Deed(do="read", every_branch=True)),
        ),
    ),
    Case(
        id="branches.goes-on-from-the-new-one",
        promise="A conversation goes on from the answer that was made again, and the model gets only that one.",
        reference=_DOC,
        focus=(_TRUE,),
        needs=("branches",),
        steps=(
            _FIRST,
            Step(label="again", talk="t", pause="moment", deed=Deed(do="regenerate")),
            Step(label="second", question="r", talk="t", pause="moment", deed=_ASK),
            _AFTER,
        ),
    ),
    Case(
        id="branches.made-again-in-vain",
        promise="The former answer stays in its place when the new one breaks off.",
        reference=_DOC,
        focus=(_TRUE, _SERVED),
        needs=("branches",),
        steps=(_FIRST, _LOOK, _AGAIN, _AFTER),
        upstream=(Upstream(faults=(sse_ends.Truncate(after=5),), after=1),),
    ),
    Case(
        id="branches.three-answers",
        promise="Of three answers to a question the last one is shown, and none is lost.",
        reference=_DOC,
        focus=(_TRUE,),
        needs=("branches.all",),
        steps=(
            _FIRST,
            _LOOK,
            _AGAIN,
            Step(label="look-again", talk="t", pause="moment", deed=_READ),
            Step(label="once-more", talk="t", deed=Deed(do="regenerate")),
            _AFTER,
            Step(label="every", talk="t", deed=Deed(do="read", every_branch=True)),
        ),
    ),
)
