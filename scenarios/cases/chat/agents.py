"""Agents of a chat service: made, changed and removed, and what they are told reaches the model."""

from __future__ import annotations

from scenarios.case import Case, Step
from scenarios.deed import Deed
from scenarios.prompt import Prompt

_APPLIED = "agent-applied"
_SERVED = "chat-served"
_DOC = "edgeproof's own rule: agent-applied"
_NEEDS = ("agents",)
_SHORT = Prompt(tokens=4)
_ADD = Step(label="add", question="p", deed=Deed(do="add-agent", agent="g"))
_ASKED = Step(label="ask", prompt=_SHORT, talk="t", deed=Deed(do="ask", agent="g"))

CASES: tuple[Case, ...] = (
    Case(
        id="agents.prompt-reaches-the-model",
        promise="The model gets the system prompt of the agent that a question names.",
        reference=_DOC,
        focus=(_APPLIED, _SERVED),
        needs=_NEEDS,
        steps=(_ADD, _ASKED),
    ),
    Case(
        id="agents.changed-prompt",
        promise="From the next question on, the model gets a changed prompt, and no longer the former one.",
        reference=_DOC,
        focus=(_APPLIED,),
        needs=_NEEDS,
        steps=(
            _ADD,
            _ASKED,
            Step(label="change", question="x", deed=Deed(do="change-agent", agent="g")),
            Step(label="read", deed=Deed(do="read-agent", agent="g")),
            Step(label="second", question="r", prompt=_SHORT, talk="t", pause="moment", deed=Deed(do="ask", agent="g")),
        ),
    ),
    Case(
        id="agents.two-of-a-tenant",
        promise="Each of two agents gets its own prompt, in one conversation.",
        reference="edgeproof's own rule: agent-applied",
        focus=(_APPLIED,),
        needs=_NEEDS,
        steps=(
            _ADD,
            Step(label="add-other", question="x", deed=Deed(do="add-agent", agent="h")),
            _ASKED,
            Step(label="other", question="r", prompt=_SHORT, talk="t", pause="moment", deed=Deed(do="ask", agent="h")),
        ),
    ),
    Case(
        id="agents.list-and-remove",
        promise="An agent is in the list until it is removed, and is not asked any more then.",
        reference=_DOC,
        focus=(_APPLIED, _SERVED),
        needs=_NEEDS,
        steps=(
            _ADD,
            Step(label="read", deed=Deed(do="read-agent", agent="g")),
            Step(label="list", deed=Deed(do="list-agents")),
            Step(label="remove", deed=Deed(do="remove-agent", agent="g")),
            Step(label="list-again", deed=Deed(do="list-agents")),
            Step(label="late", prompt=_SHORT, talk="t", deed=Deed(do="ask", agent="g")),
        ),
    ),
    Case(
        id="agents.own-model",
        promise="A question to an agent with a model of its own goes to that model.",
        reference=_DOC,
        focus=(_APPLIED,),
        needs=("agents", "second-model"),
        steps=(
            Step(label="add", question="p", model="second", deed=Deed(do="add-agent", agent="g")),
            _ASKED,
        ),
    ),
)
