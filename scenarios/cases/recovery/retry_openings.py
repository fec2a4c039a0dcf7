"""Answers that fail before they have begun, and connections that are gone before they are used.

The one rule: the client has nothing yet, so asking again costs it nothing. Whether a 200 can still be taken back is a
target's choice, and such a case says no more than `should`.
"""

from __future__ import annotations

from fault_injection.families import http_framing, payload, sse_ends
from scenarios.case import Case, Expect, Step, Upstream

CASES: tuple[Case, ...] = (
    Case(
        id="retry.after-an-error-as-the-first-event",
        promise="A stream whose first event is an error has not begun, so it is retried.",
        reference="edgeproof's own rule: openings-retried",
        focus=("openings-retried",),
        level="should",
        needs=("retry",),
        upstream=(Upstream(faults=(sse_ends.InbandError(after=0),), first=1),),
        expect=(Expect(step="ask", seen="answered", invariant="openings-retried"),),
    ),
    Case(
        id="retry.after-cloudflares-error-as-the-first-event",
        promise="A stream that begins with Cloudflare's `errors` list has not begun, so it is retried.",
        reference="Cloudflare docs: Workers AI errors",
        focus=("openings-retried",),
        level="should",
        needs=("retry",),
        upstream=(Upstream(faults=(sse_ends.InbandError(after=0, shape="cloudflare"),), first=1),),
        expect=(Expect(step="ask", seen="answered", invariant="openings-retried"),),
    ),
    Case(
        id="retry.after-an-empty-stream",
        promise="A 200 stream without a single event has not begun, so it is retried.",
        reference="edgeproof's own rule: openings-retried",
        focus=("openings-retried",),
        level="should",
        needs=("retry",),
        upstream=(Upstream(faults=(sse_ends.Truncate(after=0, end="clean"),), first=1),),
        expect=(Expect(step="ask", seen="answered", invariant="openings-retried"),),
    ),
    Case(
        id="retry.after-a-failure-with-status-200",
        promise="JSON that reports a lack of capacity with status 200 is retried.",
        reference="Cloudflare docs: Workers AI errors (3040)",
        focus=("retry-recovers",),
        level="should",
        needs=("retry",),
        steps=(Step(stream=False),),
        upstream=(Upstream(faults=(payload.SuccessFalse(),), first=1),),
        expect=(Expect(step="ask", seen="answered", invariant="retry-recovers"),),
    ),
    Case(
        id="retry.over-connections-that-are-gone",
        promise="Four requests are served although upstream closes each connection after its answer.",
        reference="RFC 9112 §9.3.1; RFC 9110 §9.2.2",
        focus=("retry-recovers", "no-loss"),
        needs=("retry",),
        steps=(Step(stream=False, times=4, unique=True),),
        upstream=(Upstream(faults=(http_framing.KeepaliveLie(),)),),
        expect=(Expect(step="ask", seen="answered", invariant="retry-recovers"),),
    ),
    Case(
        id="retry.of-streams-over-connections-that-are-gone",
        promise="Four streams are served although upstream closes each connection after its answer.",
        reference="RFC 9112 §9.3.1; RFC 9110 §9.2.2",
        focus=("retry-recovers", "no-loss"),
        needs=("retry",),
        steps=(Step(times=4, unique=True),),
        upstream=(Upstream(faults=(http_framing.KeepaliveLie(),)),),
        expect=(Expect(step="ask", seen="answered", invariant="retry-recovers"),),
    ),
)
