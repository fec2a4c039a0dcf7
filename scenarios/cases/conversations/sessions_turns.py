"""Turns of a conversation: each knows those before it, in order and once, whoever else is talking.

The one rule: a client sends its new question and the name of its conversation, and nothing of what it had said before.
"""

from __future__ import annotations

from scenarios.case import Case, Expect, Step
from scenarios.prompt import Prompt

_KEPT = "conversation-kept"
_FIRST = Step(label="first", talk="t")
_READ = Step(label="read", talk="t", act="history", pause="moment")

CASES: tuple[Case, ...] = (
    Case(
        id="sessions.second-turn",
        promise="The second question of a conversation reaches upstream behind the first one and its answer.",
        reference="edgeproof's own rule: conversation-kept",
        focus=(_KEPT, "request-true"),
        needs=("sessions",),
        steps=(_FIRST, Step(label="second", question="r", talk="t", pause="moment")),
        expect=(
            Expect(step="first", seen="answered", invariant=_KEPT),
            Expect(step="second", seen="answered", invariant=_KEPT),
        ),
    ),
    Case(
        id="sessions.goes-on-at-once",
        promise="A turn whose end the client got is there for whoever goes on without a pause.",
        reference="edgeproof's own rule: conversation-kept",
        focus=(_KEPT,),
        level="should",
        needs=("sessions",),
        steps=(
            Step(label="first", stream=False, talk="t"),
            Step(label="second", question="r", stream=False, talk="t"),
            Step(label="third", question="s", talk="t"),
            Step(label="fourth", question="u", talk="t"),
        ),
        expect=(
            Expect(step="second", seen="answered", invariant=_KEPT),
            Expect(step="fourth", seen="answered", invariant=_KEPT),
        ),
    ),
    Case(
        id="sessions.json-and-streams",
        promise="Whole answers and streams of one conversation are remembered alike.",
        reference="edgeproof's own rule: conversation-kept",
        focus=(_KEPT, "no-loss"),
        needs=("sessions",),
        steps=(
            Step(label="json", stream=False, talk="t"),
            Step(label="stream", question="r", talk="t", pause="moment"),
            Step(label="again", question="s", stream=False, talk="t", pause="moment"),
        ),
        expect=(
            Expect(step="stream", seen="answered", invariant=_KEPT),
            Expect(step="again", seen="answered", invariant=_KEPT),
        ),
    ),
    Case(
        id="sessions.two-conversations",
        promise="Two conversations of one caller know nothing of one another.",
        reference="edgeproof's own rule: not-shared",
        focus=("not-shared", _KEPT),
        needs=("sessions",),
        steps=(
            Step(label="one", stream=False, talk="t"),
            Step(label="other", question="r", stream=False, talk="v"),
            Step(label="one-again", question="s", stream=False, talk="t", pause="moment"),
            Step(label="other-again", question="u", stream=False, talk="v"),
        ),
        expect=(
            Expect(step="one-again", seen="answered", invariant=_KEPT),
            Expect(step="other-again", seen="answered", invariant=_KEPT),
        ),
    ),
    Case(
        id="sessions.beside-a-conversation",
        promise="A question that names no conversation gets nothing of one, and leaves nothing in it.",
        reference="edgeproof's own rule: not-shared",
        focus=("not-shared", _KEPT),
        needs=("sessions",),
        steps=(
            Step(label="first", stream=False, talk="t"),
            Step(label="outside", question="r", stream=False, pause="moment"),
            Step(label="second", question="s", stream=False, talk="t", pause="moment"),
        ),
        expect=(
            Expect(step="outside", seen="answered", invariant="not-shared"),
            Expect(step="second", seen="answered", invariant=_KEPT),
        ),
    ),
    Case(
        id="sessions.two-callers",
        promise="Two callers whose conversations have the same name do not share one.",
        reference="OWASP API Security Top 10: API1, broken object level authorization",
        focus=("not-shared", _KEPT),
        needs=("sessions.per_identity",),
        steps=(
            Step(label="mine", stream=False, talk="t"),
            Step(label="theirs", question="r", stream=False, talk="t", identity="b", pause="moment"),
            Step(label="mine-again", question="s", stream=False, talk="t", pause="moment"),
        ),
        expect=(
            Expect(step="mine", seen="answered", invariant=_KEPT),
            Expect(step="mine-again", seen="answered", invariant=_KEPT),
        ),
    ),
    Case(
        id="sessions.three-at-once",
        promise="Three conversations at the same time stay three.",
        reference="edgeproof's own rule: not-shared",
        focus=("not-shared", _KEPT, "no-cross-talk"),
        needs=("sessions",),
        steps=(
            Step(label="one", prompt=Prompt(tokens=6, pace_s=0.03), talk="t"),
            Step(label="two", question="r", prompt=Prompt(tokens=6, pace_s=0.03), talk="v", start="with"),
            Step(label="three", question="s", prompt=Prompt(tokens=6, pace_s=0.03), talk="w", start="with"),
            Step(label="one-again", question="u", talk="t", pause="moment"),
            Step(label="two-again", question="x", talk="v", start="with"),
            Step(label="three-again", question="y", talk="w", start="with"),
        ),
        expect=(
            Expect(step="one-again", seen="answered", invariant=_KEPT),
            Expect(step="two-again", seen="answered", invariant=_KEPT),
            Expect(step="three-again", seen="answered", invariant=_KEPT),
        ),
    ),
    Case(
        id="sessions.two-turns-at-once",
        promise="Two questions at once in one conversation are both remembered, or one is declined.",
        reference="Cloudflare docs: Durable Objects, in-memory state (one event at a time)",
        focus=(_KEPT,),
        needs=("sessions",),
        steps=(
            Step(label="first", prompt=Prompt(tokens=8, pace_s=0.03), talk="t"),
            Step(label="second", question="r", prompt=Prompt(tokens=8, pace_s=0.03), talk="t", start="with"),
            Step(label="third", question="s", talk="t", pause="moment"),
        ),
        expect=(
            Expect(step="first", seen="served-or-declined", invariant=_KEPT),
            Expect(step="second", seen="served-or-declined", invariant=_KEPT),
            Expect(step="third", seen="answered", invariant=_KEPT),
        ),
    ),
    Case(
        id="sessions.thirty-turns",
        promise="A conversation of thirty turns is still answered, and knows the turn before.",
        reference="edgeproof's own rule: conversation-kept",
        focus=(_KEPT,),
        needs=("sessions",),
        steps=(
            Step(label="turn", prompt=Prompt(tokens=3), stream=False, talk="t", times=30, unique=True),
            Step(label="last", question="r", talk="t", pause="moment"),
        ),
        expect=(
            Expect(step="turn", seen="answered", invariant=_KEPT),
            Expect(step="last", seen="answered", invariant=_KEPT),
        ),
    ),
    Case(
        id="sessions.after-a-restart",
        promise="A conversation is there again when the target was started afresh.",
        reference="Cloudflare docs: Durable Objects, lifecycle (memory is lost, storage is not)",
        focus=(_KEPT,),
        needs=("sessions.survives_restart",),
        steps=(_FIRST, Step(label="second", question="r", talk="t", pause="moment", restart=True)),
        expect=(Expect(step="second", seen="answered", invariant=_KEPT),),
    ),
    Case(
        id="sessions.history-in-order",
        promise="The history of a conversation shows each question and each answer once, in order.",
        reference="edgeproof's own rule: conversation-kept",
        focus=(_KEPT,),
        needs=("sessions.history",),
        steps=(
            Step(label="first", stream=False, talk="t"),
            Step(label="second", question="r", talk="t", pause="moment"),
            Step(label="third", question="s", stream=False, talk="t", pause="moment"),
            _READ,
        ),
        expect=(Expect(step="third", seen="answered", invariant=_KEPT),),
    ),
    Case(
        id="sessions.history-of-another-caller",
        promise="Nobody reads the conversation of another caller.",
        reference="OWASP API Security Top 10: API1, broken object level authorization",
        focus=("not-shared",),
        needs=("sessions.history", "sessions.per_identity"),
        steps=(
            Step(label="mine", stream=False, talk="t"),
            Step(label="theirs", talk="t", act="history", identity="b", pause="moment"),
            Step(label="mine-again", question="r", stream=False, talk="t"),
        ),
        expect=(Expect(step="mine-again", seen="answered", invariant=_KEPT),),
    ),
    Case(
        id="sessions.cleared",
        promise="What was forgotten at a client's wish reaches upstream no more.",
        reference="edgeproof's own rule: conversation-kept",
        focus=(_KEPT,),
        needs=("sessions.clear",),
        steps=(
            Step(label="first", stream=False, talk="t"),
            Step(label="beside", question="r", stream=False, talk="v"),
            Step(label="forget", talk="t", act="clear", pause="moment"),
            Step(label="anew", question="s", stream=False, talk="t"),
            Step(label="beside-again", question="u", stream=False, talk="v"),
        ),
        expect=(
            Expect(step="anew", seen="answered", invariant=_KEPT),
            Expect(step="beside-again", seen="answered", invariant=_KEPT),
        ),
    ),
    Case(
        id="sessions.history-after-it-was-cleared",
        promise="A history shows nothing of what was forgotten, and all that was said since.",
        reference="edgeproof's own rule: conversation-kept",
        focus=(_KEPT,),
        needs=("sessions.history", "sessions.clear"),
        steps=(
            Step(label="first", stream=False, talk="t"),
            Step(label="forget", talk="t", act="clear", pause="moment"),
            Step(label="empty", talk="t", act="history"),
            Step(label="anew", question="r", stream=False, talk="t"),
            _READ,
        ),
        expect=(Expect(step="anew", seen="answered", invariant=_KEPT),),
    ),
    Case(
        id="sessions.cleared-by-another-caller",
        promise="Nobody makes a target forget the conversation of another caller.",
        reference="OWASP API Security Top 10: API1, broken object level authorization",
        focus=(_KEPT,),
        needs=("sessions.clear", "sessions.per_identity"),
        steps=(
            Step(label="mine", stream=False, talk="t"),
            Step(label="theirs", question="r", stream=False, talk="t", identity="b", pause="moment"),
            Step(label="forget", talk="t", act="clear", identity="b", pause="moment"),
            Step(label="mine-again", question="s", stream=False, talk="t"),
        ),
        expect=(Expect(step="mine-again", seen="answered", invariant=_KEPT),),
    ),
)
