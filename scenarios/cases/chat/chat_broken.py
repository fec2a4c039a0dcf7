"""Answers that break off at a chat service: the question stays, half an answer is marked, the next turn goes on.

The one rule: each case has a whole turn first, so that what marks half an answer can be seen.
"""

from __future__ import annotations

from fault_injection.families import client, http, sse_ends, sse_pace, tcp
from scenarios.case import Case, Step, Upstream
from scenarios.deed import Deed
from scenarios.prompt import Prompt

_SERVED = "chat-served"
_KEPT = "message-kept"
_DOC = "edgeproof's own rule: message-kept"
_ASK = Deed(do="ask")
_READ = Deed(do="read")
_FIRST = Step(label="first", talk="t", deed=_ASK)
_BROKEN = Step(label="broken", question="r", talk="t", pause="moment", deed=_ASK)
_AGAIN = Step(label="read", talk="t", pause="moment", deed=_READ)
_SLOW = Prompt(tokens=20, pace_s=0.05)

CASES: tuple[Case, ...] = (
    Case(
        id="chat.upstream-cut",
        promise="An answer whose upstream breaks off is not shown as finished, and is marked or left out.",
        reference=_DOC,
        focus=(_KEPT, _SERVED),
        needs=("chat_api",),
        steps=(_FIRST, _BROKEN, _AGAIN),
        upstream=(Upstream(faults=(sse_ends.Truncate(after=5),), question="r"),),
    ),
    Case(
        id="chat.upstream-reset",
        promise="An answer whose upstream is reset is not shown as finished, and is marked or left out.",
        reference=_DOC,
        focus=(_KEPT, _SERVED),
        needs=("chat_api",),
        steps=(_FIRST, _BROKEN, _AGAIN),
        upstream=(Upstream(faults=(tcp.Reset(at_byte=900),), question="r"),),
    ),
    Case(
        id="chat.goes-on-after-a-cut",
        promise="A conversation goes on after half an answer, which the model does not get as a whole one.",
        reference=_DOC,
        focus=(_KEPT, _SERVED),
        needs=("chat_api",),
        steps=(
            _FIRST,
            _BROKEN,
            Step(label="third", question="s", talk="t", pause="moment", deed=_ASK),
            _AGAIN,
        ),
        upstream=(Upstream(faults=(sse_ends.Truncate(after=5),), question="r"),),
    ),
    Case(
        id="chat.upstream-refuses",
        promise="A question that the model refuses is reported as failed, and the conversation goes on.",
        reference="edgeproof's own rule: chat-served",
        focus=(_SERVED, _KEPT),
        needs=("chat_api",),
        steps=(_FIRST, _BROKEN, Step(label="third", question="s", talk="t", pause="moment", deed=_ASK), _AGAIN),
        upstream=(Upstream(faults=(http.Status(code=400),), question="r"),),
    ),
    Case(
        id="chat.client-left",
        promise="A client that leaves in mid-stream finds its question, and no half of an answer shown as whole.",
        reference="AI SDK docs: chatbot message persistence, handling client disconnects",
        focus=(_KEPT,),
        needs=("chat_api",),
        steps=(
            _FIRST,
            Step(
                label="left",
                question="r",
                prompt=_SLOW,
                talk="t",
                faults=(client.AbortAfter(events=6),),
                pause="moment",
                deed=_ASK,
            ),
            _AGAIN,
        ),
    ),
    Case(
        id="chat.client-left-and-came-back",
        promise="A client that left in mid-stream goes on in the same conversation.",
        reference=_DOC,
        focus=(_KEPT, _SERVED),
        needs=("chat_api",),
        steps=(
            _FIRST,
            Step(
                label="left",
                question="r",
                prompt=_SLOW,
                talk="t",
                faults=(client.AbortAfter(events=6, rudely=True),),
                pause="moment",
                deed=_ASK,
            ),
            Step(label="third", question="s", talk="t", pause="moment", deed=_ASK),
            _AGAIN,
        ),
    ),
    Case(
        id="chat.model-falls-silent",
        promise="A model that falls silent is given up in the claimed time, and its question is kept.",
        reference="edgeproof's own rule: chat-served",
        focus=(_SERVED, _KEPT),
        needs=("chat_api.timeout_s",),
        steps=(_FIRST, _BROKEN, _AGAIN),
        upstream=(Upstream(faults=(sse_pace.Stall(after=4, for_s=30.0),), question="r"),),
    ),
    Case(
        id="chat.killed-in-mid-stream",
        promise="A service that is killed in mid-stream has lost nothing acknowledged, and shows no half as whole.",
        reference="AI SDK docs: chatbot message persistence",
        focus=(_KEPT,),
        needs=("chat_api.survives_restart",),
        steps=(
            _FIRST,
            Step(label="running", question="r", prompt=_SLOW, talk="t", pause="moment", deed=_ASK),
            Step(label="killed", start="first-event", deed=Deed(do="kill")),
            _AGAIN,
            Step(label="third", question="s", talk="t", deed=_ASK),
        ),
    ),
    Case(
        id="chat.killed-right-behind-an-answer",
        promise="An answer whose end the client got outlives a kill at that moment.",
        reference="AI SDK docs: chatbot message persistence",
        focus=(_KEPT,),
        needs=("chat_api.survives_restart",),
        steps=(
            _FIRST,
            Step(label="second", question="r", talk="t", pause="moment", deed=_ASK),
            Step(label="killed", deed=Deed(do="kill")),
            Step(label="read", talk="t", deed=_READ),
        ),
    ),
)
