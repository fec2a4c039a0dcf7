"""Values in Workers KV: good ones for a new process, bad ones, and ones that are too old.

The one rule: the first step fills the store and the second asks a target that has just been started afresh, so that
only the store can know the answer. Whatever the store says then, the client gets a right answer.
"""

from __future__ import annotations

from fault_injection.families import kv
from scenarios.case import Case, Expect, Step, Upstream
from scenarios.prompt import Prompt
from scenarios.tools import CLOCK, WEATHER

_LONG = Prompt(tokens=2000, ascii=True)

CASES: tuple[Case, ...] = (
    Case(
        id="kv.answers-a-new-process",
        promise="An answer cached in Workers KV outlives the process that wrote it.",
        reference="Cloudflare docs: Workers KV",
        focus=("cache-hit-equal",),
        level="should",
        needs=("kv", "cache", "restart"),
        steps=(Step(label="fill", stream=False), Step(label="again", stream=False, restart=True)),
        expect=(
            Expect(step="again", seen="answered", invariant="cache-hit-equal"),
            Expect(step="again", seen="not-asked-upstream", invariant="cache-hit-equal"),
        ),
    ),
    Case(
        id="kv.stream-from-another-process",
        promise="A new process replays streams from Workers KV correctly, including tool calls and choices.",
        reference="Cloudflare docs: Workers KV",
        focus=("cache-hit-equal", "cache-stream-form", "tool-calls-intact", "choices-separate"),
        level="should",
        needs=("kv", "cache.streams", "restart"),
        steps=(
            Step(label="fill"),
            Step(label="calls", question="r", prompt=Prompt(tools=2), params={"tools": [WEATHER, CLOCK]}),
            Step(label="choices", question="s", params={"n": 2}),
            Step(label="again", restart=True),
            Step(label="calls-again", question="r", prompt=Prompt(tools=2), params={"tools": [WEATHER, CLOCK]}),
            Step(label="choices-again", question="s", params={"n": 2}),
        ),
        expect=(
            Expect(step="again", seen="answered", invariant="cache-stream-form"),
            Expect(step="calls-again", seen="answered", invariant="tool-calls-intact"),
            Expect(step="choices-again", seen="answered", invariant="choices-separate"),
        ),
    ),
    Case(
        id="kv.callers-apart",
        promise="What Workers KV holds for one caller is never served to another.",
        reference="RFC 9111 §3.5 requests with Authorization",
        focus=("cache-isolated",),
        needs=("kv", "cache.per_identity", "restart"),
        steps=(Step(label="mine", stream=False), Step(label="theirs", stream=False, identity="b", restart=True)),
        expect=(
            Expect(step="theirs", seen="asked-upstream", invariant="cache-isolated"),
            Expect(step="theirs", seen="answered", invariant="cache-isolated"),
        ),
    ),
    Case(
        id="kv.flipped-bit",
        promise="A value with one flipped bit is neither passed on nor an error to the client.",
        reference="edgeproof's own rule: kv-corrupt-ignored",
        focus=("kv-corrupt-ignored",),
        needs=("kv", "cache", "restart"),
        steps=(Step(label="fill", stream=False), Step(label="again", stream=False, restart=True)),
        upstream=(Upstream(faults=(kv.CorruptBits(),), surface="kv.get", question=None, after=1),),
        expect=(Expect(step="again", seen="answered", invariant="kv-corrupt-ignored"),),
    ),
    Case(
        id="kv.many-flipped-bits",
        promise="A value full of flipped bits is not served to a stream client.",
        reference="edgeproof's own rule: kv-corrupt-ignored",
        focus=("kv-corrupt-ignored",),
        needs=("kv", "cache.streams", "restart"),
        steps=(Step(label="fill"), Step(label="again", restart=True)),
        upstream=(Upstream(faults=(kv.CorruptBits(count=200),), surface="kv.get", question=None, after=1),),
        expect=(Expect(step="again", seen="answered", invariant="kv-corrupt-ignored"),),
    ),
    Case(
        id="kv.flipped-bit-in-long-answers",
        promise="None of six long answers with one flipped bit each is passed on.",
        reference="edgeproof's own rule: kv-corrupt-ignored",
        focus=("kv-corrupt-ignored",),
        needs=("kv", "cache", "restart"),
        steps=(
            Step(label="fill-q", question="q", prompt=_LONG, stream=False),
            Step(label="fill-r", question="r", prompt=_LONG, stream=False, start="with"),
            Step(label="fill-s", question="s", prompt=_LONG, stream=False, start="with"),
            Step(label="fill-t", question="t", prompt=_LONG, stream=False, start="with"),
            Step(label="fill-u", question="u", prompt=_LONG, stream=False, start="with"),
            Step(label="fill-v", question="v", prompt=_LONG, stream=False, start="with"),
            Step(label="again-q", question="q", prompt=_LONG, stream=False, restart=True),
            Step(label="again-r", question="r", prompt=_LONG, stream=False, start="with"),
            Step(label="again-s", question="s", prompt=_LONG, stream=False, start="with"),
            Step(label="again-t", question="t", prompt=_LONG, stream=False, start="with"),
            Step(label="again-u", question="u", prompt=_LONG, stream=False, start="with"),
            Step(label="again-v", question="v", prompt=_LONG, stream=False, start="with"),
        ),
        upstream=(Upstream(faults=(kv.CorruptBits(),), surface="kv.get", question=None, after=6),),
        expect=(
            Expect(step="again-q", seen="answered", invariant="kv-corrupt-ignored"),
            Expect(step="again-r", seen="answered", invariant="kv-corrupt-ignored"),
            Expect(step="again-s", seen="answered", invariant="kv-corrupt-ignored"),
            Expect(step="again-t", seen="answered", invariant="kv-corrupt-ignored"),
            Expect(step="again-u", seen="answered", invariant="kv-corrupt-ignored"),
            Expect(step="again-v", seen="answered", invariant="kv-corrupt-ignored"),
        ),
    ),
    Case(
        id="kv.value-cut-short",
        promise="A truncated value is a miss.",
        reference="edgeproof's own rule: kv-corrupt-ignored",
        focus=("kv-corrupt-ignored",),
        needs=("kv", "cache", "restart"),
        steps=(Step(label="fill", stream=False), Step(label="again", stream=False, restart=True)),
        upstream=(Upstream(faults=(kv.Truncated(),), surface="kv.get", question=None, after=1),),
        expect=(Expect(step="again", seen="answered", invariant="kv-corrupt-ignored"),),
    ),
    Case(
        id="kv.value-empty",
        promise="An empty value is not an empty answer.",
        reference="edgeproof's own rule: kv-corrupt-ignored",
        focus=("kv-corrupt-ignored",),
        needs=("kv", "cache", "restart"),
        steps=(Step(label="fill", stream=False), Step(label="again", stream=False, restart=True)),
        upstream=(Upstream(faults=(kv.EmptyValue(),), surface="kv.get", question=None, after=1),),
        expect=(Expect(step="again", seen="answered", invariant="kv-corrupt-ignored"),),
    ),
    Case(
        id="kv.value-of-another-type",
        promise="A value of another JSON type than was written is a miss.",
        reference="edgeproof's own rule: kv-corrupt-ignored",
        focus=("kv-corrupt-ignored",),
        needs=("kv", "cache", "restart"),
        steps=(Step(label="fill", stream=False), Step(label="again", stream=False, restart=True)),
        upstream=(Upstream(faults=(kv.WrongType(kind="list"),), surface="kv.get", question=None, after=1),),
        expect=(Expect(step="again", seen="answered", invariant="kv-corrupt-ignored"),),
    ),
    Case(
        id="kv.value-of-another-version",
        promise="A value that another version of the program wrote is a miss.",
        reference="edgeproof's own rule: kv-corrupt-ignored",
        focus=("kv-corrupt-ignored",),
        needs=("kv", "cache", "restart"),
        steps=(Step(label="fill", stream=False), Step(label="again", stream=False, restart=True)),
        upstream=(Upstream(faults=(kv.WrongSchema(),), surface="kv.get", question=None, after=1),),
        expect=(Expect(step="again", seen="answered", invariant="kv-corrupt-ignored"),),
    ),
    Case(
        id="kv.key-denied",
        promise="When the store says that a key is missing, the answer is fetched again.",
        reference="Cloudflare docs: Workers KV consistency",
        focus=("kv-down-survived",),
        needs=("kv", "cache", "restart"),
        steps=(Step(label="fill", stream=False), Step(label="again", stream=False, restart=True)),
        upstream=(Upstream(faults=(kv.Miss(),), surface="kv.get", question=None, after=1),),
        expect=(Expect(step="again", seen="answered", invariant="kv-down-survived"),),
    ),
    Case(
        id="kv.value-too-old",
        promise="What the store still holds after an answer's TTL is not passed on.",
        reference="RFC 9111 §4.2 Freshness; Cloudflare docs: Workers KV expiration",
        focus=("cache-expires", "kv-stale-bounded"),
        needs=("kv", "cache", "restart"),
        steps=(
            Step(label="fill", stream=False),
            Step(label="late", stream=False, restart=True, pause="cache-ttl"),
        ),
        expect=(
            Expect(step="late", seen="asked-upstream", invariant="cache-expires"),
            Expect(step="late", seen="answered", invariant="kv-stale-bounded"),
        ),
    ),
    Case(
        id="kv.value-before-the-last",
        promise="An old value that a distant data centre still serves is not passed on after its TTL.",
        reference="Cloudflare docs: Workers KV consistency",
        focus=("kv-stale-bounded",),
        needs=("kv", "cache", "restart"),
        steps=(
            Step(label="fill", stream=False),
            Step(label="renew", stream=False, pause="cache-ttl"),
            Step(label="late", stream=False, restart=True, pause="cache-ttl"),
        ),
        upstream=(Upstream(faults=(kv.Stale(),), surface="kv.get", question=None, after=2),),
        expect=(Expect(step="late", seen="answered", invariant="kv-stale-bounded"),),
    ),
)
