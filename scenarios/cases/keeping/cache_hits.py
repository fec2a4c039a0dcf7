"""Answers that are kept: a hit equals its original, in the form that was asked for, for as long as claimed.

The one rule: a hit is seen by upstream not being asked, never by a header.
"""

from __future__ import annotations

from typing import Any

from scenarios.case import Case, Expect, Step
from scenarios.prompt import Prompt
from scenarios.tools import WEATHER

_SAYS_MUCH = Prompt(
    form="chat.reasoning(place=beside)+chat.fields(which=refusal)+chat.fields(which=annotations)"
    "+chat.fields(which=audio)+chat.fields(which=system_fingerprint)+chat.fields(which=service_tier)"
    "+chat.fields(which=usage_details)"
)
"""An answer with every field that a message may have beside its text."""
_RICH: dict[str, Any] = {"prompt": _SAYS_MUCH, "params": {"logprobs": True, "top_logprobs": 2}}

CASES: tuple[Case, ...] = (
    Case(
        id="cache.json-then-json",
        promise="The same question is answered from the cache, and the answer equals the original.",
        reference="Cloudflare docs: AI Gateway caching",
        focus=("cache-hit-equal", "ids-unique"),
        needs=("cache",),
        steps=(
            Step(label="first", stream=False, **_RICH),
            Step(label="again", stream=False, **_RICH),
        ),
        expect=(
            Expect(step="first", seen="answered", invariant="no-loss"),
            Expect(step="again", seen="answered", invariant="cache-hit-equal"),
            Expect(step="again", seen="not-asked-upstream", invariant="cache-hit-equal"),
        ),
    ),
    Case(
        id="cache.stream-then-stream",
        promise="A cached stream is replayed as a stream and equals the original.",
        reference="Cloudflare docs: AI Gateway caching",
        focus=("cache-hit-equal", "cache-stream-form", "ids-unique"),
        needs=("cache.streams",),
        steps=(Step(label="first", **_RICH), Step(label="again", **_RICH)),
        expect=(
            Expect(step="first", seen="answered", invariant="no-loss"),
            Expect(step="again", seen="answered", invariant="cache-hit-equal"),
            Expect(step="again", seen="not-asked-upstream", invariant="cache-hit-equal"),
        ),
    ),
    Case(
        id="cache.json-then-stream",
        promise="A stream client gets a stream, even when the answer was cached for a JSON client.",
        reference="edgeproof's own rule: cache-stream-form",
        focus=("cache-stream-form", "cache-hit-equal", "fields-kept"),
        needs=("cache",),
        steps=(Step(label="json", stream=False, **_RICH), Step(label="stream", **_RICH)),
        expect=(
            Expect(step="json", seen="answered", invariant="no-loss"),
            Expect(step="stream", seen="answered", invariant="cache-stream-form"),
        ),
    ),
    Case(
        id="cache.stream-then-json",
        promise="A JSON client gets JSON, even when the answer was cached from a stream.",
        reference="edgeproof's own rule: cache-stream-form",
        focus=("cache-stream-form", "cache-hit-equal", "fields-kept"),
        needs=("cache",),
        steps=(Step(label="stream", **_RICH), Step(label="json", stream=False, **_RICH)),
        expect=(
            Expect(step="stream", seen="answered", invariant="no-loss"),
            Expect(step="json", seen="answered", invariant="cache-stream-form"),
        ),
    ),
    Case(
        id="cache.multi-byte-hit",
        promise="A cached answer keeps every character, in any script.",
        reference="RFC 3629 UTF-8",
        focus=("cache-hit-equal", "no-invention"),
        needs=("cache.streams",),
        steps=(Step(label="first", prompt=Prompt(tokens=160)), Step(label="again", prompt=Prompt(tokens=160))),
        expect=(
            Expect(step="again", seen="answered", invariant="cache-hit-equal"),
            Expect(step="again", seen="not-asked-upstream", invariant="cache-hit-equal"),
        ),
    ),
    Case(
        id="cache.tool-calls-kept",
        promise="Tool calls in a cached JSON answer equal the original ones.",
        reference="OpenAI API: tool calls",
        focus=("cache-hit-equal", "tool-calls-intact"),
        needs=("cache",),
        steps=(
            Step(label="first", stream=False, prompt=Prompt(tools=2), params={"tools": [WEATHER]}),
            Step(label="again", stream=False, prompt=Prompt(tools=2), params={"tools": [WEATHER]}),
        ),
        expect=(
            Expect(step="first", seen="answered", invariant="tool-calls-intact"),
            Expect(step="again", seen="answered", invariant="tool-calls-intact"),
        ),
    ),
    Case(
        id="cache.tool-calls-kept-from-a-stream",
        promise="Tool calls in a cached stream equal the original ones.",
        reference="OpenAI API: streaming tool calls",
        focus=("cache-hit-equal", "tool-calls-intact"),
        needs=("cache.streams",),
        steps=(
            Step(label="first", prompt=Prompt(tools=2), params={"tools": [WEATHER]}),
            Step(label="again", prompt=Prompt(tools=2), params={"tools": [WEATHER]}),
        ),
        expect=(
            Expect(step="first", seen="answered", invariant="tool-calls-intact"),
            Expect(step="again", seen="answered", invariant="tool-calls-intact"),
        ),
    ),
    Case(
        id="cache.choices-kept",
        promise="A cached answer with three choices still has three.",
        reference="OpenAI API: n",
        focus=("cache-hit-equal", "choices-separate"),
        needs=("cache",),
        steps=(
            Step(label="first", stream=False, params={"n": 3}),
            Step(label="again", stream=False, params={"n": 3}),
        ),
        expect=(
            Expect(step="first", seen="answered", invariant="choices-separate"),
            Expect(step="again", seen="answered", invariant="choices-separate"),
        ),
    ),
    Case(
        id="cache.usage-asked-for-later",
        promise="A stream client that asks for usage gets it, even when the first one did not ask.",
        reference="OpenAI API: stream_options.include_usage",
        focus=("usage-true", "cache-hit-equal"),
        level="should",
        needs=("cache",),
        steps=(
            Step(label="without"),
            Step(label="with", params={"stream_options": {"include_usage": True}}),
        ),
        expect=(
            Expect(step="without", seen="answered", invariant="no-loss"),
            Expect(step="with", seen="answered", invariant="usage-true"),
        ),
    ),
    Case(
        id="cache.identical-at-once",
        promise="Five identical requests at once get five whole answers.",
        reference="edgeproof's own rule: cache-hit-equal",
        focus=("cache-hit-equal", "no-loss", "ids-unique"),
        needs=("cache",),
        steps=(Step(stream=False, together=5),),
        expect=(Expect(step="ask", seen="answered", invariant="cache-hit-equal"),),
    ),
    Case(
        id="cache.identical-streams-at-once",
        promise="Five identical streams at once arrive whole, each as a stream.",
        reference="edgeproof's own rule: cache-stream-form",
        focus=("cache-stream-form", "no-loss", "ids-unique"),
        needs=("cache",),
        steps=(Step(prompt=Prompt(tokens=8, pace_s=0.05), together=5),),
        expect=(Expect(step="ask", seen="answered", invariant="no-loss"),),
    ),
    Case(
        id="cache.while-it-is-being-made",
        promise="A client that asks while the answer is half finished gets all of it from the start.",
        reference="edgeproof's own rule: no-loss",
        focus=("no-loss", "order-kept", "no-duplication"),
        needs=("cache",),
        steps=(
            Step(label="early", prompt=Prompt(tokens=8, pace_s=0.07)),
            Step(label="late", prompt=Prompt(tokens=8, pace_s=0.07), start="first-event"),
        ),
        expect=(
            Expect(step="early", seen="answered", invariant="no-loss"),
            Expect(step="late", seen="answered", invariant="no-loss"),
        ),
    ),
    Case(
        id="cache.half-its-life",
        promise="Halfway through its TTL an answer is still cached and unchanged.",
        reference="RFC 9111 §4.2 Freshness",
        focus=("cache-hit-equal",),
        level="should",
        needs=("cache",),
        steps=(Step(label="first", stream=False), Step(label="later", stream=False, pause="half-cache-ttl")),
        expect=(
            Expect(step="later", seen="answered", invariant="cache-hit-equal"),
            Expect(step="later", seen="not-asked-upstream", invariant="cache-hit-equal"),
        ),
    ),
    Case(
        id="cache.expires",
        promise="After its TTL an answer is fetched again.",
        reference="RFC 9111 §4.2 Freshness",
        focus=("cache-expires",),
        needs=("cache",),
        steps=(Step(label="first", stream=False), Step(label="late", stream=False, pause="cache-ttl")),
        expect=(
            Expect(step="first", seen="answered", invariant="no-loss"),
            Expect(step="late", seen="asked-upstream", invariant="cache-expires"),
            Expect(step="late", seen="answered", invariant="cache-expires"),
        ),
    ),
    Case(
        id="cache.expires-for-streams",
        promise="After its TTL a stream is fetched again.",
        reference="RFC 9111 §4.2 Freshness",
        focus=("cache-expires",),
        needs=("cache.streams",),
        steps=(Step(label="first"), Step(label="late", pause="cache-ttl")),
        expect=(
            Expect(step="first", seen="answered", invariant="no-loss"),
            Expect(step="late", seen="asked-upstream", invariant="cache-expires"),
            Expect(step="late", seen="answered", invariant="cache-expires"),
        ),
    ),
    Case(
        id="cache.passed-by-on-demand",
        promise="A client that says `Cache-Control: no-cache` gets a new answer.",
        reference="RFC 9111 §5.2.1.4",
        focus=("cache-hit-equal",),
        level="observe",
        needs=("cache",),
        steps=(
            Step(label="first", stream=False),
            Step(label="again", stream=False, headers=(("cache-control", "no-cache"),)),
        ),
        expect=(
            Expect(step="again", seen="answered", invariant="cache-hit-equal"),
            Expect(step="again", seen="asked-upstream", invariant="cache-hit-equal"),
        ),
    ),
    Case(
        id="cache.bounded",
        promise="Answers that nobody asks for twice do not fill memory without limit.",
        reference="edgeproof's own rule: cache-bounded",
        focus=("cache-bounded", "no-leak"),
        needs=("cache", "restart"),
        steps=(
            Step(label="fill", stream=False, prompt=Prompt(tokens=2, token_bytes=450_000), times=8, unique=True),
            Step(label="more", stream=False, prompt=Prompt(tokens=2, token_bytes=450_000), times=30, unique=True),
            Step(label="ever-more", stream=False, prompt=Prompt(tokens=2, token_bytes=450_000), times=30, unique=True),
            Step(label="still-more", stream=False, prompt=Prompt(tokens=2, token_bytes=450_000), times=30, unique=True),
        ),
        expect=(
            Expect(step="fill", seen="answered", invariant="cache-bounded"),
            Expect(step="more", seen="answered", invariant="cache-bounded"),
            Expect(step="ever-more", seen="answered", invariant="cache-bounded"),
            Expect(step="still-more", seen="answered", invariant="cache-bounded"),
        ),
        alone=True,
    ),
)
