"""What only a Worker has: bindings beside its model that fail, are slow, lie, or will not take what they are given.

The one rule: upstream is well in all of these cases, and no client asked for the binding. A Worker that does not use
the one that a case strikes has no part in it.
"""

from __future__ import annotations

from fault_injection.families import http, payload, tcp
from scenarios.case import Case, Expect, Step, Upstream
from scenarios.prompt import Prompt

_DOWN = "binding-down-survived"
_SLOW = "binding-slow-bounded"


_SILENCE = tcp.Blackhole(for_s=20.0)
_TWICE = (Step(label="first", stream=False), Step(label="again", question="r", prompt=Prompt(first_s=0.2)))
_KEPT = (Step(label="fill", stream=False), Step(label="again", stream=False, restart=True))


CASES: tuple[Case, ...] = (
    Case(
        id="bindings.nothing-in-the-way",
        promise="What a binding refuses to take, such as an uncacheable response, costs no client an answer.",
        reference="Cloudflare docs: Workers runtime APIs, Cache (put: exceptions)",
        focus=(_DOWN,),
        needs=("worker",),
        steps=(Step(label="json", stream=False), Step(label="stream", question="r")),
        expect=(
            Expect(step="json", seen="answered", invariant=_DOWN),
            Expect(step="stream", seen="answered", invariant=_DOWN),
        ),
    ),
    Case(
        id="bindings.cache-read-fails",
        promise="A cache whose connection is lost during a read costs no client an answer.",
        reference="Cloudflare docs: Workers runtime APIs, Cache",
        focus=(_DOWN,),
        needs=("worker",),
        steps=(Step(stream=False),),
        upstream=(Upstream(faults=(tcp.Reset(),), surface="cache.match", question=None),),
        expect=(Expect(step="ask", seen="answered", invariant=_DOWN),),
    ),
    Case(
        id="bindings.cache-read-without-an-answer",
        promise="A cache that never answers does not keep a stream client waiting.",
        reference="edgeproof's own rule: binding-slow-bounded",
        focus=(_SLOW,),
        needs=("worker",),
        upstream=(Upstream(faults=(_SILENCE,), surface="cache.match", question=None),),
        expect=(Expect(step="ask", seen="answered", invariant=_SLOW),),
    ),
    Case(
        id="bindings.cache-write-without-an-answer",
        promise="A cache that never answers a write does not keep the client waiting for its answer.",
        reference="Cloudflare docs: Workers, Context (waitUntil)",
        focus=(_SLOW,),
        needs=("worker",),
        steps=_TWICE,
        upstream=(Upstream(faults=(_SILENCE,), surface="cache.put", question=None),),
        expect=(
            Expect(step="first", seen="answered", invariant=_SLOW),
            Expect(step="again", seen="answered", invariant=_SLOW),
        ),
    ),
    Case(
        id="bindings.cache-gives-a-page",
        promise="A web page from the cache in place of the cached answer is a miss.",
        reference="Cloudflare docs: challenge pages",
        focus=(_DOWN,),
        needs=("worker", "cache"),
        steps=_KEPT,
        upstream=(Upstream(faults=(http.HtmlWith200(),), surface="cache.match", question=None, after=1),),
        expect=(Expect(step="again", seen="answered", invariant=_DOWN),),
    ),
    Case(
        id="bindings.cache-gives-half",
        promise="Half of a cached answer is a miss.",
        reference="edgeproof's own rule: binding-down-survived",
        focus=(_DOWN, "cache-hit-equal"),
        needs=("worker", "cache"),
        steps=_KEPT,
        upstream=(Upstream(faults=(payload.TruncatedJson(),), surface="cache.match", question=None, after=1),),
        expect=(Expect(step="again", seen="answered", invariant=_DOWN),),
    ),
    Case(
        id="bindings.r2-read-fails",
        promise="A bucket that fails reads costs no client an answer.",
        reference="Cloudflare docs: R2, error codes (10001)",
        focus=(_DOWN,),
        needs=("worker",),
        steps=(Step(stream=False),),
        upstream=(Upstream(faults=(http.Status(code=500),), surface="r2.get", question=None),),
        expect=(Expect(step="ask", seen="answered", invariant=_DOWN),),
    ),
    Case(
        id="bindings.r2-read-without-an-answer",
        promise="A bucket that never answers does not keep a client waiting.",
        reference="edgeproof's own rule: binding-slow-bounded",
        focus=(_SLOW,),
        needs=("worker",),
        steps=(Step(stream=False),),
        upstream=(Upstream(faults=(_SILENCE,), surface="r2.get", question=None),),
        expect=(Expect(step="ask", seen="answered", invariant=_SLOW),),
    ),
    Case(
        id="bindings.r2-gives-half",
        promise="Half of an object is a miss.",
        reference="edgeproof's own rule: binding-down-survived",
        focus=(_DOWN, "cache-hit-equal"),
        needs=("worker", "cache"),
        steps=_KEPT,
        upstream=(Upstream(faults=(payload.TruncatedJson(),), surface="r2.get", question=None, after=1),),
        expect=(Expect(step="again", seen="answered", invariant=_DOWN),),
    ),
    Case(
        id="bindings.r2-write-rate-limited",
        promise="A bucket that refuses a second write to one object within a second does not spoil the answer.",
        reference="Cloudflare docs: R2, limits; error codes (10058)",
        focus=(_DOWN,),
        needs=("worker",),
        steps=_TWICE,
        upstream=(Upstream(faults=(http.Status(code=429),), surface="r2.put", question=None),),
        expect=(
            Expect(step="first", seen="answered", invariant=_DOWN),
            Expect(step="again", seen="answered", invariant=_DOWN),
        ),
    ),
    Case(
        id="bindings.queue-fails",
        promise="A queue that refuses messages costs no client an answer.",
        reference="Cloudflare docs: Queues, JavaScript APIs (send)",
        focus=(_DOWN,),
        needs=("worker",),
        steps=_TWICE,
        upstream=(Upstream(faults=(http.Status(code=429),), surface="queue.send", question=None),),
        expect=(
            Expect(step="first", seen="answered", invariant=_DOWN),
            Expect(step="again", seen="answered", invariant=_DOWN),
        ),
    ),
    Case(
        id="bindings.queue-without-an-answer",
        promise="A queue that never answers does not keep a client waiting.",
        reference="Cloudflare docs: Workers, Context (waitUntil)",
        focus=(_SLOW,),
        needs=("worker",),
        steps=_TWICE,
        upstream=(Upstream(faults=(_SILENCE,), surface="queue.send", question=None),),
        expect=(
            Expect(step="first", seen="answered", invariant=_SLOW),
            Expect(step="again", seen="answered", invariant=_SLOW),
        ),
    ),
    Case(
        id="bindings.evicted-in-a-conversation",
        promise="A Worker restarted between two turns, Durable Objects included, continues the conversation.",
        reference="Cloudflare docs: Durable Objects, lifecycle (eviction; what is in memory is lost)",
        focus=(_DOWN, "request-true"),
        needs=("worker", "restart"),
        steps=(
            Step(label="first"),
            Step(label="second", question="r", turns=(("user", "Name a sea."), ("assistant", "Aral.")), restart=True),
            Step(label="third", question="s", turns=(("user", "And a lake?"), ("assistant", "Garda.")), restart=True),
        ),
        expect=(
            Expect(step="first", seen="answered", invariant=_DOWN),
            Expect(step="second", seen="answered", invariant=_DOWN),
            Expect(step="third", seen="answered", invariant=_DOWN),
        ),
    ),
    Case(
        id="bindings.errors-in-its-own-words",
        promise="What Workers AI throws inside a Worker reaches the client in the Worker's own words.",
        reference="Cloudflare docs: Workers AI, errors",
        focus=("internals-hidden",),
        level="should",
        needs=("worker",),
        steps=(Step(label="json", stream=False), Step(label="stream", question="r")),
        upstream=(
            Upstream(faults=(http.Status(code=429),)),
            Upstream(faults=(http.Status(code=500),), question="r"),
        ),
        expect=(
            Expect(step="json", seen="failed", invariant="internals-hidden"),
            Expect(step="stream", seen="failed", invariant="internals-hidden"),
        ),
    ),
)
