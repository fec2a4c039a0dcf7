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
            why="A client must not be able to tell from its content that an answer was kept.",
            sources=("Cloudflare docs: AI Gateway, caching", "RFC 9111 §4: constructing responses from caches"),
            right="Give it in other pieces, at another pace and with a new id.",
            mend="Keep the whole answer, not only its text: finish reasons, tool calls, choices, usage. Keep it in "
            "bytes or in a form that takes every character.",
        ),
        Guide(
            id="cache-never-bad",
            level=Level.MUST,
            promise="Errors, answers that broke off and answers that were cut by length are never stored.",
            why="A bad answer that is kept is given to everybody for the life of the cache: a failure of a second "
            "becomes one of an hour.",
            sources=("RFC 9111 §3.3: storing incomplete responses", "RFC 9111 §3: storing responses in caches"),
            right="Keep an answer that was cut by a max_tokens which is part of the key: it would be cut there again. "
            "That is no more than non-strict.",
            mend="Store behind the end mark, never while the stream runs and never in a finally. Check status, "
            "finish_reason, error events and success: false first.",
        ),
        Guide(
            id="cache-key-complete",
            level=Level.MUST,
            promise="A kept answer is given only for the same request: every parameter counts.",
            why="With a parameter left out of the key, a client that asks for JSON, for tools or for another "
            "temperature gets an answer to something else.",
            sources=(
                "edgeproof: cache-key-complete",
                "Cloudflare docs: AI Gateway, caching (the key is the whole request)",
            ),
            right="Leave out what cannot change the answer, such as user or stream; treat a default that is written "
            "out like one that is not.",
            mend="Hash the whole request in a canonical form (sorted keys, no lossy separators) instead of a list of "
            "fields. Include the model, the messages with their roles, the tools and the path.",
        ),
        Guide(
            id="cache-isolated",
            level=Level.MUST,
            promise="One caller never gets what was kept for another.",
            why="Prompts and answers are private. A shared cache also tells one customer what another has asked.",
            sources=("RFC 9111 §3.5: requests with Authorization",),
            right="Share answers between callers where the target file says so (cache.per_identity = false).",
            mend="Put the caller's identity, or a hash of its credentials, into the key of the cache, of calls that "
            "are shared while they run, and of Workers KV.",
        ),
        Guide(
            id="cache-expires",
            level=Level.MUST,
            promise="A kept answer is not given after its claimed time to live.",
            why="Old answers are wrong answers where facts change, and people rely on the time that was promised.",
            sources=("RFC 9111 §4.2: freshness", "Cloudflare docs: Workers KV, expiration"),
            right="Forget an answer earlier than claimed.",
            mend="Store when the answer was made and compare at reading. Do not prolong its life with each hit. Do "
            "not rely on the expiry of Workers KV alone, whose least time is 60 s.",
        ),
        Guide(
            id="cache-stream-form",
            level=Level.MUST,
            promise="A client that asked for a stream gets a stream from the cache, one that asked for JSON gets JSON.",
            why="Client libraries choose their parser by what they asked for. The other form is an error to them.",
            sources=("edgeproof: cache-stream-form", "OpenAI API: stream"),
            right="Keep the two forms apart, or make one from the other. A stream from the cache may be a single "
            "event with all of the text.",
            mend="Make stream part of the key, or keep one neutral form and write it out as the request asks, content "
            "type included.",
        ),
        Guide(
            id="cache-bounded",
            level=Level.MUST,
            promise="Kept answers fill no more memory than the target says they do.",
            why="A cache without a bound is a leak: the process grows until it is killed.",
            sources=("edgeproof: capabilities.cache.max_bytes in the target file",),
            right="Use somewhat more than claimed for the runtime's own needs. Where cache.max_bytes is not claimed, "
            "growth is told and does not fail the run.",
            mend="Bound the cache by bytes, not only by entries. Remove the oldest entries, and those that have "
            "expired, also when nobody asks for them.",
        ),
    ),
)
