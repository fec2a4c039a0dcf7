"""Workers KV that is slow, fails or forgets: never more than a detour on the way to an answer.

The one rule: upstream is well in all of these cases, so that nothing but the store can be to blame.
"""

from __future__ import annotations

from fault_injection.families import http, kv, tcp
from scenarios.case import Case, Expect, Step, Upstream
from scenarios.prompt import Prompt

_LONG = (
    "The sea was calm that evening, and so was everybody on deck; the coast had gone an hour ago, and with it the last "
    "of the gulls. Somebody had brought a chair, somebody else a radio that found nothing but the shipping forecast. "
    "It spoke of places that none of us would ever see: of sandbanks, of lights that were out of order, of a wind that "
    "would be there tomorrow, moderate at first and a little more than that later. We listened as to a story whose "
    "end one knows, and nobody asked for another station. When it was over the captain came up, looked at the "
    "sky, and said that it would rain."
)

CASES: tuple[Case, ...] = (
    Case(
        id="kv.slow-read",
        promise="A store that takes three seconds to answer does not keep the client waiting for it.",
        reference="edgeproof's own rule: kv-slow-bounded",
        focus=("kv-slow-bounded",),
        needs=("kv", "cache"),
        steps=(Step(stream=False),),
        upstream=(Upstream(faults=(kv.Slow(delay_s=3.0),), surface="kv.get", question=None),),
        expect=(Expect(step="ask", seen="answered", invariant="kv-slow-bounded"),),
    ),
    Case(
        id="kv.read-without-an-answer",
        promise="A store that never answers does not keep a stream client waiting.",
        reference="edgeproof's own rule: kv-slow-bounded",
        focus=("kv-slow-bounded",),
        needs=("kv", "cache"),
        upstream=(Upstream(faults=(kv.Hang(for_s=20.0),), surface="kv.get", question=None),),
        expect=(Expect(step="ask", seen="answered", invariant="kv-slow-bounded"),),
    ),
    Case(
        id="kv.read-fails",
        promise="A store that answers reads with 500 costs no client an answer.",
        reference="Cloudflare docs: Workers KV, API errors",
        focus=("kv-down-survived",),
        needs=("kv", "cache"),
        steps=(Step(stream=False),),
        upstream=(Upstream(faults=(kv.Error(),), surface="kv.get", question=None),),
        expect=(Expect(step="ask", seen="answered", invariant="kv-down-survived"),),
    ),
    Case(
        id="kv.read-rate-limited",
        promise="A store that answers reads with 429 costs no client an answer.",
        reference="Cloudflare docs: Workers KV limits",
        focus=("kv-down-survived",),
        needs=("kv", "cache"),
        upstream=(Upstream(faults=(kv.RateLimited(),), surface="kv.get", question=None),),
        expect=(Expect(step="ask", seen="answered", invariant="kv-down-survived"),),
    ),
    Case(
        id="kv.read-reset",
        promise="A reset connection to the store costs no client an answer.",
        reference="edgeproof's own rule: kv-down-survived",
        focus=("kv-down-survived",),
        needs=("kv", "cache"),
        steps=(Step(stream=False),),
        upstream=(Upstream(faults=(tcp.Reset(),), surface="kv.get", question=None),),
        expect=(Expect(step="ask", seen="answered", invariant="kv-down-survived"),),
    ),
    Case(
        id="kv.page-instead-of-a-value",
        promise="A web page with status 200 in place of a value is a miss.",
        reference="Cloudflare docs: challenge pages",
        focus=("kv-down-survived",),
        needs=("kv", "cache"),
        steps=(Step(stream=False),),
        upstream=(Upstream(faults=(http.HtmlWith200(),), surface="kv.get", question=None),),
        expect=(Expect(step="ask", seen="answered", invariant="kv-down-survived"),),
    ),
    Case(
        id="kv.write-fails",
        promise="A store that answers writes with 500 does not spoil the answer.",
        reference="Cloudflare docs: Workers KV, API errors",
        focus=("kv-down-survived",),
        needs=("kv", "cache"),
        steps=(Step(label="first", stream=False), Step(label="again", question="r", prompt=Prompt(first_s=0.2))),
        upstream=(Upstream(faults=(kv.Error(),), surface="kv.put", question=None),),
        expect=(
            Expect(step="first", seen="answered", invariant="kv-down-survived"),
            Expect(step="again", seen="answered", invariant="kv-down-survived"),
        ),
    ),
    Case(
        id="kv.write-too-large",
        promise="A value that the store refuses as too large does not spoil the answer.",
        reference="Cloudflare docs: Workers KV limits",
        focus=("kv-down-survived",),
        needs=("kv", "cache"),
        steps=(Step(label="first"), Step(label="again", question="r", prompt=Prompt(first_s=0.2))),
        upstream=(Upstream(faults=(kv.TooLarge(),), surface="kv.put", question=None),),
        expect=(
            Expect(step="first", seen="answered", invariant="kv-down-survived"),
            Expect(step="again", seen="answered", invariant="kv-down-survived"),
        ),
    ),
    Case(
        id="kv.write-without-an-answer",
        promise="A store that never answers a write does not delay the end of the client's answer.",
        reference="edgeproof's own rule: kv-slow-bounded",
        focus=("kv-slow-bounded", "ends-in-time"),
        needs=("kv", "cache"),
        steps=(Step(label="first"), Step(label="again", question="r", prompt=Prompt(first_s=0.2))),
        upstream=(Upstream(faults=(kv.Hang(for_s=20.0),), surface="kv.put", question=None),),
        expect=(
            Expect(step="first", seen="answered", invariant="kv-slow-bounded"),
            Expect(step="again", seen="answered", invariant="kv-slow-bounded"),
        ),
    ),
    Case(
        id="kv.write-lost",
        promise="A write that the store acknowledged and lost costs only another upstream call.",
        reference="Cloudflare docs: Workers KV consistency",
        focus=("kv-down-survived", "no-loss"),
        needs=("kv", "cache", "restart"),
        steps=(Step(label="fill", stream=False), Step(label="again", stream=False, restart=True)),
        upstream=(Upstream(faults=(kv.LostWrite(),), surface="kv.put", question=None),),
        expect=(Expect(step="again", seen="answered", invariant="kv-down-survived"),),
    ),
    Case(
        id="kv.write-rate-limited",
        promise="A store that refuses a second write to one key within a second does not spoil the answer.",
        reference="Cloudflare docs: Workers KV, limits (one write a second to a key)",
        focus=("kv-down-survived",),
        needs=("kv", "cache"),
        steps=(Step(label="first", stream=False), Step(label="again", question="r", prompt=Prompt(first_s=0.2))),
        upstream=(Upstream(faults=(kv.RateLimited(),), surface="kv.put", question=None),),
        expect=(
            Expect(step="first", seen="answered", invariant="kv-down-survived"),
            Expect(step="again", seen="answered", invariant="kv-down-survived"),
        ),
    ),
    Case(
        id="kv.key-too-long",
        promise="A conversation longer than the 512 bytes of a key still gets its answer.",
        reference="Cloudflare docs: Workers KV, limits (key size)",
        focus=("kv-down-survived",),
        needs=("kv", "cache"),
        steps=(Step(label="long", stream=False, turns=(("user", _LONG), ("assistant", "It is."))),),
        alone=True,
        expect=(Expect(step="long", seen="answered", invariant="kv-down-survived"),),
    ),
    Case(
        id="kv.no-key-twice-a-second",
        promise="Different questions do not write to one key, which takes only one write a second.",
        reference="Cloudflare docs: Workers KV, limits (one write a second to a key)",
        focus=("kv-writes-spaced",),
        level="should",
        needs=("kv", "cache"),
        alone=True,
        steps=(Step(stream=False, times=4, unique=True), Step(label="last", question="r", stream=False)),
        expect=(Expect(step="ask", seen="answered", invariant="kv-writes-spaced"),),
    ),
)
