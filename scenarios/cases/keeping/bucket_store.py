"""Answers kept in R2 by its S3 API: there for a new process, and never more than a detour on the way to an answer.

The one rule: upstream is well in all of these cases. Workers KV, where a target has it as well, has forgotten.
"""

from __future__ import annotations

from fault_injection.families import http, kv, payload, tcp
from scenarios.case import Case, Expect, Step, Upstream
from scenarios.prompt import Prompt

_DOWN = "binding-down-survived"
_SLOW = "binding-slow-bounded"
_KEPT = (Step(label="fill"), Step(label="again", restart=True))
_FORGOTTEN = Upstream(faults=(kv.Miss(),), surface="kv.get", question=None, must_strike=False)

CASES: tuple[Case, ...] = (
    Case(
        id="bucket.answers-a-new-process",
        promise="A stream cached in R2 outlives the process that wrote it, and Workers KV's copy.",
        reference="Cloudflare docs: R2, S3 API compatibility",
        focus=("cache-hit-equal", "cache-stream-form"),
        level="should",
        needs=("r2", "cache.streams", "restart"),
        steps=_KEPT,
        upstream=(_FORGOTTEN,),
        expect=(
            Expect(step="again", seen="answered", invariant="cache-hit-equal"),
            Expect(step="again", seen="not-asked-upstream", invariant="cache-hit-equal"),
        ),
    ),
    Case(
        id="bucket.gives-half",
        promise="Half of an object from R2 is a miss.",
        reference="edgeproof's own rule: binding-down-survived",
        focus=(_DOWN, "cache-hit-equal"),
        needs=("r2", "cache.streams", "restart"),
        steps=_KEPT,
        upstream=(_FORGOTTEN, Upstream(faults=(payload.TruncatedJson(),), surface="r2.get", question=None, after=1)),
        expect=(Expect(step="again", seen="answered", invariant=_DOWN),),
    ),
    Case(
        id="bucket.read-fails",
        promise="A bucket that answers reads with 500 costs no client an answer.",
        reference="Cloudflare docs: R2, error codes (10001)",
        focus=(_DOWN,),
        needs=("r2", "cache"),
        steps=(Step(stream=False),),
        upstream=(Upstream(faults=(http.Status(code=500),), surface="r2.get", question=None),),
        expect=(Expect(step="ask", seen="answered", invariant=_DOWN),),
    ),
    Case(
        id="bucket.read-without-an-answer",
        promise="A bucket that never answers does not keep a stream client waiting.",
        reference="edgeproof's own rule: binding-slow-bounded",
        focus=(_SLOW,),
        needs=("r2", "cache"),
        upstream=(Upstream(faults=(tcp.Blackhole(for_s=20.0),), surface="r2.get", question=None),),
        expect=(Expect(step="ask", seen="answered", invariant=_SLOW),),
    ),
    Case(
        id="bucket.write-rate-limited",
        promise="A bucket that refuses a second write to one object within a second does not spoil the answer.",
        reference="Cloudflare docs: R2, limits; error codes (10058)",
        focus=(_DOWN,),
        needs=("r2", "cache"),
        steps=(Step(label="first", stream=False), Step(label="again", question="r", prompt=Prompt(first_s=0.2))),
        upstream=(Upstream(faults=(http.Status(code=429),), surface="r2.put", question=None),),
        expect=(
            Expect(step="first", seen="answered", invariant=_DOWN),
            Expect(step="again", seen="answered", invariant=_DOWN),
        ),
    ),
)
