"""One plain breach for every invariant, and words that its message must have.

The one rule: each is what a wrong target really does, and no more than that goes wrong in it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from fault_injection.client import Manner
from fault_injection.reply import Reply, event, json_reply
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd, HeapSample, Piece, UpstreamEnd
from harness.core.target.file import Breaker, Cache, Capabilities, Limits, Retry
from tests.harness.core.histories import (
    CACHING,
    FALLBACK,
    NONCE,
    OTHER,
    Fields,
    answer,
    chunk,
    client,
    cut,
    failure,
    native,
    passed,
    request,
    samples,
    stream,
    streamed,
    upstream,
    view,
)

Example: TypeAlias = tuple[Callable[[], CaseView], str]

TOOL = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
COUNTED = {"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 1}}
ERROR = event('{"error":{"message":"boom"}}')
BIG = native(*("x" * 1_000_000 for _ in range(16)))
PACED = stream("one ", "two ", "three ", "four ", "five ", wait_s=0.2)
KV_TEXT = json_reply(b'{"text":"Hello"}')
PAGES = Capabilities(streaming=True, cors=True)
TOKEN = "cfut_0123456789abcdef"


def _kept(got: Reply, first: Reply | None = None, *, at: float = 1.0, **more: Fields) -> CaseView:
    """One exchange that upstream answered, and later one that it was not asked for."""
    first = first or answer("Hello")
    return view([client(first), client(got, at=at, label="again", **more)], upstream(first), claims=CACHING)


def _with_kv(got: Reply, fault: str, *calls: Reply, **more: Fields) -> CaseView:
    """A kept answer, and later an exchange in whose time Workers KV answers wrongly."""
    kv = upstream(KV_TEXT, at=1.05, nonce="", surface="kv.get", faults=(fault,))
    first = [client(answer("Hello")), client(got, at=1.0, label="again", **more)]
    return view(first, [upstream(answer("Hello")), kv, *(upstream(call, at=1.1) for call in calls)], claims=CACHING)


def _bound(got: Reply, fault: str, surface: str, **more: Fields) -> CaseView:
    """An exchange in whose time a binding other than the model is struck."""
    struck = upstream(b"", at=0.02, nonce="", surface=surface, faults=(fault,))
    return view(client(got, **more), [struck, upstream(answer("Hello"))])


def _paced_into(*arrivals: float) -> CaseView:
    pieces = tuple(Piece(at_s, item.raw) for at_s, item in zip(arrivals, PACED.events, strict=False))
    rest = tuple(Piece(arrivals[-1], item.raw) for item in PACED.events[len(arrivals) :])
    return view(client(PACED, pieces=(*pieces, *rest), end_s=arrivals[-1]), upstream(PACED))


CAUGHT: dict[str, Example] = {
    # how answers end
    "no-laundering": (
        lambda: passed(cut(stream("Hello", " world"), 1), stream("Hello")),
        "[DONE] reached the client although upstream's answer broke off after 1 events",
    ),
    "one-terminal": (
        lambda: passed(stream("a"), streamed(*stream("a").events)),
        "2 terminal events and 1 events after",
    ),
    "error-surfaced": (
        lambda: passed(streamed(chunk("a"), ERROR, done=False), stream("a")),
        "the client was told of success; upstream reported an error inside its answer ('boom')",
    ),
    "break-visible": (
        lambda: passed(cut(stream("a"), 1), stream("a", finish=None, done=False)),
        "the client's stream just ended, politely and without a word",
    ),
    "status-mapped": (
        lambda: passed(failure(500), answer("Sorry.")),
        "upstream only ever failed (500), the client got a 200",
    ),
    "ends-in-time": (
        lambda: view(client(end=ClientEnd.TIMED_OUT, end_s=11.0), upstream(end=UpstreamEnd.RUNNING)),
        "no end after 11.0 s (the target's deadline is 10 s)",
    ),
    "long-stream-lives": (
        lambda: view(
            client(cut(stream(*"abcdefgh", wait_s=0.5), 6), end=ClientEnd.CLOSED_EARLY),
            upstream(cut(stream(*"abcdefgh", wait_s=0.5), 6), end=UpstreamEnd.PEER_LEFT),
        ),
        "the target cut a living stream 3.0 s after it was asked for",
    ),
    "cancel-propagates": (
        lambda: view(client(stream("a"), end=ClientEnd.LEFT, end_s=0.2), upstream(end=UpstreamEnd.RUNNING)),
        "the client left, the upstream call did not end within 2 s; it was still running",
    ),
    "alive-after": (
        lambda: view(alive=client(end=ClientEnd.REFUSED)),
        "a clean request afterwards was not answered; status None, refused",
    ),
    # what they say
    "no-loss": (lambda: passed(stream("a", "b"), stream("a")), "text was lost; 1 of 2 characters arrived"),
    "no-duplication": (lambda: passed(stream("a", "b"), stream("a", "a", "b")), "piece 1 of 2 arrived more than once"),
    "no-invention": (lambda: passed(stream("a"), stream("a", "?!")), "'?!' was never sent"),
    "order-kept": (lambda: passed(stream("a", "b"), stream("b", "a")), "the pieces arrived in the order [2, 1]"),
    "no-cross-talk": (
        lambda: view(
            [client(stream("The answer to A")), client(stream("The answer to A"), nonce=OTHER, label="other")],
            [upstream(stream("The answer to A")), upstream(stream("Quite another"), nonce=OTHER)],
        ),
        "other: got the answer to another question: 'The answer to A'",
    ),
    "finish-true": (
        lambda: passed(stream("a", finish="length"), stream("a")),
        "finish_reason is not upstream's; it was 'stop', upstream said 'length'",
    ),
    "choices-separate": (
        lambda: passed(
            streamed(chunk("a"), chunk("b", index=1), chunk(finish="stop"), chunk(finish="stop", index=1)),
            stream("a", "b"),
            params={"n": 2},
        ),
        "upstream sent [0, 1], the client got [0]",
    ),
    "tool-calls-intact": (
        lambda: passed(
            streamed(chunk(delta={"tool_calls": [TOOL]}), chunk(finish="tool_calls")), stream(finish="tool_calls")
        ),
        "tool calls [], upstream sent [('f', '{\"a\": 1}')]",
    ),
    "fields-kept": (
        lambda: passed(streamed(chunk("a", delta={"refusal": "No."}), chunk(finish="stop")), stream("a")),
        "what upstream said beside its text did not arrive as it was sent; of its refusal none came: 'No.'",
    ),
    "usage-unasked": (
        lambda: view(client(streamed(chunk("a", finish="stop"), COUNTED)), upstream(stream("a"))),
        "a chunk without choices came that counts tokens",
    ),
    "usage-true": (
        lambda: passed(
            answer(usage={"prompt_tokens": 3, "completion_tokens": 2}),
            answer(usage={"prompt_tokens": 3, "completion_tokens": 1}),
        ),
        "upstream counted {'prompt_tokens': 3, 'completion_tokens': 2}",
    ),
    "ids-unique": (
        lambda: view(
            [client(answer()), client(answer(), nonce=OTHER, label="other")],
            [upstream(answer(id="one")), upstream(answer(id="two"), nonce=OTHER)],
        ),
        "other: its answer has the id of another one; ask got 'chatcmpl-1' as well",
    ),
    # how they are written
    "valid-framing": (
        lambda: passed(answer(), streamed(chunk("Hello world"), "{'a'}", chunk(finish="stop"))),
        "1 event(s) are not JSON objects: \"{'a'}\"",
    ),
    "error-shape": (
        lambda: passed(failure(500), Reply(status=502, body=b"Oops")),
        "the 502 answer is not JSON with an error message: 'Oops'",
    ),
    "retry-after-kept": (
        lambda: passed(failure(429, headers=(("retry-after", "7"),)), failure(429)),
        "upstream's 429 said Retry-After: 7, the client's says nothing",
    ),
    "status-kept": (
        lambda: passed(failure(400), failure(500)),
        "ask: upstream refused with 400, the client got a 500",
    ),
    "no-secrets": (
        lambda: view(client(answer(f"I am {TOKEN}")), secrets=(TOKEN,)),
        "the body of the answer holds the upstream's credentials",
    ),
    # at what pace
    "not-buffered": (lambda: _paced_into(1.2), "when upstream had sent all 5"),
    "cadence": (lambda: _paced_into(0.35, 1.05, 1.05, 1.05, 1.11), "event 2 of 5 was held back for 0.55 s"),
    "backpressure": (
        lambda: view(client(BIG, moves={"read_pause_s": 2.0}, end_s=3.0), upstream(BIG, surface="ai.run")),
        "upstream could send 16 MB before the client, which paused for 2 s, began to read",
    ),
    "stays-responsive": (
        lambda: view(
            [
                client(answer(), nonce=OTHER, label="small", end_s=3.0),
                client(failure(413), body=b"x" * 600_000, end_s=2.0),
            ],
            upstream(answer(), nonce=OTHER),
        ),
        "small: held up for 3.0 s beside ask",
    ),
    # what upstream is asked
    "request-true": (
        lambda: view(client(answer(), params={"temperature": 0.5}), upstream(answer())),
        "a parameter did not reach upstream as sent; temperature=0.5 came as None",
    ),
    "not-shared": (
        lambda: view(
            [client(answer(), nonce=OTHER, at=-5.0), client(answer())],
            upstream(answer(), body=request(messages=[{"role": "user", "content": f"{OTHER} {NONCE}"}])),
        ),
        "ask: upstream was asked with another request's question as well",
    ),
    "credentials-kept-back": (
        lambda: view(
            client(answer(), request_headers=(("Authorization", "Bearer ep-client-token"),)),
            upstream(answer(), request_headers=(("authorization", "Bearer ep-client-token"),)),
        ),
        "ask: the client's Authorization reached upstream in its header authorization",
    ),
    "request-limits": (
        lambda: view(client(failure(500), body=b"not JSON")),
        "a request to be declined got a 500; it is not a JSON object",
    ),
    "retry-recovers": (
        lambda: view(client(failure(502)), upstream(failure(500)), claims=Capabilities(retry=Retry(max_attempts=3))),
        "gave up after 1 attempt(s), 3 are claimed; the last one failed with 500",
    ),
    "cost-true": (
        lambda: view(
            client(answer(), headers=(("X-Cost", "cheap"),)),
            upstream(answer()),
            claims=Capabilities(cost_header="X-Cost"),
        ),
        "X-Cost is claimed to tell the cost; it says 'cheap'",
    ),
    "openings-retried": (
        lambda: view(
            client(failure(502), stream=True),
            upstream(streamed(ERROR, done=False)),
            claims=Capabilities(retry=Retry(max_attempts=3)),
        ),
        "it was asked no second time, although retries would have cost the client nothing",
    ),
    "retry-bounded": (
        lambda: view(
            client(failure(502), end_s=1.0),
            [upstream(failure(500), at=0.1 * number) for number in range(1, 6)],
            claims=Capabilities(retry=Retry(max_attempts=3)),
        ),
        "5 attempts at upstream, at most 3 are claimed",
    ),
    "no-retry-of-client-errors": (
        lambda: view(client(failure(400), end_s=1.0), [upstream(failure(400), at=at_s) for at_s in (0.1, 0.2)]),
        "asked again after upstream had answered 400",
    ),
    "no-retry-after-first-byte": (
        lambda: view(
            client(stream("a", "b"), end_s=1.0), [upstream(cut(stream("a"), 1)), upstream(stream("a", "b"), at=0.5)]
        ),
        "asked upstream again 0.39 s after the client had the first piece",
    ),
    "backoff": (
        lambda: view(client(answer(), end_s=1.0), [upstream(failure(500)), upstream(answer(), at=0.101)]),
        "the next attempt came 1 ms after a failed one",
    ),
    "honours-retry-after": (
        lambda: view(
            client(answer(), end_s=1.0),
            [upstream(failure(503, headers=(("Retry-After", "1"),))), upstream(answer(), at=0.5)],
        ),
        "upstream said Retry-After: 1, the next attempt came after 0.40 s",
    ),
    "breaker-opens": (
        lambda: view(
            [client(failure(503), at=number / 5, label=f"ask#{number}") for number in range(4)],
            [upstream(failure(503), at=number / 5 + 0.1) for number in range(4)],
            claims=Capabilities(circuit_breaker=Breaker(failures=3, open_s=1.0)),
        ),
        "ask#3: upstream was asked 0.20 s after 3 failures in a row; the breaker claims to open after 3 for 1 s",
    ),
    "breaker-recovers": (
        lambda: view(
            [client(failure(503)), client(failure(503), at=5.0, nonce=OTHER, label="later")],
            upstream(failure(503)),
            claims=Capabilities(circuit_breaker=Breaker(failures=3, open_s=1.0)),
        ),
        "later: declined (503), upstream unasked, 4.9 s after a failure",
    ),
    "fallback-used": (
        lambda: view(client(failure(502)), upstream(failure(500)), claims=Capabilities(fallback_model=FALLBACK)),
        f"1 attempt(s) failed and {FALLBACK} was never asked",
    ),
    "fallback-not-sticky": (
        lambda: view(
            client(answer()), upstream(answer(), model=FALLBACK), claims=Capabilities(fallback_model=FALLBACK)
        ),
        f"went to {FALLBACK} at once",
    ),
    # what is kept
    "cache-hit-equal": (lambda: _kept(answer("Hell")), "again: the kept answer differs"),
    "cache-never-bad": (
        lambda: _kept(answer("Hello", finish="length"), answer("Hello", finish="length")),
        "was given a bad answer that was kept; one that had been cut ({0: 'length'})",
    ),
    "cache-key-complete": (
        lambda: _kept(answer("Hello"), params={"temperature": 0.5}),
        "was given what was kept for another request; ask differs in temperature None / 0.5",
    ),
    "cache-isolated": (
        lambda: _kept(answer("Hello"), identity="b", request_headers=(("Authorization", "Bearer b"),)),
        "caller b was given what was kept for a",
    ),
    "cache-expires": (lambda: _kept(answer("Hello"), at=5.0), "was given an answer kept for 4.9 s, 2 s is claimed"),
    "cache-stream-form": (
        lambda: _kept(answer("Hello"), stream=True),
        "a stream was asked for, the kept answer came as json",
    ),
    "kv-corrupt-ignored": (
        lambda: _with_kv(answer("Hexlo"), "kv.corrupt_bits(bits=1)"),
        "and the client did not get the right answer; kv.corrupt_bits(bits=1): 200 with 'Hexlo'",
    ),
    "kv-slow-bounded": (
        lambda: _with_kv(answer("Hello"), "kv.slow(for_s=8)", answer("Hello"), end_s=9.0),
        "Workers KV did not answer (kv.slow(for_s=8)); the client waited 8.0 s and got 200",
    ),
    "kv-down-survived": (
        lambda: _with_kv(failure(500), "kv.error(code=500)"),
        "Workers KV failed (kv.error(code=500)), and so did the request: 500, complete",
    ),
    "kv-stale-bounded": (
        lambda: _with_kv(answer("Good bye"), "kv.stale()"),
        "an outdated value from Workers KV (kv.stale()) was passed on",
    ),
    # what a Worker is bound to
    "binding-down-survived": (
        lambda: _bound(failure(500), "http.status(code=500)", "r2.get"),
        "ask: R2 failed (http.status(code=500)), and so did the request: 500, complete",
    ),
    "binding-slow-bounded": (
        lambda: _bound(answer("Hello"), "tcp.blackhole(for_s=20)", "cache.put", end_s=7.0),
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
    # how clients are spoken with
    "connection-in-order": (
        lambda: view(client(failure(400), rode_on=True)),
        "a good request on a used connection, there, got a 400",
    ),
    "http-understood": (
        lambda: view(client(failure(500), stream=False, moves={"manner": Manner(framing="chunked")})),
        "a request in chunks got a 500",
    ),
    "expectation-met": (
        lambda: view(client(answer(), expected_in_vain=True)),
        "it said Expect: 100-continue and was told nothing",
    ),
    "cors-granted": (
        lambda: view(client(failure(401), request_headers=(("Origin", "https://a.example"),)), claims=PAGES),
        "the 401 says Access-Control-Allow-Origin nowhere",
    ),
    "stopped-reader-ends": (
        lambda: view(
            client(PACED, moves={"stop_after_events": 2}, end=ClientEnd.LEFT, end_s=9.0),
            upstream(PACED, end=UpstreamEnd.PEER_LEFT, end_s=9.0, whole=False),
            limits=Limits(client_stall_timeout_s=2.0),
        ),
        "by what the target claims it ends within 2 s",
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
"""By the invariant's id: a history that breaks it, and what it must say."""
