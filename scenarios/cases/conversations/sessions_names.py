"""Conversations by odd names: very long, like paths, in other alphabets, in capitals.

The one rule: a target may decline any name with a clean 4xx; it may not take one for another, and not fail at it.
"""

from __future__ import annotations

from scenarios.case import Case, Expect, Step

_KEPT = "conversation-kept"
_APART = (
    Expect(step="one", seen="served-or-declined", invariant=_KEPT),
    Expect(step="other", seen="served-or-declined", invariant=_KEPT),
    Expect(step="one-again", seen="served-or-declined", invariant=_KEPT),
)

CASES: tuple[Case, ...] = (
    Case(
        id="sessions.long-names",
        promise="Two names of a thousand characters that differ at their ends are two conversations, or are declined.",
        reference="Cloudflare docs: Durable Objects, limits (names); edgeproof's own rule: not-shared",
        focus=("not-shared", _KEPT),
        needs=("sessions",),
        steps=(
            Step(label="one", stream=False, talk="t", spelling="long"),
            Step(label="other", question="r", stream=False, talk="v", spelling="long", pause="moment"),
            Step(label="one-again", question="s", stream=False, talk="t", spelling="long", pause="moment"),
        ),
        expect=_APART,
    ),
    Case(
        id="sessions.name-like-a-path",
        promise="A name that looks like a path leads to no other conversation and to no file.",
        reference="CWE-22: path traversal",
        focus=("not-shared", _KEPT),
        needs=("sessions",),
        steps=(
            Step(label="one", stream=False, talk="t"),
            Step(label="other", question="r", stream=False, talk="t", spelling="path", pause="moment"),
            Step(label="one-again", question="s", stream=False, talk="t", pause="moment"),
        ),
        expect=_APART,
    ),
    Case(
        id="sessions.names-in-other-letters",
        promise="Two names in Cyrillic, Japanese and accented letters are two conversations, or are declined.",
        reference="RFC 9110 §5.5 (field values may hold bytes beyond ASCII)",
        focus=("not-shared", _KEPT),
        needs=("sessions",),
        steps=(
            Step(label="one", stream=False, talk="t", spelling="letters"),
            Step(label="other", question="r", stream=False, talk="v", spelling="letters", pause="moment"),
            Step(label="one-again", question="s", stream=False, talk="t", spelling="letters", pause="moment"),
        ),
        expect=_APART,
    ),
    Case(
        id="sessions.names-in-capitals",
        promise="Two names that differ in capital letters alone are two conversations, or are declined.",
        reference="edgeproof's own rule: not-shared",
        focus=("not-shared", _KEPT),
        needs=("sessions",),
        steps=(
            Step(label="one", stream=False, talk="t", spelling="small"),
            Step(label="other", question="r", stream=False, talk="t", spelling="capitals", pause="moment"),
            Step(label="one-again", question="s", stream=False, talk="t", spelling="small", pause="moment"),
        ),
        expect=_APART,
    ),
)
