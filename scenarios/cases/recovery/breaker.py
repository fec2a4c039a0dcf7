"""The circuit breaker: it opens, it rests, it recovers, and it counts only what is upstream's fault.

The one rule: how many failures open it is the target's claim; a case fails more often than any claim should need, and
waits out the rest of a breaker that an earlier case may have left open.
"""

from __future__ import annotations

from fault_injection.families import client, http, sse_ends
from scenarios.case import Case, Expect, Step, Upstream
from scenarios.prompt import Prompt

CASES: tuple[Case, ...] = (
    Case(
        id="breaker.opens",
        promise="After the claimed number of failures in a row upstream is left alone.",
        reference="edgeproof's own rule: breaker-opens",
        focus=("breaker-opens",),
        needs=("circuit_breaker",),
        steps=(
            Step(label="failing", stream=False, times=8, unique=True, pause="breaker-open"),
            Step(label="next", question="r", stream=False),
        ),
        upstream=(Upstream(faults=(http.Status(code=503),), question=None),),
        expect=(
            Expect(step="failing", seen="failed", invariant="status-mapped"),
            Expect(step="next", seen="not-asked-upstream", invariant="breaker-opens", model="main"),
        ),
    ),
    Case(
        id="breaker.opens-for-streams",
        promise="Streams that never start open the breaker too.",
        reference="edgeproof's own rule: breaker-opens",
        focus=("breaker-opens",),
        needs=("circuit_breaker",),
        steps=(
            Step(label="failing", times=8, unique=True, pause="breaker-open"),
            Step(label="next", question="r"),
        ),
        upstream=(Upstream(faults=(http.EmptyResponse(),), question=None),),
        expect=(
            Expect(step="failing", seen="failed", invariant="status-mapped"),
            Expect(step="next", seen="not-asked-upstream", invariant="breaker-opens", model="main"),
        ),
    ),
    Case(
        id="breaker.recovers",
        promise="Once the breaker's rest is over and upstream has recovered, requests are served.",
        reference="edgeproof's own rule: breaker-recovers",
        focus=("breaker-recovers",),
        needs=("circuit_breaker",),
        steps=(
            Step(label="failing", stream=False, times=8),
            Step(label="well", question="r", stream=False, pause="breaker-open"),
            Step(label="after", question="s", stream=False, times=3, unique=True),  # a fallback may serve the first
        ),
        upstream=(Upstream(faults=(http.Status(code=503),)),),
        expect=(
            Expect(step="well", seen="answered", invariant="breaker-recovers"),
            Expect(step="after", seen="answered", invariant="breaker-recovers"),
        ),
    ),
    Case(
        id="breaker.recovers-for-streams",
        promise="Once the breaker's rest is over, a stream is served, and so are the next ones.",
        reference="edgeproof's own rule: breaker-recovers",
        focus=("breaker-recovers",),
        needs=("circuit_breaker",),
        steps=(
            Step(label="failing", times=8),
            Step(label="well", question="r", pause="breaker-open"),
            Step(label="after", question="s", together=3),
        ),
        upstream=(Upstream(faults=(http.Status(code=500),)),),
        expect=(
            Expect(step="well", seen="answered", invariant="breaker-recovers"),
            Expect(step="after", seen="answered", invariant="breaker-recovers"),
        ),
    ),
    Case(
        id="breaker.not-by-single-failures",
        promise="Failures that alternate with successes do not open the breaker.",
        reference="edgeproof's own rule: breaker-opens",
        focus=("breaker-opens", "retry-recovers"),
        needs=("circuit_breaker", "retry.statuses.503"),
        steps=(Step(stream=False, times=8, unique=True, pause="breaker-open"),),
        upstream=(Upstream(faults=(http.Status(code=503),), question=None, every=2),),
        expect=(
            Expect(step="ask", seen="answered", invariant="breaker-opens"),
            Expect(step="ask", seen="asked-upstream", invariant="breaker-opens", model="main"),
        ),
    ),
    Case(
        id="breaker.not-by-client-errors",
        promise="Requests that upstream rejects as invalid do not open the breaker for others.",
        reference="edgeproof's own rule: breaker-opens",
        focus=("breaker-opens",),
        needs=("circuit_breaker",),
        steps=(
            Step(label="wrong", stream=False, times=8, pause="breaker-open"),
            Step(label="right", question="r", stream=False),
        ),
        upstream=(Upstream(faults=(http.Status(code=400),)),),
        expect=(
            Expect(step="right", seen="asked-upstream", invariant="breaker-opens", model="main"),
            Expect(step="right", seen="answered", invariant="breaker-opens"),
        ),
    ),
    Case(
        id="breaker.not-by-clients-that-leave",
        promise="Clients that leave do not open the breaker for those who stay.",
        reference="edgeproof's own rule: breaker-opens",
        focus=("breaker-opens", "cancel-propagates"),
        needs=("circuit_breaker",),
        steps=(
            Step(
                label="leaving",
                prompt=Prompt(first_s=3.0),
                times=8,
                unique=True,
                faults=(client.AbortBeforeHead(wait_s=0.15),),
                pause="breaker-open",
            ),
            Step(label="staying", question="r"),
        ),
        expect=(
            Expect(step="staying", seen="asked-upstream", invariant="breaker-opens", model="main"),
            Expect(step="staying", seen="answered", invariant="breaker-opens"),
        ),
        alone=True,
    ),
    Case(
        id="breaker.cut-streams",
        promise="After many streams that broke off, the target still serves a good one.",
        reference="edgeproof's own rule: breaker-recovers",
        focus=("breaker-recovers", "no-laundering"),
        needs=("circuit_breaker",),
        steps=(
            Step(label="cut", times=8, unique=True),
            Step(label="well", question="r", pause="breaker-open"),
        ),
        upstream=(Upstream(faults=(sse_ends.Truncate(after=4),)),),
        expect=(
            Expect(step="cut", seen="failed", invariant="no-laundering"),
            Expect(step="well", seen="answered", invariant="breaker-recovers"),
        ),
    ),
)
