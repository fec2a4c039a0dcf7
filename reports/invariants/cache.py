"""Answers that are kept.

What comes out of a cache equals what went in, for the same request, the same caller and the claimed time.
"""

from __future__ import annotations

from reports.invariants.guide import Family, Guide
from reports.record import Level

FAMILY = Family(
    name="cache",
    title="Answers that are kept",
    about="What comes out of a cache equals what went in, for the same request, the same caller and the claimed time.",
    guides=(
        Guide(
            id="cache-hit-equal",
            level=Level.MUST,
            promise="A kept answer equals the original: text, finish reason, tool calls.",
            why="A client must not be able to tell from its content that an answer was cached.",
            sources=("Cloudflare docs: AI Gateway, caching", "RFC 9111 §4: constructing responses from caches"),
            right="Give it in other pieces, at another pace and with a new id.",
            mend="Store the whole answer, not only its text: finish reasons, tool calls, choices, usage. Store it as "
            "bytes or in a form that holds every character.",
        ),
        Guide(
            id="cache-never-bad",
            level=Level.MUST,
            promise="Errors, broken answers and answers cut by a token limit are never stored.",
            why="A bad answer in the cache is served to everybody until it expires: a failure of one second "
            "becomes one of an hour.",
            sources=("RFC 9111 §3.3: storing incomplete responses", "RFC 9111 §3: storing responses in caches"),
            right="Cache an answer cut by a max_tokens that is part of the key: it would be cut there again. "
            "That is at most non-strict.",
            mend="Store after the end mark, never while the stream runs and never in a finally. Check status, "
            "finish_reason, error events and success: false first.",
        ),
        Guide(
            id="cache-key-complete",
            level=Level.MUST,
            promise="A cached answer is served only for the same request: every parameter counts.",
            why="With a parameter left out of the key, a client that asks for JSON, for tools or for another "
            "temperature gets an answer to something else.",
            sources=(
                "edgeproof's own rule: cache-key-complete",
                "Cloudflare docs: AI Gateway, caching (the key is the whole request)",
            ),
            right="Leave out what cannot change the answer, such as user or stream; treat an explicit default "
            "like an absent one.",
            mend="Hash the whole request in a canonical form (sorted keys, no lossy separators) instead of a list of "
            "fields. Include the model, the messages with their roles, the tools and the path.",
        ),
        Guide(
            id="cache-isolated",
            level=Level.MUST,
            promise="One caller never gets what was cached for another.",
            why="Prompts and answers are private. A shared cache also shows one customer what another has asked.",
            sources=("RFC 9111 §3.5: requests with Authorization",),
            right="Share answers between callers where the target file says so (cache.per_identity = false).",
            mend="Put the caller's identity, or a hash of its credentials, into the key of the cache, of calls that "
            "are shared while they run, and of Workers KV.",
        ),
        Guide(
            id="cache-expires",
            level=Level.MUST,
            promise="A cached answer is not served after its claimed TTL.",
            why="Old answers are wrong answers where facts change, and people rely on the time that was promised.",
            sources=("RFC 9111 §4.2: freshness", "Cloudflare docs: Workers KV, expiration"),
            right="Forget an answer earlier than claimed.",
            mend="Store when the answer was made and check it on every read. Do not extend its TTL with each hit. Do "
            "not rely on the expiry of Workers KV alone, whose shortest TTL is 60 s.",
        ),
        Guide(
            id="cache-stream-form",
            level=Level.MUST,
            promise="A client that asked for a stream gets a stream from the cache, one that asked for JSON gets JSON.",
            why="Client libraries choose their parser by what they asked for. The other form makes them fail.",
            sources=("edgeproof's own rule: cache-stream-form", "OpenAI API: stream"),
            right="Keep the two forms apart, or make one from the other. A stream from the cache may be a single "
            "event with all of the text.",
            mend="Make stream part of the key, or keep one neutral form and write it out as the request asks, content "
            "type included.",
        ),
        Guide(
            id="cache-bounded",
            level=Level.MUST,
            promise="Cached answers use no more memory than the target claims.",
            why="A cache without a limit is a leak: the process grows until it is killed.",
            sources=("edgeproof's own rule: capabilities.cache.max_bytes in the target file",),
            right="Use somewhat more than claimed for the runtime's own needs. Where cache.max_bytes is not claimed, "
            "growth is reported but does not fail the run.",
            mend="Limit the cache in bytes, not only in entries. Remove the oldest entries, and expired ones "
            "even when nobody asks for them.",
        ),
    ),
)
