"""Mistakes in what is kept: the cache, Workers KV, and what requests share."""

from __future__ import annotations

from reports.causes.mistakes.mistake import Mistake

MISTAKES: tuple[Mistake, ...] = (
    Mistake(
        id="leaves-things-out-of-the-key",
        sentence="The cache key leaves out part of the request, so different requests get one answer.",
        mends="Make the key from the whole body (model, all messages, every parameter), in a fixed order.",
        best=("cache.key-has-temperature", "cache.key-has-model", "cache.key-has-tools"),
        made_by=(
            "mutant:key-without-temperature",
            "mutant:key-without-model",
            "mutant:key-of-the-last-message",
            "mutant:key-without-roles",
            "mutant:key-without-tools",
            "mutant:key-of-doubles",
            "mutant:key-of-texts",
            "mutant:key-of-the-first-message",
            "proxy:short-key",
            "proxy:knows-the-first-message",
            "mutant:key-in-small-letters",
            "proxy:folds-case",
            "proxy:key-of-known-names",
            "proxy:names-nobody",
        ),
    ),
    Mistake(
        id="shares-answers-between-callers",
        sentence="One caller gets an answer that was made for another.",
        mends="Put the caller's identity into the cache key and into the key of requests that are joined.",
        best=("cache.callers-apart", "concurrency.two-callers-one-question"),
        made_by=(
            "mutant:key-without-caller",
            "mutant:flight-without-caller",
            "mutant:capture-without-its-caller",
            "proxy:everybodys-answers",
        ),
    ),
    Mistake(
        id="mixes-requests",
        sentence="Requests at the same time share state, so one gets or loses parts of another's answer.",
        mends="Keep buffers in the request, never on the proxy. Where requests share a call, give each its own "
        "place in it, from the start, and end the call when the last has left.",
        best=("concurrency.twenty-questions", "concurrency.twenty-whole-answers", "cancel.one-of-two"),
        made_by=(
            "mutant:flights-confused",
            "mutant:buffer-shared",
            "mutant:leaver-takes-all-along",
            "mutant:late-reader-misses-the-start",
            "mutant:beginning-of-another-question",
            "proxy:shared-answer",
            "proxy:queues-answers",
        ),
    ),
    Mistake(
        id="ignores-ages",
        sentence="Cached answers are served after their TTL: their age is not stored, not checked or misread.",
        mends="Store when an answer was made inside the value, in Workers KV too, and check it at every read.",
        best=("cache.expires", "cache.expires-for-streams", "kv.value-before-the-last"),
        made_by=(
            "mutant:never-expires",
            "mutant:age-in-milliseconds",
            "mutant:old-value-believed",
            "proxy:never-expires",
        ),
    ),
    Mistake(
        id="keeps-bad-answers",
        sentence="Errors or truncated answers are cached and served again.",
        mends="Cache an answer only when it is whole: status 200, `finish_reason` stop, and the end mark seen.",
        best=("cache.not-a-cut-stream", "cache.not-cut-by-its-limit", "cache.not-a-client-error"),
        made_by=(
            "mutant:cut-answer-kept",
            "mutant:broken-stream-kept",
            "mutant:left-stream-kept",
            "mutant:error-kept",
            "proxy:keeps-what-came",
            "proxy:keeps-length-cut",
            "proxy:remembers-what-is-missing",
            "mutant:kept-without-a-reason",
            "mutant:cut-capture-kept",
            "mutant:cut-lines-kept",
        ),
    ),
    Mistake(
        id="keeps-parts-of-answers",
        sentence="A cached answer differs from the original: something is missing, or an earlier hit has changed it.",
        mends="Store the whole completion object, or its bytes, and give each reader a copy; check that nothing cuts "
        "it, as a narrow column does.",
        best=(
            "cache.stream-then-stream",
            "cache.choices-kept",
            "cache.tool-calls-kept-from-a-stream",
            "cache.json-stream-json",
        ),
        made_by=(
            "mutant:hit-without-tool-calls",
            "mutant:hit-with-one-choice",
            "mutant:hit-without-its-start",
            "proxy:keeps-a-part",
            "mutant:hit-used-up",
            "proxy:uses-hits-up",
            "proxy:keeps-no-calls-in-kv",
        ),
    ),
    Mistake(
        id="serves-hits-in-the-wrong-form",
        sentence="A cached answer comes as JSON when a stream was asked for, or the other way round.",
        mends="Store one neutral form, and render it as the request asks: check `stream` for hits as well.",
        best=("cache.json-then-stream", "cache.stream-then-json"),
        made_by=(
            "mutant:hit-is-always-json",
            "mutant:hit-is-always-a-stream",
            "mutant:lines-forgotten-in-the-cache",
            "proxy:stored-form",
        ),
    ),
    Mistake(
        id="never-evicts",
        sentence="The cache never evicts anything, so memory grows forever.",
        mends="Bound the cache in bytes, evict the oldest, and drop every reference to what was evicted.",
        best=("cache.bounded",),
        made_by=("mutant:never-evicted", "mutant:captures-unbounded", "proxy:unbounded-cache"),
    ),
    Mistake(
        id="trusts-workers-kv",
        sentence="Values from Workers KV are trusted unchecked: damaged or old ones reach clients, or fail requests.",
        mends="Store a version and a checksum with each value, and treat what does not match as a miss.",
        best=("kv.flipped-bit", "kv.value-cut-short", "kv.flipped-bit-in-long-answers"),
        made_by=("mutant:value-not-verified", "mutant:bad-value-is-fatal", "proxy:trusts-kv", "proxy:forgets-ages"),
    ),
    Mistake(
        id="depends-on-workers-kv",
        sentence="When Workers KV fails or is slow, the request fails or waits with it.",
        mends="Treat the store as optional: a short timeout of its own, and any error is a miss.",
        best=("kv.read-fails", "kv.read-without-an-answer"),
        made_by=(
            "mutant:store-down-is-fatal",
            "mutant:store-waited-for",
            "proxy:waits-for-kv",
            "proxy:needs-kv",
        ),
    ),
)
