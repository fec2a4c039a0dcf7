"""The first request behind a breaker's rest: it fails, is refused or is left, and what that means for the next.

The one rule: a probe that says nothing of upstream must not keep the breaker open for ever, and one that fails must not
leave it half open. Whether the first model is asked again is what shows it: a fallback may answer all the same.
"""

from __future__ import annotations

from fault_injection.families import client, http, sse_ends, tcp
from scenarios.case import Case, Expect, Step, Upstream
from scenarios.prompt import Prompt

CASES: tuple[Case, ...] = (
    Case(
        id="breaker.probe-fails",
        promise="When the first request after the rest fails, the breaker opens again, and recovers later.",
        reference="edgeproof's own rule: breaker-opens",
        focus=("breaker-opens", "breaker-recovers"),
        needs=("circuit_breaker",),
        steps=(
            Step(label="failing", stream=False, times=8),
            Step(label="probe", question="p", stream=False, pause="breaker-open"),
            Step(label="next", question="r", stream=False),
            Step(label="well", question="s", stream=False, pause="breaker-open"),
            Step(label="after", question="t", stream=False, times=2, unique=True),
        ),
        upstream=(
            Upstream(faults=(http.Status(code=503),)),
            Upstream(faults=(http.Status(code=503),), question="p"),
        ),
        expect=(
            Expect(step="next", seen="not-asked-upstream", invariant="breaker-opens", model="main"),
            Expect(step="after", seen="asked-upstream", invariant="breaker-recovers", model="main"),
            Expect(step="after", seen="answered", invariant="breaker-recovers"),
        ),
    ),
    Case(
        id="breaker.probe-refused",
        promise="When upstream rejects the first request after the rest as invalid, the next ones are served.",
        reference="edgeproof's own rule: breaker-recovers",
        focus=("breaker-recovers",),
        needs=("circuit_breaker",),
        steps=(
            Step(label="failing", stream=False, times=8),
            Step(label="probe", question="p", stream=False, pause="breaker-open"),
            Step(label="after", question="t", stream=False, times=3, unique=True, pause="breaker-open"),
        ),
        upstream=(
            Upstream(faults=(http.Status(code=503),)),
            Upstream(faults=(http.Status(code=400),), question="p"),
        ),
        expect=(
            Expect(step="after", seen="asked-upstream", invariant="breaker-recovers", model="main"),
            Expect(step="after", seen="answered", invariant="breaker-recovers"),
        ),
    ),
    Case(
        id="breaker.probe-told-to-wait",
        promise="When the first request after the rest gets a 429, the breaker does not stay stuck.",
        reference="edgeproof's own rule: breaker-recovers",
        focus=("breaker-recovers",),
        needs=("circuit_breaker",),
        steps=(
            Step(label="failing", stream=False, times=8),
            Step(label="probe", question="p", stream=False, pause="breaker-open"),
            Step(label="after", question="t", stream=False, times=3, unique=True, pause="breaker-open"),
        ),
        upstream=(
            Upstream(faults=(http.Status(code=503),)),
            Upstream(faults=(http.Status(code=429),), question="p"),
        ),
        expect=(
            Expect(step="after", seen="asked-upstream", invariant="breaker-recovers", model="main"),
            Expect(step="after", seen="answered", invariant="breaker-recovers"),
        ),
    ),
    Case(
        id="breaker.probe-left",
        promise="When the client of the first request after the rest leaves, the next request may try.",
        reference="edgeproof's own rule: breaker-recovers",
        focus=("breaker-recovers", "cancel-propagates"),
        needs=("circuit_breaker",),
        steps=(
            Step(label="failing", stream=False, times=8),
            Step(
                label="probe",
                question="p",
                prompt=Prompt(first_s=3.0),
                faults=(client.AbortBeforeHead(wait_s=0.15),),
                pause="breaker-open",
            ),
            Step(label="after", question="t", stream=False, times=3, unique=True, pause="breaker-open"),
        ),
        upstream=(Upstream(faults=(http.Status(code=503),)),),
        expect=(
            Expect(step="after", seen="asked-upstream", invariant="breaker-recovers", model="main"),
            Expect(step="after", seen="answered", invariant="breaker-recovers"),
        ),
    ),
    Case(
        id="breaker.probe-left-in-the-middle",
        promise="When the client of the first stream after the rest leaves halfway, the next one is served.",
        reference="edgeproof's own rule: breaker-recovers",
        focus=("breaker-recovers", "cancel-propagates"),
        needs=("circuit_breaker",),
        steps=(
            Step(label="failing", times=8),
            Step(
                label="probe",
                question="p",
                prompt=Prompt(tokens=40, pace_s=0.05),
                faults=(client.AbortAfter(events=3),),
                pause="breaker-open",
            ),
            Step(label="after", question="t", times=3, unique=True, pause="breaker-open"),
        ),
        upstream=(Upstream(faults=(http.Status(code=503),)),),
        expect=(
            Expect(step="after", seen="asked-upstream", invariant="breaker-recovers", model="main"),
            Expect(step="after", seen="answered", invariant="breaker-recovers"),
        ),
    ),
    Case(
        id="breaker.probe-cut",
        promise="When the first stream after the rest breaks off, a good one is served after another rest.",
        reference="edgeproof's own rule: breaker-recovers",
        focus=("breaker-recovers", "no-laundering"),
        needs=("circuit_breaker",),
        steps=(
            Step(label="failing", times=8),
            Step(label="probe", question="p", pause="breaker-open"),
            Step(label="after", question="t", times=3, unique=True, pause="breaker-open"),
        ),
        upstream=(
            Upstream(faults=(http.Status(code=503),)),
            Upstream(faults=(sse_ends.Truncate(after=4),), question="p"),
        ),
        expect=(
            Expect(step="probe", seen="failed", invariant="no-laundering"),
            Expect(step="after", seen="asked-upstream", invariant="breaker-recovers", model="main"),
            Expect(step="after", seen="answered", invariant="breaker-recovers"),
        ),
    ),
    Case(
        id="breaker.probe-without-an-answer",
        promise="When upstream hangs up on the first request after the rest, a good one is served after another rest.",
        reference="edgeproof's own rule: breaker-recovers",
        focus=("breaker-recovers",),
        needs=("circuit_breaker",),
        steps=(
            Step(label="failing", stream=False, times=8),
            Step(label="probe", question="p", stream=False, pause="breaker-open"),
            Step(label="after", question="t", stream=False, times=3, unique=True, pause="breaker-open"),
        ),
        upstream=(
            Upstream(faults=(http.Status(code=503),)),
            Upstream(faults=(tcp.Reset(),), question="p"),
        ),
        expect=(
            Expect(step="after", seen="asked-upstream", invariant="breaker-recovers", model="main"),
            Expect(step="after", seen="answered", invariant="breaker-recovers"),
        ),
    ),
    Case(
        id="breaker.opens-a-second-time",
        promise="A breaker that has opened and recovered opens again when upstream fails again.",
        reference="edgeproof's own rule: breaker-opens",
        focus=("breaker-opens", "breaker-recovers"),
        needs=("circuit_breaker",),
        steps=(
            Step(label="failing", stream=False, times=8),
            Step(label="well", question="r", stream=False, times=2, unique=True, pause="breaker-open"),
            Step(label="failing-again", question="u", stream=False, times=8),
            Step(label="next", question="v", stream=False),
            Step(label="after", question="t", stream=False, times=2, unique=True, pause="breaker-open"),
        ),
        upstream=(
            Upstream(faults=(http.Status(code=503),)),
            Upstream(faults=(http.Status(code=503),), question="u"),
        ),
        expect=(
            Expect(step="well", seen="answered", invariant="breaker-recovers"),
            Expect(step="next", seen="not-asked-upstream", invariant="breaker-opens", model="main"),
            Expect(step="after", seen="answered", invariant="breaker-recovers"),
        ),
    ),
)
