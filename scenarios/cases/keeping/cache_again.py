"""Answers that are asked for three times and more: what the second hit does to the third, and how old it may be.

The one rule: the same question all the way. What a cache gets wrong only once it has given an answer shows here.
"""

from __future__ import annotations

from fault_injection.families import client, sse_ends
from scenarios.case import Case, Expect, Step, Upstream
from scenarios.prompt import Prompt
from scenarios.tools import CLOCK, WEATHER

CASES: tuple[Case, ...] = (
    Case(
        id="cache.json-stream-json",
        promise="A cached JSON answer stays the same after it was served as a stream.",
        reference="edgeproof's own rule: cache-hit-equal",
        focus=("cache-hit-equal", "cache-stream-form"),
        needs=("cache",),
        steps=(
            Step(label="first", stream=False),
            Step(label="stream"),
            Step(label="third", stream=False),
            Step(label="fourth"),
        ),
        expect=(
            Expect(step="stream", seen="answered", invariant="cache-stream-form"),
            Expect(step="third", seen="answered", invariant="cache-hit-equal"),
            Expect(step="third", seen="not-asked-upstream", invariant="cache-hit-equal"),
            Expect(step="fourth", seen="answered", invariant="cache-stream-form"),
        ),
    ),
    Case(
        id="cache.stream-json-stream",
        promise="A cached stream stays the same after it was served as JSON.",
        reference="edgeproof's own rule: cache-hit-equal",
        focus=("cache-hit-equal", "cache-stream-form"),
        needs=("cache.streams",),
        steps=(
            Step(label="first"),
            Step(label="json", stream=False),
            Step(label="third"),
            Step(label="fourth", stream=False),
        ),
        expect=(
            Expect(step="json", seen="answered", invariant="cache-stream-form"),
            Expect(step="third", seen="answered", invariant="cache-hit-equal"),
            Expect(step="third", seen="not-asked-upstream", invariant="cache-hit-equal"),
            Expect(step="fourth", seen="answered", invariant="cache-stream-form"),
        ),
    ),
    Case(
        id="cache.tool-calls-in-every-form",
        promise="Two tool calls are complete in a stream, in JSON and in a stream again, all from one cached answer.",
        reference="OpenAI API: tool calls",
        focus=("tool-calls-intact", "cache-hit-equal"),
        needs=("cache.streams",),
        steps=(
            Step(label="first", prompt=Prompt(tools=2), params={"tools": [WEATHER, CLOCK]}),
            Step(label="json", stream=False, prompt=Prompt(tools=2), params={"tools": [WEATHER, CLOCK]}),
            Step(label="third", prompt=Prompt(tools=2), params={"tools": [WEATHER, CLOCK]}),
            Step(label="fourth", stream=False, prompt=Prompt(tools=2), params={"tools": [WEATHER, CLOCK]}),
        ),
        expect=(
            Expect(step="first", seen="answered", invariant="tool-calls-intact"),
            Expect(step="json", seen="answered", invariant="tool-calls-intact"),
            Expect(step="third", seen="answered", invariant="tool-calls-intact"),
            Expect(step="fourth", seen="answered", invariant="tool-calls-intact"),
        ),
    ),
    Case(
        id="cache.choices-in-every-form",
        promise="Three choices stay three in JSON, in a stream and in JSON again, all from one cached answer.",
        reference="OpenAI API: n",
        focus=("choices-separate", "cache-hit-equal"),
        needs=("cache",),
        steps=(
            Step(label="first", stream=False, params={"n": 3}),
            Step(label="stream", params={"n": 3}),
            Step(label="third", stream=False, params={"n": 3}),
        ),
        expect=(
            Expect(step="first", seen="answered", invariant="choices-separate"),
            Expect(step="stream", seen="answered", invariant="choices-separate"),
            Expect(step="third", seen="answered", invariant="choices-separate"),
        ),
    ),
    Case(
        id="cache.hits-at-once",
        promise="Four simultaneous hits, streams and JSON, do not disturb one another.",
        reference="edgeproof's own rule: cache-hit-equal",
        focus=("cache-hit-equal", "ids-unique", "no-cross-talk"),
        needs=("cache.streams",),
        steps=(
            Step(label="first"),
            Step(label="streams", together=2),
            Step(label="json", stream=False, together=2, start="with"),
            Step(label="last"),
        ),
        expect=(
            Expect(step="streams", seen="answered", invariant="cache-hit-equal"),
            Expect(step="json", seen="answered", invariant="cache-hit-equal"),
            Expect(step="last", seen="answered", invariant="cache-hit-equal"),
        ),
    ),
    Case(
        id="cache.age-counts-from-the-answer",
        promise="A cache hit does not extend the life of an answer.",
        reference="RFC 9111 §4.2.3 Calculating Age",
        focus=("cache-expires",),
        needs=("cache",),
        steps=(
            Step(label="first", stream=False),
            Step(label="later", stream=False, pause="most-of-cache-ttl"),
            Step(label="late", stream=False, pause="most-of-cache-ttl"),
        ),
        expect=(
            Expect(step="later", seen="answered", invariant="cache-hit-equal"),
            Expect(step="late", seen="answered", invariant="cache-expires"),
        ),
    ),
    Case(
        id="cache.age-counts-from-the-stream",
        promise="A cache hit in any form does not extend the life of a stream.",
        reference="RFC 9111 §4.2.3 Calculating Age",
        focus=("cache-expires",),
        needs=("cache.streams",),
        steps=(
            Step(label="first"),
            Step(label="later", pause="most-of-cache-ttl"),
            Step(label="json", stream=False),
            Step(label="late", pause="most-of-cache-ttl"),
        ),
        expect=(
            Expect(step="later", seen="answered", invariant="cache-hit-equal"),
            Expect(step="json", seen="answered", invariant="cache-hit-equal"),
            Expect(step="late", seen="answered", invariant="cache-expires"),
        ),
    ),
    Case(
        id="cache.made-anew-after-its-life",
        promise="An answer that was fetched again after its TTL is cached like the first one.",
        reference="RFC 9111 §4.2 Freshness",
        focus=("cache-hit-equal", "cache-expires"),
        level="should",
        needs=("cache",),
        steps=(
            Step(label="first", stream=False),
            Step(label="late", stream=False, pause="cache-ttl"),
            Step(label="again", stream=False),
        ),
        expect=(
            Expect(step="late", seen="asked-upstream", invariant="cache-expires"),
            Expect(step="again", seen="answered", invariant="cache-hit-equal"),
            Expect(step="again", seen="not-asked-upstream", invariant="cache-hit-equal"),
        ),
    ),
    Case(
        id="cache.whole-after-a-cut-stream",
        promise="Once a stream has arrived whole it is cached, even if an earlier attempt broke off.",
        reference="RFC 9111 §3.3 incomplete responses",
        focus=("cache-never-bad", "cache-hit-equal"),
        needs=("cache.streams",),
        steps=(
            Step(label="cut", prompt=Prompt(tokens=8, pace_s=0.03)),
            Step(label="whole", prompt=Prompt(tokens=8, pace_s=0.03)),
            Step(label="third", prompt=Prompt(tokens=8, pace_s=0.03)),
            Step(label="json", prompt=Prompt(tokens=8, pace_s=0.03), stream=False),
        ),
        upstream=(Upstream(faults=(sse_ends.Truncate(after=5),), first=1),),
        expect=(
            Expect(step="whole", seen="answered", invariant="cache-never-bad"),
            Expect(step="third", seen="answered", invariant="cache-hit-equal"),
            Expect(step="json", seen="answered", invariant="cache-hit-equal"),
        ),
    ),
    Case(
        id="cache.not-a-stream-cut-as-a-hit",
        promise="A client that leaves during a cache hit does not spoil the answer for others.",
        reference="RFC 9111 §3.3 incomplete responses",
        focus=("cache-hit-equal", "no-loss"),
        needs=("cache.streams",),
        steps=(
            Step(label="first", prompt=Prompt(tokens=10, token_bytes=40_000)),
            Step(
                label="leaving",
                prompt=Prompt(tokens=10, token_bytes=40_000),
                faults=(client.SlowReader(bytes_per_s=200_000), client.AbortAfter(events=1)),
            ),
            Step(label="third", prompt=Prompt(tokens=10, token_bytes=40_000)),
        ),
        expect=(
            Expect(step="first", seen="answered", invariant="no-loss"),
            Expect(step="third", seen="answered", invariant="cache-hit-equal"),
        ),
    ),
    Case(
        id="cache.conversation-of-three-turns",
        promise="Each turn of a conversation gets its own answer, and so does the first turn when repeated.",
        reference="edgeproof's own rule: cache-key-complete",
        focus=("cache-key-complete", "cache-hit-equal", "request-true"),
        needs=("cache",),
        steps=(
            Step(label="one", stream=False),
            Step(label="two", stream=False, turns=(("user", "Where am I?"), ("assistant", "At the edge."))),
            Step(
                label="three",
                stream=False,
                turns=(
                    ("user", "Where am I?"),
                    ("assistant", "At the edge."),
                    ("user", "Still?"),
                    ("assistant", "Still."),
                ),
            ),
            Step(label="one-again", stream=False),
            Step(label="two-again", turns=(("user", "Where am I?"), ("assistant", "At the edge."))),
        ),
        expect=(
            Expect(step="two", seen="asked-upstream", invariant="cache-key-complete"),
            Expect(step="three", seen="asked-upstream", invariant="cache-key-complete"),
            Expect(step="one-again", seen="answered", invariant="cache-hit-equal"),
            Expect(step="two-again", seen="answered", invariant="cache-hit-equal"),
        ),
    ),
    Case(
        id="cache.callers-at-once",
        promise="Of two callers who ask at the same moment, each gets and caches only its own answer.",
        reference="RFC 9111 §3.5 requests with Authorization; Cloudflare docs: Workers, best practices (globals)",
        focus=("cache-isolated",),
        needs=("cache.per_identity",),
        steps=(
            Step(label="mine", stream=False, prompt=Prompt(first_s=0.3)),
            Step(label="theirs", question="r", stream=False, prompt=Prompt(first_s=0.3), identity="b", start="with"),
            Step(label="of-theirs", stream=False, prompt=Prompt(first_s=0.3), identity="b"),
        ),
        expect=(
            Expect(step="mine", seen="answered", invariant="cache-isolated"),
            Expect(step="of-theirs", seen="asked-upstream", invariant="cache-isolated"),
        ),
    ),
)
