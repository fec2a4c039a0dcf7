"""What a target holds on to: after forty exchanges of a kind everything is back where it was.

The one rule: the first half is warm-up, and the two halves are the same.
"""

from __future__ import annotations

from fault_injection.families import client, http, sse_ends
from scenarios.case import Case, Expect, Step, Upstream
from scenarios.prompt import Prompt

CASES: tuple[Case, ...] = (
    Case(
        id="resources.forty-streams",
        promise="Forty streams leave no descriptor and no upstream call behind.",
        reference="edgeproof's own rule: no-leak",
        focus=("no-leak",),
        needs=("restart",),
        steps=(Step(label="warm", times=20, unique=True), Step(label="more", times=20, unique=True)),
        expect=(Expect(step="more", seen="answered", invariant="no-leak"),),
        alone=True,
    ),
    Case(
        id="resources.forty-at-once",
        promise="Forty answers, ten at a time, leave no descriptor and no upstream call behind.",
        reference="edgeproof's own rule: no-leak",
        focus=("no-leak", "no-cross-talk"),
        needs=("restart",),
        steps=(
            Step(label="warm", stream=False, times=2, together=10, unique=True),
            Step(label="more", stream=False, times=2, together=10, unique=True),
        ),
        expect=(Expect(step="more", seen="answered", invariant="no-leak"),),
        alone=True,
    ),
    Case(
        id="resources.cut-streams",
        promise="Twenty streams that broke off, between twenty good ones, leave nothing behind.",
        reference="edgeproof's own rule: no-leak",
        focus=("no-leak", "no-laundering"),
        needs=("restart",),
        steps=(Step(label="warm", times=20, unique=True), Step(label="more", times=20, unique=True)),
        upstream=(Upstream(faults=(sse_ends.Truncate(after=4),), question=None, every=2),),
        alone=True,
    ),
    Case(
        id="resources.failing-upstream",
        promise="Forty requests with occasional upstream errors leave nothing behind.",
        reference="edgeproof's own rule: no-leak",
        focus=("no-leak",),
        needs=("restart",),
        steps=(
            Step(label="warm", stream=False, times=20, unique=True),
            Step(label="more", stream=False, times=20, unique=True),
        ),
        upstream=(Upstream(faults=(http.EmptyResponse(),), question=None, every=4),),
        alone=True,
    ),
    Case(
        id="resources.clients-that-leave",
        promise="Sixty clients that leave during their streams leave nothing behind.",
        reference="edgeproof's own rule: no-leak",
        focus=("no-leak", "cancel-propagates"),
        needs=("restart",),
        steps=(
            Step(
                label="warm",
                prompt=Prompt(tokens=100, pace_s=0.05),
                times=4,
                together=5,
                unique=True,
                faults=(client.AbortAfter(events=2),),
            ),
            Step(
                label="more",
                prompt=Prompt(tokens=100, pace_s=0.05),
                times=8,
                together=5,
                unique=True,
                faults=(client.AbortAfter(events=2, rudely=True),),
            ),
        ),
        alone=True,
    ),
    Case(
        id="resources.bad-requests",
        promise="Forty requests that are declined leave nothing behind.",
        reference="edgeproof's own rule: no-leak",
        focus=("no-leak", "request-limits"),
        needs=("restart",),
        steps=(
            Step(label="warm", stream=False, times=20, unique=True, faults=(client.WrongField(kind="model-number"),)),
            Step(label="more", stream=False, times=20, unique=True, faults=(client.WrongField(kind="model-number"),)),
        ),
        expect=(Expect(step="more", seen="refused", invariant="request-limits"),),
        alone=True,
    ),
    Case(
        id="resources.large-answer-unread",
        promise="A Worker does not fill its memory with an answer that its client has not read.",
        reference="Cloudflare docs: Workers, Limits, memory",
        focus=("memory-bounded",),
        needs=("restart", "worker"),
        steps=(
            Step(label="warm", question="w"),
            Step(
                label="unread",
                prompt=Prompt(tokens=768, token_bytes=65_536, ascii=True),
                faults=(client.SlowReader(bytes_per_s=50_000_000, pause_s=6.0), client.AbortAfter(events=3)),
            ),
        ),
        alone=True,
    ),
)
