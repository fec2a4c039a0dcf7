"""Turns at a chat service: streamed whole, told with what was said before, and there when somebody looks."""

from __future__ import annotations

from scenarios.case import Case, Step
from scenarios.deed import Deed
from scenarios.prompt import Prompt

_SERVED = "chat-served"
_KEPT = "message-kept"
_DOC = "edgeproof's own rule: message-kept"
_ASK = Deed(do="ask")
_READ = Deed(do="read")
_FIRST = Step(label="first", talk="t", deed=_ASK)

CASES: tuple[Case, ...] = (
    Case(
        id="chat.single-message",
        promise="One message begins a conversation, and its answer streams whole.",
        reference=_DOC,
        focus=(_SERVED, _KEPT),
        needs=("chat_api",),
        steps=(_FIRST, Step(label="read", talk="t", pause="moment", deed=_READ)),
    ),
    Case(
        id="chat.second-turn",
        promise="The model gets the turns before a question, in order and with their answers.",
        reference=_DOC,
        focus=(_KEPT, _SERVED),
        needs=("chat_api",),
        steps=(
            _FIRST,
            Step(label="second", question="r", talk="t", pause="moment", deed=_ASK),
            Step(label="third", question="s", talk="t", pause="moment", deed=_ASK),
            Step(label="read", talk="t", pause="moment", deed=_READ),
        ),
    ),
    Case(
        id="chat.long-answer",
        promise="An answer of many thousand characters streams whole and is kept whole.",
        reference=_DOC,
        focus=(_SERVED, _KEPT),
        needs=("chat_api",),
        steps=(
            Step(label="first", prompt=Prompt(tokens=900, token_bytes=8), talk="t", deed=_ASK),
            Step(label="read", talk="t", pause="moment", deed=_READ),
        ),
    ),
    Case(
        id="chat.letters-of-all-kinds",
        promise="Letters of every alphabet are kept as they were said.",
        reference="edgeproof's own rule: message-kept",
        focus=(_KEPT,),
        needs=("chat_api",),
        steps=(
            Step(label="first", prompt=Prompt(tokens=60), talk="t", deed=_ASK),
            Step(label="read", talk="t", pause="moment", deed=_READ),
        ),
    ),
    Case(
        id="chat.three-at-once",
        promise="Chats at the same time do not mix.",
        reference=_DOC,
        focus=(_SERVED, _KEPT),
        needs=("chat_api",),
        steps=(
            Step(label="one", prompt=Prompt(tokens=8, pace_s=0.02), talk="t", deed=_ASK),
            Step(label="two", question="r", prompt=Prompt(tokens=8, pace_s=0.02), talk="v", start="with", deed=_ASK),
            Step(label="three", question="s", prompt=Prompt(tokens=8, pace_s=0.02), talk="w", start="with", deed=_ASK),
            Step(label="read-one", talk="t", pause="moment", deed=_READ),
            Step(label="read-two", talk="v", start="with", deed=_READ),
            Step(label="read-three", talk="w", start="with", deed=_READ),
        ),
    ),
    Case(
        id="chat.another-model-in-between",
        promise="The model can change inside a conversation, and knows what the other one said.",
        reference=_DOC,
        focus=(_SERVED, _KEPT),
        needs=("chat_api", "second-model"),
        steps=(
            _FIRST,
            Step(label="second", question="r", talk="t", model="second", pause="moment", deed=_ASK),
            Step(label="third", question="s", talk="t", pause="moment", deed=_ASK),
            Step(label="read", talk="t", pause="moment", deed=_READ),
        ),
    ),
    Case(
        id="chat.goes-on-at-once",
        promise="Whoever goes on as soon as an answer is over finds it kept.",
        reference="edgeproof's own rule: message-kept",
        focus=(_KEPT,),
        needs=("chat_api",),
        steps=(
            _FIRST,
            Step(label="second", question="r", talk="t", deed=_ASK),
            Step(label="read", talk="t", deed=_READ),
        ),
    ),
    Case(
        id="chat.read-while-it-streams",
        promise="A question is there as soon as its answer begins, and the half of an answer is not shown as whole.",
        reference="edgeproof's own rule: message-kept",
        focus=(_KEPT,),
        needs=("chat_api",),
        steps=(
            _FIRST,
            Step(label="second", question="r", prompt=Prompt(tokens=10, pace_s=0.06), talk="t", deed=_ASK),
            Step(label="read", talk="t", start="first-event", deed=_READ),
            Step(label="read-again", talk="t", pause="moment", deed=_READ),
        ),
    ),
    Case(
        id="chat.key-changed-in-mid-stream",
        promise="A key that is changed breaks no stream that runs, and begins none any more.",
        reference=_DOC,
        focus=(_SERVED, "tenant-isolated"),
        needs=("chat_api.add_key", "chat_api.rotate_key", "tenants"),
        steps=(
            Step(label="add-key", deed=Deed(do="add-key", key="k")),
            Step(label="running", prompt=Prompt(tokens=16, pace_s=0.05), talk="t", deed=Deed(do="ask", key="k")),
            Step(label="change", start="first-event", deed=Deed(do="rotate-key", key="k")),
            Step(label="late", question="r", prompt=Prompt(tokens=4), talk="v", deed=Deed(do="ask", key="k")),
            Step(label="read", talk="t", pause="moment", deed=_READ),
        ),
    ),
)
