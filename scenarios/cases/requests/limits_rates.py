"""A claimed rate limit: what counts towards it, and what does not.

The one rule: the second caller asks, on a target started afresh, so that nothing but the case itself has been counted.
"""

from __future__ import annotations

from fault_injection.families import client, http
from scenarios.case import Case, Expect, Step, Upstream
from scenarios.prompt import Prompt

CASES: tuple[Case, ...] = (
    Case(
        id="limits.failed-requests-count-once",
        promise="A failing request counts once towards the limit, however often the target tried; the rest are served.",
        reference="edgeproof's own rule: request-limits",
        focus=("request-limits",),
        needs=("rate_limit",),
        steps=(
            Step(label="failing", stream=False, identity="b"),
            Step(label="good", question="g", stream=False, identity="b", all_but=1, unique=True),
        ),
        upstream=(Upstream(faults=(http.Status(code=503),)),),
        expect=(Expect(step="good", seen="answered", invariant="request-limits"),),
        alone=True,
        fresh=True,
    ),
    Case(
        id="limits.left-and-declined-requests-count-once",
        promise="A client that leaves and a request that upstream rejects count once each; the rest are served.",
        reference="edgeproof's own rule: request-limits",
        focus=("request-limits", "cancel-propagates"),
        needs=("rate_limit",),
        steps=(
            Step(
                label="leaving",
                prompt=Prompt(first_s=2.0),
                identity="b",
                faults=(client.AbortBeforeHead(wait_s=0.2),),
            ),
            Step(label="declined", question="d", stream=False, identity="b"),
            Step(label="good", question="g", stream=False, identity="b", all_but=2, unique=True),
        ),
        upstream=(Upstream(faults=(http.Status(code=400),), question="d"),),
        expect=(Expect(step="good", seen="answered", invariant="request-limits"),),
        alone=True,
        fresh=True,
    ),
    Case(
        id="limits.declined-requests-do-not-count-on",
        promise="A minute after the served requests, those that the limit declined since do not count.",
        reference="RFC 6585 §4 (429 Too Many Requests)",
        focus=("request-limits",),
        level="should",
        needs=("rate_limit",),
        steps=(
            Step(label="served", stream=False, identity="b", all_but=0, unique=True),
            Step(label="declined", stream=False, identity="b", all_but=0, unique=True, pause="half-minute"),
            Step(label="later", question="l", stream=False, identity="b", pause="half-minute"),
        ),
        expect=(Expect(step="served", seen="answered", invariant="request-limits"),),
        alone=True,
        fresh=True,
    ),
)
