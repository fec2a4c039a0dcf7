"""Streams that live although no text comes for a while, and one that never ends.

The one rule: bytes come all the time, in gaps far shorter than any idle limit. What they say is not text yet, or is not
for the client at all.
"""

from __future__ import annotations

from fault_injection.families import sse_form, sse_pace
from scenarios.case import Case, Expect, Step, Upstream
from scenarios.prompt import Prompt
from scenarios.tools import WEATHER

CASES: tuple[Case, ...] = (
    Case(
        id="streaming.slow-tool-call",
        promise="A stream that sends only tool arguments for three seconds after its text is not cut.",
        reference="edgeproof's own rule: long-stream-lives",
        focus=("long-stream-lives", "tool-calls-intact"),
        steps=(Step(prompt=Prompt(tools=1, lead=2, tokens=8, pace_s=0.6), params={"tools": [WEATHER]}),),
        expect=(Expect(step="ask", seen="answered", invariant="long-stream-lives"),),
    ),
    Case(
        id="streaming.tool-calls-for-longer-than-the-idle-limit",
        promise="Six seconds of nothing but arguments, for two calls in turn, do not count as silence.",
        reference="edgeproof's own rule: long-stream-lives",
        focus=("long-stream-lives", "tool-calls-intact"),
        steps=(Step(prompt=Prompt(tools=2, lead=1, tokens=13, pace_s=0.5), params={"tools": [WEATHER]}),),
        expect=(Expect(step="ask", seen="answered", invariant="long-stream-lives"),),
    ),
    Case(
        id="streaming.slow-reasoning",
        promise="A stream that sends only reasoning for two seconds is not cut.",
        reference="DeepSeek API: reasoning_content; vLLM: reasoning outputs",
        focus=("long-stream-lives", "no-loss"),
        steps=(Step(prompt=Prompt(tokens=1, form="chat.reasoning(place=before)")),),
        upstream=(Upstream(faults=(sse_pace.Trickle(wait_s=0.7),)),),
        expect=(Expect(step="ask", seen="answered", invariant="long-stream-lives"),),
    ),
    Case(
        id="streaming.heartbeats-for-longer-than-the-idle-limit",
        promise="A stream that sends only comments for four seconds is not cut.",
        reference="WHATWG HTML §9.2.7 (a comment now and then keeps a connection open)",
        focus=("long-stream-lives", "no-loss"),
        level="should",
        upstream=(Upstream(faults=(sse_form.CommentFlood(count=8, after=4, wait_s=0.5),)),),
        expect=(Expect(step="ask", seen="answered", invariant="long-stream-lives"),),
    ),
)
