"""Breaches in what is kept, what a Worker is bound to, and what is held on to."""

from __future__ import annotations

from fault_injection.reply import json_reply
from harness.core.observed.history import HeapSample
from harness.core.target.claims import Cache, Capabilities
from tests.harness.core.histories import (
    answer,
    client,
    failure,
    passed,
    samples,
    upstream,
    view,
)
from tests.harness.core.judging.invariants.caught.shapes import (
    BIG,
    Example,
    bound,
    kept,
    with_kv,
)

KEEPING: dict[str, Example] = {
    # what is kept
    "cache-hit-equal": (lambda: kept(answer("Hell")), "again: the kept answer differs"),
    "cache-never-bad": (
        lambda: kept(answer("Hello", finish="length"), answer("Hello", finish="length")),
        "was given a bad answer that was kept; one that had been cut ({0: 'length'})",
    ),
    "cache-key-complete": (
        lambda: kept(answer("Hello"), params={"temperature": 0.5}),
        "was given what was kept for another request; ask differs in temperature None / 0.5",
    ),
    "cache-isolated": (
        lambda: kept(answer("Hello"), identity="b", request_headers=(("Authorization", "Bearer b"),)),
        "caller b was given what was kept for a",
    ),
    "cache-expires": (lambda: kept(answer("Hello"), at=5.0), "was given an answer kept for 4.9 s, 2 s is claimed"),
    "cache-stream-form": (
        lambda: kept(answer("Hello"), stream=True),
        "a stream was asked for, the kept answer came as json",
    ),
    "kv-corrupt-ignored": (
        lambda: with_kv(answer("Hexlo"), "kv.corrupt_bits(bits=1)"),
        "and the client did not get the right answer; kv.corrupt_bits(bits=1): 200 with 'Hexlo'",
    ),
    "kv-slow-bounded": (
        lambda: with_kv(answer("Hello"), "kv.slow(for_s=8)", answer("Hello"), end_s=9.0),
        "Workers KV did not answer (kv.slow(for_s=8)); the client waited 8.0 s and got 200",
    ),
    "kv-down-survived": (
        lambda: with_kv(failure(500), "kv.error(code=500)"),
        "Workers KV failed (kv.error(code=500)), and so did the request: 500, complete",
    ),
    "kv-stale-bounded": (
        lambda: with_kv(answer("Good bye"), "kv.stale()"),
        "an outdated value from Workers KV (kv.stale()) was passed on",
    ),
    # what a Worker is bound to
    "binding-down-survived": (
        lambda: bound(failure(500), "http.status(code=500)", "r2.get"),
        "ask: R2 failed (http.status(code=500)), and so did the request: 500, complete",
    ),
    "binding-slow-bounded": (
        lambda: bound(answer("Hello"), "tcp.blackhole(for_s=20)", "cache.put", end_s=7.0),
        "ask: the Cache API did not answer (tcp.blackhole(for_s=20)); the client waited 7.0 s and got 200",
    ),
    "kv-writes-spaced": (
        lambda: view(
            client(answer()),
            [
                upstream(answer()),
                *(upstream(json_reply(b"{}"), at=at_s, nonce="", surface="kv.put", path="/count") for at_s in (1, 1.5)),
            ],
        ),
        "one was written 2 times within 0.5 s",
    ),
    "internals-hidden": (
        lambda: passed(failure(429), json_reply(b'{"error":{"message":"InferenceUpstreamError: 3040"}}', status=502)),
        "ask: the client was told what a binding threw: 'InferenceUpstreamError: 3040'",
    ),
    # what is held on to
    "no-leak": (
        lambda: view(
            [client(answer(), nonce=f"ep-{number:012x}", at=number) for number in range(20)],
            samples=samples((0, 50, 10), (1, 50, 20), (30, 50, 50)),
        ),
        "30 more descriptors are open after 20 exchanges than the 20 before",
    ),
    "cache-bounded": (
        lambda: view(
            [client(BIG, nonce=f"ep-{number:012x}", at=number) for number in range(10, 14)],
            claims=Capabilities(streaming=True, cache=Cache(ttl_s=2.0, max_bytes=4_194_304)),
            samples=samples((0, 50, 10), (5, 60, 10), (30, 124, 10)),
        ),
        "64 MB of unique answers were served, after 10 MB in the first half; cache.max_bytes is 4.19 MB",
    ),
    "memory-bounded": (
        lambda: view(
            client(answer(), at=1.0, moves={"read_pause_s": 6.0}),
            upstream(answer()),
            heaps=(HeapSample(at_s=0.9, held_bytes=2 << 20), HeapSample(at_s=1.5, held_bytes=32 << 20)),
        ),
        "held 30 MiB more, behind a collection",
    ),
}
