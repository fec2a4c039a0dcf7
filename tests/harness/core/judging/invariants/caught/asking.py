"""Breaches in what upstream was asked, and in how clients are spoken with."""

from __future__ import annotations

from fault_injection.client import Manner
from harness.core.observed.history import ClientEnd, UpstreamEnd
from harness.core.target.claims import Breaker, Capabilities, Limits, Retry
from tests.harness.core.histories import (
    FALLBACK,
    NONCE,
    OTHER,
    answer,
    client,
    cut,
    failure,
    request,
    stream,
    streamed,
    upstream,
    view,
)
from tests.harness.core.judging.invariants.caught.shapes import (
    ERROR,
    PACED,
    PAGES,
    Example,
    coded,
)

ASKING: dict[str, Example] = {
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
    # how clients are spoken with
    "connection-in-order": (
        lambda: view(client(failure(400), rode_on=True)),
        "a good request on a used connection, there, got a 400",
    ),
    "http-understood": (
        lambda: view(client(failure(500), stream=False, moves={"manner": Manner(framing="chunked")})),
        "a request in chunks got a 500",
    ),
    "coding-varies": (
        lambda: view(
            client(coded(answer()), stream=False, moves={"manner": Manner(accept_encoding="gzip")}),
            upstream(answer()),
        ),
        "the answer came in gzip and without Vary: Accept-Encoding",
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
}
