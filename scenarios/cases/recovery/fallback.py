"""The fallback model: used when the model of the request fails for good, and for that request alone.

The one rule: before a case says which model must be asked, it waits out a breaker that may keep the first one away.
"""

from __future__ import annotations

from fault_injection.families import http, sse_ends, tcp
from scenarios.asked import RICH, RULES
from scenarios.case import Case, Expect, Step, Upstream
from scenarios.prompt import Prompt

CASES: tuple[Case, ...] = (
    Case(
        id="fallback.used",
        promise="When the model fails for good, the fallback model answers.",
        reference="Cloudflare docs: AI Gateway fallbacks",
        focus=("fallback-used",),
        needs=("fallback_model",),
        steps=(Step(stream=False, pause="breaker-open", params=RICH, turns=RULES),),
        upstream=(Upstream(faults=(http.Status(code=503),), model="main"),),
        expect=(
            Expect(step="ask", seen="asked-upstream", invariant="fallback-used", model="fallback"),
            Expect(step="ask", seen="answered", invariant="fallback-used"),
        ),
    ),
    Case(
        id="fallback.used-for-a-stream",
        promise="When a stream cannot be started, the fallback model streams instead.",
        reference="Cloudflare docs: AI Gateway fallbacks",
        focus=("fallback-used", "no-loss"),
        needs=("fallback_model",),
        steps=(Step(pause="breaker-open", params=RICH, turns=RULES),),
        upstream=(Upstream(faults=(http.Status(code=500),), model="main"),),
        expect=(
            Expect(step="ask", seen="asked-upstream", invariant="fallback-used", model="fallback"),
            Expect(step="ask", seen="answered", invariant="fallback-used"),
        ),
    ),
    Case(
        id="fallback.used-after-resets",
        promise="When every connection for the model is reset, the fallback model answers.",
        reference="Cloudflare docs: AI Gateway fallbacks",
        focus=("fallback-used",),
        needs=("fallback_model",),
        steps=(Step(pause="breaker-open"),),
        upstream=(Upstream(faults=(tcp.Reset(),), model="main"),),
        expect=(
            Expect(step="ask", seen="asked-upstream", invariant="fallback-used", model="fallback"),
            Expect(step="ask", seen="answered", invariant="fallback-used"),
        ),
    ),
    Case(
        id="fallback.used-out-of-capacity",
        promise="When the model stays out of capacity, the fallback model answers.",
        reference="Cloudflare docs: Workers AI errors (3040)",
        focus=("fallback-used",),
        level="should",
        needs=("fallback_model",),
        steps=(Step(stream=False, pause="breaker-open"),),
        upstream=(Upstream(faults=(http.Status(code=429),), model="main"),),
        expect=(
            Expect(step="ask", seen="asked-upstream", invariant="fallback-used", model="fallback"),
            Expect(step="ask", seen="answered", invariant="fallback-used"),
        ),
    ),
    Case(
        id="fallback.used-after-an-error-as-the-first-event",
        promise="When every stream of the model begins with an error, the fallback model streams instead.",
        reference="Cloudflare docs: AI Gateway fallbacks",
        focus=("fallback-used",),
        level="should",
        needs=("fallback_model",),
        steps=(Step(pause="breaker-open"),),
        upstream=(Upstream(faults=(sse_ends.InbandError(after=0),), model="main"),),
        expect=(
            Expect(step="ask", seen="asked-upstream", invariant="fallback-used", model="fallback"),
            Expect(step="ask", seen="answered", invariant="fallback-used"),
        ),
    ),
    Case(
        id="fallback.not-sticky",
        promise="The next request asks the first model again.",
        reference="edgeproof's own rule: fallback-not-sticky",
        focus=("fallback-not-sticky", "fallback-used"),
        needs=("fallback_model",),
        steps=(
            Step(label="failing", stream=False, pause="breaker-open"),
            Step(label="next", question="r", stream=False, pause="breaker-open"),
        ),
        upstream=(Upstream(faults=(http.Status(code=503),), model="main"),),
        expect=(
            Expect(step="failing", seen="answered", invariant="fallback-used"),
            Expect(step="next", seen="asked-upstream", invariant="fallback-not-sticky", model="main"),
            Expect(step="next", seen="not-asked-upstream", invariant="fallback-not-sticky", model="fallback"),
        ),
    ),
    Case(
        id="fallback.fails-too",
        promise="When the fallback model fails as well, the client soon gets an error.",
        reference="edgeproof's own rule: ends-in-time",
        focus=("status-mapped", "ends-in-time", "fallback-used"),
        needs=("fallback_model",),
        steps=(Step(pause="breaker-open"),),
        upstream=(Upstream(faults=(http.Status(code=503),)),),
        expect=(
            Expect(step="ask", seen="asked-upstream", invariant="fallback-used", model="fallback"),
            Expect(step="ask", seen="failed", invariant="status-mapped"),
        ),
    ),
    Case(
        id="fallback.not-for-client-errors",
        promise="An invalid request is not tried on another model.",
        reference="RFC 9110 §15.5.1",
        focus=("fallback-used", "no-retry-of-client-errors"),
        level="should",
        needs=("fallback_model",),
        steps=(Step(stream=False),),
        upstream=(Upstream(faults=(http.Status(code=400),), model="main"),),
        expect=(Expect(step="ask", seen="not-asked-upstream", invariant="fallback-used", model="fallback"),),
    ),
    Case(
        id="fallback.not-behind-the-first-token",
        promise="A stream that breaks off after its first token is not continued by another model.",
        reference="edgeproof's own rule: no-retry-after-first-byte",
        focus=("no-retry-after-first-byte", "no-invention"),
        needs=("fallback_model",),
        steps=(Step(prompt=Prompt(tokens=8, pace_s=0.04)),),
        upstream=(Upstream(faults=(sse_ends.Truncate(after=5),), model="main"),),
        expect=(
            Expect(step="ask", seen="not-asked-upstream", invariant="no-retry-after-first-byte", model="fallback"),
            Expect(step="ask", seen="failed", invariant="no-laundering"),
        ),
    ),
    Case(
        id="fallback.broken-in-the-middle",
        promise="A fallback stream that breaks off is not a finished answer either.",
        reference="edgeproof's own rule: no-laundering",
        focus=("no-laundering", "break-visible"),
        needs=("fallback_model",),
        steps=(Step(pause="breaker-open"),),
        upstream=(
            Upstream(faults=(http.Status(code=503),), model="main"),
            Upstream(faults=(sse_ends.Truncate(after=4),), model="fallback"),
        ),
        expect=(Expect(step="ask", seen="failed", invariant="no-laundering"),),
    ),
    Case(
        id="fallback.not-kept-as-the-first-models",
        promise="The fallback model's answer is not cached as the first model's.",
        reference="edgeproof's own rule: cache-key-complete",
        focus=("cache-key-complete", "cache-never-bad"),
        level="should",
        needs=("fallback_model", "cache"),
        steps=(Step(label="failing", stream=False, pause="breaker-open"), Step(label="again", stream=False)),
        upstream=(Upstream(faults=(http.Status(code=503),), model="main"),),
        expect=(
            Expect(step="failing", seen="answered", invariant="fallback-used"),
            Expect(step="again", seen="asked-upstream", invariant="cache-key-complete"),
        ),
    ),
)
