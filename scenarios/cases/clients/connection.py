"""Several requests on one connection, as every client's pool sends them: each gets its own answer, in order.

The one rule: what comes second is an everyday request, so that whatever goes wrong with it was left by the first.
"""

from __future__ import annotations

from fault_injection.client import Manner
from fault_injection.families import client, http, sse_ends
from scenarios.case import Case, Expect, Step, Upstream
from scenarios.prompt import Prompt

_ONE = Manner(connection="one")
_CHUNKED = Manner(connection="one", framing="chunked-with-extras")
_GOOD = Step(label="good", question="r", stream=False, manner=_ONE)
_SERVED = (Expect(step="good", seen="answered", invariant="connection-in-order"),)

CASES: tuple[Case, ...] = (
    Case(
        id="connection.three-in-a-row",
        promise="Three questions on one connection each get their own answer.",
        reference="RFC 9112 §9.3 persistence",
        focus=("connection-in-order", "no-cross-talk"),
        steps=(
            Step(label="stream", prompt=Prompt(tokens=4), manner=_ONE),
            Step(label="json", question="s", stream=False, manner=_ONE),
            _GOOD,
        ),
        expect=_SERVED,
    ),
    Case(
        id="connection.bad-then-good",
        promise="A request that is not JSON does not spoil the next one on its connection.",
        reference="RFC 9112 §9.3 (read the message to its end or close)",
        focus=("connection-in-order",),
        steps=(
            Step(label="bad", stream=False, faults=(client.NotJson(kind="truncated"),), manner=_ONE),
            _GOOD,
        ),
        expect=_SERVED,
    ),
    Case(
        id="connection.bad-chunks-then-good",
        promise="A declined chunked request with trailers does not spoil the next one.",
        reference="RFC 9112 §7.1.2, §9.3",
        focus=("connection-in-order",),
        steps=(
            Step(label="bad", stream=False, faults=(client.WrongField(),), manner=_CHUNKED),
            _GOOD,
        ),
        expect=_SERVED,
    ),
    Case(
        id="connection.too-large-then-good",
        promise="A request that is declined for its size does not spoil the next one on its connection.",
        reference="RFC 9112 §9.3; RFC 9110 §15.5.14",
        focus=("connection-in-order", "request-limits"),
        needs=("limits.max_request_bytes",),
        steps=(
            Step(label="large", stream=False, faults=(client.HugeRequest(size_bytes=1_200_000),), manner=_ONE),
            _GOOD,
        ),
        expect=_SERVED,
    ),
    Case(
        id="connection.too-large-chunks-then-good",
        promise="A request in chunks that turns out too large does not spoil the next one on its connection.",
        reference="RFC 9112 §9.3; RFC 9110 §15.5.14",
        focus=("connection-in-order", "request-limits"),
        needs=("limits.max_request_bytes",),
        steps=(
            Step(label="large", stream=False, faults=(client.HugeRequest(size_bytes=1_200_000),), manner=_CHUNKED),
            _GOOD,
        ),
        expect=_SERVED,
    ),
    Case(
        id="connection.stranger-then-good",
        promise="A caller with an unknown token, declined or not, does not spoil the next request on its connection.",
        reference="RFC 9112 §9.3; RFC 9110 §15.5.2",
        focus=("connection-in-order",),
        steps=(
            Step(label="stranger", stream=False, identity="stranger", manner=_ONE),
            _GOOD,
        ),
        expect=_SERVED,
    ),
    Case(
        id="connection.nobody-then-good",
        promise="A caller without any credentials, declined or not, does not spoil the next request on its connection.",
        reference="RFC 9112 §9.3; RFC 9110 §15.5.2",
        focus=("connection-in-order",),
        steps=(Step(label="nobody", stream=False, identity="nobody", manner=_ONE), _GOOD),
        expect=_SERVED,
    ),
    Case(
        id="connection.failed-then-good",
        promise="An upstream failure does not spoil the next request on the same connection.",
        reference="RFC 9112 §9.3",
        focus=("connection-in-order", "no-cross-talk"),
        steps=(Step(label="failed", stream=False, manner=_ONE), _GOOD),
        upstream=(Upstream(faults=(http.Status(code=400),)),),
        expect=_SERVED,
    ),
    Case(
        id="connection.cut-then-good",
        promise="A stream that upstream cuts does not spoil the next answer on its connection.",
        reference="RFC 9112 §8, §9.3",
        focus=("connection-in-order", "no-cross-talk"),
        steps=(Step(label="cut", manner=_ONE), _GOOD),
        upstream=(Upstream(faults=(sse_ends.Truncate(after=4, end="reset"),)),),
        expect=_SERVED,
    ),
    Case(
        id="connection.pipelined",
        promise="Two questions sent at once on one connection are answered in their order.",
        reference="RFC 9112 §9.3.2 pipelining",
        focus=("connection-in-order", "no-cross-talk"),
        steps=(
            Step(label="first", prompt=Prompt(tokens=4, pace_s=0.03), manner=_ONE),
            Step(label="second", question="s", stream=False, manner=_ONE, start="with"),
            _GOOD,
        ),
        expect=(
            Expect(step="first", seen="answered", invariant="connection-in-order"),
            Expect(step="second", seen="answered", invariant="connection-in-order"),
            *_SERVED,
        ),
    ),
    Case(
        id="connection.bad-then-good-pipelined",
        promise="A declined request does not spoil the one that was sent right after it.",
        reference="RFC 9112 §9.3.2 pipelining",
        focus=("connection-in-order",),
        steps=(
            Step(label="bad", stream=False, faults=(client.WrongField(),), manner=_ONE),
            Step(label="good", question="r", stream=False, manner=_ONE, start="with"),
        ),
        expect=_SERVED,
    ),
    Case(
        id="connection.in-http-1-0",
        promise="A client of HTTP/1.0 that asks for it may use its connection again.",
        reference="RFC 9112 §C.2.2 keep-alive connections",
        focus=("connection-in-order",),
        level="observe",
        steps=(
            Step(label="first", stream=False, manner=Manner(connection="one", version="1.0")),
            Step(label="good", question="r", stream=False, manner=Manner(connection="one", version="1.0")),
        ),
        expect=_SERVED,
    ),
)
