"""What a Worker is bound to beside its model: none of it may cost an answer, and none of it is a client's business."""

from __future__ import annotations

from reports.invariants.guide import Family, Guide
from reports.record import Level

FAMILY = Family(
    name="bindings",
    title="What a Worker is bound to",
    about="The Cache API, R2, queues and the rest serve the answer; none of them is the answer.",
    guides=(
        Guide(
            id="binding-down-survived",
            level=Level.MUST,
            promise="A failure or refusal of the Cache API, R2, a queue or a Durable Object costs no client its "
            "answer.",
            why="Each of them has outages and limits of its own. A Worker that awaits all of them is only as available "
            "as all of them together.",
            sources=(
                "Cloudflare docs: Workers runtime APIs, Cache (put: exceptions)",
                "Cloudflare docs: R2, error codes",
                "Cloudflare docs: Durable Objects, lifecycle",
            ),
            right="Answer without it, and leave out what it was for.",
            mend="Catch what reads and writes throw, and go on as for a miss. Keep a copy with headers of its own, "
            "under a GET: cache.put throws for a POST, a 206 and Vary: *. Keep nothing in a Durable Object's memory "
            "that its storage does not have.",
        ),
        Guide(
            id="binding-slow-bounded",
            level=Level.MUST,
            promise="A slow binding does not make the client wait for it.",
            why="A queue, a bucket or a cache that takes seconds makes every answer take seconds, although the model "
            "finished long before.",
            sources=("edgeproof's own rule: binding-slow-bounded", "Cloudflare docs: Workers, Context (waitUntil)"),
            right="Wait for a short time of its own choice; half its deadline at the most.",
            mend="Race reads against a timer of some 100 ms. Hand writes, messages and counts to ctx.waitUntil, and "
            "await none of them before the answer.",
        ),
        Guide(
            id="kv-writes-spaced",
            level=Level.SHOULD,
            promise="No key of Workers KV is written more than once per second.",
            why="Workers KV answers 429 to a second write to one key within a second, and the value is "
            "lost. That never happens on a developer's machine.",
            sources=("Cloudflare docs: Workers KV, limits (one write a second to a key)",),
            right="Write to a key once for each of several equal requests that come at the same time.",
            mend="Give each answer a key of its own. Count in Analytics Engine or in a Durable Object, never under one "
            "key of Workers KV.",
        ),
        Guide(
            id="internals-hidden",
            level=Level.SHOULD,
            promise="Clients do not see the exceptions that a binding throws.",
            why="The text of an exception names models, stores and codes of yours, changes with every version, and "
            "shows an attacker where to look.",
            sources=(
                "OWASP API Security Top 10: API8, security misconfiguration (error messages)",
                "Cloudflare docs: Workers AI, errors",
            ),
            right="Report to the client what Workers AI said about its request, in the Worker's own words and form.",
            mend="Log error.message and answer with a text of your own. Ask for the raw response (returnRawResponse) "
            "where you need upstream's status.",
        ),
    ),
)
