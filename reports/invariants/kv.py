"""Answers kept in Workers KV: a store that is wrong, slow or down costs a client nothing but the hit."""

from __future__ import annotations

from reports.invariants.guide import Family, Guide
from reports.record import Level

FAMILY = Family(
    name="kv",
    title="Answers kept in Workers KV",
    about="A store that is wrong, slow or down costs a client nothing but the hit.",
    guides=(
        Guide(
            id="kv-corrupt-ignored",
            level=Level.MUST,
            promise="A bad value in Workers KV never reaches a client.",
            why="Values are cut, overwritten by other versions of your code, or written by somebody else. A cache "
            "that trusts them serves nonsense to users, or fails.",
            sources=("edgeproof's own rule: kv-corrupt-ignored", "Cloudflare docs: Workers KV, reading values"),
            right="Treat it as a miss and ask upstream.",
            mend="Check what you read: version, shape, length or a hash. Catch parse errors, and treat them as a miss.",
        ),
        Guide(
            id="kv-slow-bounded",
            level=Level.MUST,
            promise="A slow Workers KV does not make the client wait for it.",
            why="A cache is there to save time. Without a limit, a slow store makes every request slower than "
            "without a cache.",
            sources=("edgeproof's own rule: kv-slow-bounded", "Cloudflare docs: Workers KV, how KV works"),
            right="Wait for a short time of its own choice; half its deadline at the most.",
            mend="Give reads a timeout of some 100 ms and then treat them as a miss. Write after the answer "
            "(waitUntil in a Worker), never before it.",
        ),
        Guide(
            id="kv-down-survived",
            level=Level.MUST,
            promise="A Workers KV that is down does not take the target down.",
            why="The store is an optimisation. An outage must cost speed, not answers.",
            sources=(
                "Cloudflare docs: Workers KV, limits (429 above one write a second to a key)",
                "Cloudflare docs: Workers KV, API errors",
            ),
            right="Answer as if it had no store.",
            mend="Catch errors of reads and writes, including refused connections, 429 and HTML pages. Await the "
            "promise of a write, or give it a catch: in Node a rejection that nobody handles ends the process.",
        ),
        Guide(
            id="kv-stale-bounded",
            level=Level.MUST,
            promise="Expired values that Workers KV still returns are not passed on.",
            why="Workers KV is eventually consistent: other places may see an old value for a minute or longer after "
            "it has changed.",
            sources=("Cloudflare docs: Workers KV, consistency", "RFC 9111 §4.2: freshness"),
            right="Treat it as a miss and ask upstream.",
            mend="Write the creation time into the value or its metadata, and compare it with the cache's TTL "
            "on every read.",
        ),
    ),
)
