"""Breaches in what a client was answered."""

from __future__ import annotations

from fault_injection.reply import Reply
from harness.core.observed.history import ClientEnd, UpstreamEnd
from tests.harness.core.histories import (
    OTHER,
    answer,
    chunk,
    client,
    cut,
    failure,
    passed,
    stream,
    streamed,
    upstream,
    view,
)
from tests.harness.core.judging.invariants.caught.shapes import (
    BIG,
    COUNTED,
    ERROR,
    TOKEN,
    TOOL,
    Example,
    paced_into,
)

ANSWERS: dict[str, Example] = {
    # how answers end
    "no-laundering": (
        lambda: passed(cut(stream("Hello", " world"), 1), stream("Hello")),
        "[DONE] reached the client although upstream's answer broke off after 1 event",
    ),
    "one-terminal": (
        lambda: passed(stream("a"), streamed(*stream("a").events)),
        "2 terminal events and 1 event after",
    ),
    "error-surfaced": (
        lambda: passed(streamed(chunk("a"), ERROR, done=False), stream("a")),
        "the client was told of success; upstream reported an error inside its answer ('boom')",
    ),
    "break-visible": (
        lambda: passed(cut(stream("a"), 1), stream("a", finish=None, done=False)),
        "the client's stream ended normally, without an error",
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
    "not-buffered": (lambda: paced_into(1.2), "when upstream had sent all 5"),
    "cadence": (lambda: paced_into(0.35, 1.05, 1.05, 1.05, 1.11), "event 2 of 5 was held back for 0.55 s"),
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
}
