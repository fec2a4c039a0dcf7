"""What correct targets of many kinds do: pipes, parsers, caches, coalescers, retriers, racers and fallbacks.

The one rule: nothing here may be held against anybody. A history that is not right beyond doubt does not belong here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from fault_injection.client import Manner
from fault_injection.reply import Event, Reply, event
from fault_injection.wire import Reset
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd, Piece, UpstreamEnd, UpstreamExchange
from tests.harness.core.histories import (
    CACHING,
    FALLBACK,
    MAIN,
    OTHER,
    RESILIENT,
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

TOOL = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
BARE_TOOL = {**TOOL, "function": {"name": "f", "arguments": "{}"}}
ERROR = event('{"error":{"message":"the upstream broke off"}}')
LEFT: dict[str, Fields] = {"end": ClientEnd.LEFT}
PACED = stream(*"abcdefgh", wait_s=0.3)
GONE: dict[str, Fields] = {"end": UpstreamEnd.PEER_LEFT}
WAIT = (("Retry-After", "1"),)


def _jittered(*late_s: float) -> CaseView:
    """A paced stream through a pipe on a busy machine."""
    at_s, pieces = 0.1, []
    for item, late in zip(PACED.events, late_s, strict=False):
        at_s += item.wait_s
        pieces.append(Piece(at_s + late, item.raw))
    return view(client(PACED, pieces=tuple(pieces), end_s=at_s + 1), upstream(PACED))


def _kept(got: Reply, first: Reply, **more: Fields) -> CaseView:
    return view([client(first), client(got, at=1.0, label="again", **more)], upstream(first), claims=CACHING)


def _with_kv(fault: str, *, took_s: float = 0.05, surface: str = "kv.get") -> CaseView:
    """A target that asks upstream because Workers KV was of no use."""
    kv = upstream(failure(500), at=1.01, nonce="", surface=surface, faults=(fault,))
    calls = [upstream(answer()), kv, upstream(answer(), at=1.0 + took_s)]
    return view([client(answer()), client(answer(id="two"), at=1.0, end_s=1.1 + took_s)], calls, claims=CACHING)


def _bound(fault: str, surface: str, *, end_s: float = 0.5) -> CaseView:
    """A Worker that did without a binding that was of no use."""
    struck = upstream(failure(500), at=0.02, nonce="", surface=surface, faults=(fault,))
    return view(client(answer(), end_s=end_s), [struck, upstream(answer())])


def _writes(*keys: str) -> list[UpstreamExchange]:
    """Writes to Workers KV a tenth of a second apart."""
    return [
        upstream(answer(), at=0.2 + number / 10, nonce="", surface="kv.put", path=f"/{key}")
        for number, key in enumerate(keys)
    ]


def _resilient(got: Reply, *calls: tuple[float, Reply], last: str = MAIN) -> CaseView:
    """One exchange in which upstream is asked several times, the last time for the model `last`."""
    known = [upstream(reply, at=at_s) for at_s, reply in calls]
    known[-1] = replace(known[-1], model=last)
    return view(client(got, late_s=calls[-1][0]), known, claims=RESILIENT)


def _breaker(got: Reply, at_s: float, *calls: UpstreamExchange) -> CaseView:
    """Three failures open the breaker; then one more request comes."""
    asks = [client(failure(503), at=number, nonce=f"ep-{number:012x}") for number in range(3)]
    failed = [upstream(failure(503), at=number + 0.1, nonce=f"ep-{number:012x}") for number in range(3)]
    claims = replace(RESILIENT, retry=None, fallback_model=None)
    return view([*asks, client(got, at=at_s, nonce=OTHER, label="next")], [*failed, *calls], claims=claims)


RIGHT: dict[str, Callable[[], CaseView]] = {
    # pipes
    "nothing was asked": lambda: view(),
    "a pipe": lambda: passed(stream("Hello", " world")),
    "a pipe of JSON": lambda: passed(answer()),
    "a pipe of the native dialect": lambda: view(
        client(native("a", "b")), upstream(native("a", "b"), surface="ai.run")
    ),
    "a pipe under a break": lambda: view(
        client(cut(stream("a", "b"), 1), end=ClientEnd.CLOSED_EARLY), upstream(cut(stream("a", "b"), 1))
    ),
    "a pipe under a reset": lambda: view(
        client(cut(stream("a", "b"), 1), end=ClientEnd.RESET), upstream(cut(stream("a", "b"), 1, ending=Reset()))
    ),
    "a pipe under a reset behind the end": lambda: view(
        client(cut(stream("a"), 3), end=ClientEnd.RESET), upstream(cut(stream("a"), 3, ending=Reset()))
    ),
    "a pipe of an error": lambda: passed(streamed(chunk("a"), ERROR, done=False)),
    "a pipe of a refusal": lambda: passed(failure(429, headers=WAIT)),
    "a pipe that others hold up": lambda: _jittered(0.01, 0.2, 0.0, 0.25, 0.02, 0.3, 0.0, 0.1, 0.0, 0.0),
    "a pipe that starts late": lambda: _jittered(*([0.9] * 10)),
    "a pipe that its client leaves": lambda: view(client(cut(PACED, 3), **LEFT), upstream(cut(PACED, 4), **GONE)),
    "a pipe of an unfinished answer with an end mark": lambda: passed(stream("a", finish=None)),
    "a pipe of an answer without an end mark": lambda: passed(stream("a", done=False)),
    # parsers
    "a parser that writes anew": lambda: passed(
        stream("Hello", " wor", "ld"), streamed(chunk("Hello", id="own"), chunk(" world", id="own", finish="stop"))
    ),
    "a parser that tells of a break": lambda: passed(cut(stream("a", "b"), 1), streamed(chunk("a"), ERROR, done=False)),
    "a parser that puts an answer together": lambda: passed(stream("a", "b"), answer("ab", id="own")),
    "a parser that has no use for a break": lambda: passed(cut(stream("a", "b"), 1), failure(502), stream=False),
    "a parser that takes an answer apart": lambda: view(client(stream("ab")), upstream(answer("ab"))),
    "a parser of the native dialect": lambda: view(
        client(stream("a", "7")), upstream(native("a", 7), surface="ai.run")
    ),
    "a parser of an object natively": lambda: view(
        client(stream('{"b":1}')), upstream(native({"b": 1}), surface="ai.run")
    ),
    "a parser of native tool calls": lambda: view(
        client(
            streamed(
                chunk(delta={"tool_calls": [{**TOOL, "function": {"name": "f", "arguments": "{}"}}]}),
                chunk(finish="stop"),
            )
        ),
        upstream(streamed({"tool_calls": [{"name": "f", "arguments": {}}]}), surface="ai.run"),
    ),
    "a pipe of native tool calls": lambda: view(
        client(streamed({"tool_calls": [{"name": "f", "arguments": {}}]})),
        upstream(streamed({"tool_calls": [{"name": "f", "arguments": {}}]}), surface="ai.run"),
    ),
    "a parser that joins halves of a character": lambda: passed(stream("\ud83d", "\udc4b"), stream("\U0001f44b")),
    "a parser that stops between halves of a character": lambda: passed(
        cut(stream("a\ud83d\udc4b"), 1), streamed(chunk("a\ud83d"), ERROR, done=False)
    ),
    "a parser that reads line by line": lambda: passed(
        streamed(Event(chunk("a").raw[:-1] + chunk("b").raw), chunk(finish="stop")), stream("a", "b")
    ),
    "a parser that maps errors": lambda: passed(failure(500), failure(502)),
    # caches
    "a cache": lambda: _kept(answer(id="two"), answer()),
    "a cache that answers with a stream": lambda: _kept(stream("Hello world", id="two"), answer(), stream=True),
    "a cache that answers with JSON": lambda: _kept(answer("ab", id="two"), stream("a", "b"), stream=False),
    "a cache that expires": lambda: view(
        [client(answer()), client(answer(id="two"), at=9.0)],
        [upstream(answer()), upstream(answer(), at=9.1)],
        claims=CACHING,
    ),
    "a cache that does not keep errors": lambda: view(
        [client(failure(500)), client(answer(), at=1.0)],
        [upstream(failure(500)), upstream(answer(), at=1.1)],
        claims=CACHING,
    ),
    "a cache without Workers KV": lambda: _with_kv("kv.error(code=500)"),
    "a cache with a corrupt value": lambda: _with_kv("kv.corrupt_bits(bits=1)"),
    "a cache with an old value": lambda: _with_kv("kv.stale()"),
    "a cache that gives up on Workers KV": lambda: _with_kv("kv.slow(for_s=8)", took_s=1.0),
    "a Worker without its bucket": lambda: _bound("http.status(code=500)", "r2.get"),
    "a Worker whose queue hangs": lambda: _bound("tcp.blackhole(for_s=20)", "queue.send", end_s=1.0),
    "one key for each of two questions": lambda: view(
        [client(answer()), client(answer(id="two"), nonce=OTHER)],
        [upstream(answer()), upstream(answer(id="two"), nonce=OTHER), *_writes("one", "two")],
    ),
    "one key for two who ask the same": lambda: view(
        [client(answer()), client(answer(id="two"))], [upstream(answer()), upstream(answer(id="two")), *_writes(*"aa")]
    ),
    "an error in words of its own": lambda: passed(failure(429)),
    "a cache that cannot write": lambda: _with_kv("kv.too_large()", surface="kv.put"),
    "a cache of bounded memory": lambda: view(
        [client(answer("x" * 10_000_000, id=f"{number}"), nonce=f"ep-{number:012x}", at=number) for number in range(4)],
        claims=CACHING,
        samples=samples((0, 50, 10), (0.5, 80, 10), (9, 90, 10)),
    ),
    # coalescers
    "a coalescer": lambda: view(
        [client(stream("a", id=f"{number}"), at=number / 100) for number in range(3)],
        upstream(stream("a")),
        claims=CACHING,
    ),
    "a coalescer of a failure": lambda: view(
        [client(failure(500), at=number / 20, end_s=1.0) for number in range(3)], upstream(failure(500)), claims=CACHING
    ),
    "a coalescer whose first client leaves": lambda: view(
        [client(cut(PACED, 0), end_s=0.2, **LEFT), client(PACED, at=0.15)], upstream(PACED, at=0.12), claims=CACHING
    ),
    "different questions at once": lambda: view(
        [client(answer(id="one"), params={"seed": 1}), client(answer(id="two"), params={"seed": 2})],
        [upstream(answer(), body=request(seed=1)), upstream(answer(), at=0.11, body=request(seed=2))],
    ),
    # retriers, racers, breakers, fallbacks
    "a retrier": lambda: _resilient(answer(), (0.1, failure(500)), (0.3, failure(503)), (0.8, answer())),
    "a retrier before the first byte": lambda: _resilient(stream("a"), (0.1, Reply(mute=True)), (0.3, stream("a"))),
    "a retrier that waits as it is told": lambda: _resilient(
        answer(), (0.1, failure(503, headers=WAIT)), (1.2, answer())
    ),
    "a retrier that is told to go on": lambda: _resilient(
        answer(), (0.1, failure(503, headers=(("Retry-After", "0"),))), (0.101, answer())
    ),
    "a retrier that cannot wait as long": lambda: _resilient(
        failure(503, headers=(("Retry-After", "30"),)), (0.1, failure(503, headers=(("Retry-After", "30"),)))
    ),
    "a retrier out of time": lambda: view(
        client(failure(504), end_s=9.8), upstream(replace(failure(500), wait_s=9.0)), claims=RESILIENT
    ),
    "a retrier of what an answer lost": lambda: _resilient(answer(), (0.1, cut(stream("a"), 0)), (0.3, answer())),
    "a racer": lambda: view(
        client(PACED), [upstream(PACED), upstream(cut(PACED, 1), at=0.2, **GONE)], claims=RESILIENT
    ),
    "a racer on a busy machine": lambda: view(
        client(PACED), [upstream(PACED), upstream(cut(PACED, 1), at=0.5, **GONE)], claims=RESILIENT
    ),
    "one that mends a request that was declined": lambda: view(
        client(answer(), end_s=1.0), [upstream(failure(400)), upstream(answer(), at=0.3, body=request(seed=None))]
    ),
    "a fallback": lambda: _resilient(
        answer(), (0.1, failure(500)), (0.3, failure(500)), (0.8, failure(500)), (0.9, answer()), last=FALLBACK
    ),
    "a fallback that fails as well": lambda: _resilient(
        failure(502),
        (0.1, failure(500)),
        (0.3, failure(500)),
        (0.8, failure(500)),
        (0.9, failure(500)),
        last=FALLBACK,
    ),
    "a fallback while upstream wants to be left alone": lambda: view(
        [client(answer(), end_s=0.5), client(answer(id="two"), at=0.6, nonce=OTHER)],
        [
            upstream(failure(503, headers=(("Retry-After", "30"),))),
            upstream(answer(), at=0.3, model=FALLBACK),
            upstream(answer(), at=0.65, nonce=OTHER, model=FALLBACK),
        ],
        claims=RESILIENT,
    ),
    "a breaker that is open": lambda: _breaker(failure(503), 2.5),
    "a breaker that tries again": lambda: _breaker(answer(), 4.0, upstream(answer(), at=4.1, nonce=OTHER)),
    # what is asked
    "one that declines what makes no sense": lambda: view(
        [
            client(failure(413), body=b"x" * 2000),
            client(failure(400), body=b"[]"),
            client(failure(400), body=b"[" * 40),
            client(failure(422), params={"messages": []}),
            client(failure(400), params={"messages": [{"role": ["user"], "content": ""}]}),
            client(failure(400), params={"messages": [{"role": "user", "content": "a"}] * 5}),
        ]
    ),
    "one that adds its own words": lambda: view(
        client(
            answer(),
            params={
                "messages": [
                    {"role": "developer", "content": "Be brief."},
                    {"role": "assistant", "content": None, "tool_calls": [TOOL]},
                    {"role": "user", "content": [{"type": "text", "text": "ep-0123456789ab"}]},
                ],
                "stop": "x",
                "n": 1,
                "tools": [],
                "max_completion_tokens": 9,
            },
        ),
        upstream(
            answer(),
            body=request(
                messages=[
                    {"role": "system", "content": "House rules. Be brief."},
                    {"role": "user", "content": "an earlier turn"},
                    {"role": "assistant", "content": "", "tool_calls": [TOOL]},
                    {"role": "user", "content": "ep-0123456789ab"},
                ],
                stop=["x"],
                max_tokens=9,
            ),
        ),
    ),
    "one that asks natively": lambda: view(
        client(answer(), params={"tools": [TOOL], "stop": "x", "response_format": {"type": "json_object"}}),
        upstream(
            native("Hello world"),
            surface="ai.run",
            body=b'{"prompt":"ep-0123456789ab tokens=2","tools":[{"name":"f","arguments":"{\\"a\\": 1}"}]}',
        ),
    ),
    # clients that put their requests in other manners
    "a request in chunks that is served": lambda: view(
        client(answer(), stream=False, moves={"manner": Manner(framing="chunked-with-extras", connection="one")}),
        upstream(answer()),
    ),
    "a used connection that serves": lambda: view(client(answer(), rode_on=True), upstream(answer())),
    # clients that dawdle or leave
    "a reader that is let go": lambda: view(
        client(cut(PACED, 8), moves={"read_bytes_per_s": 10.0}, end=ClientEnd.CLOSED_EARLY),
        upstream(cut(PACED, 8), **GONE),
    ),
    "a client that leaves before the answer": lambda: view(
        client(streamed(done=False), end_s=0.5, **LEFT), upstream(b"", end_s=0.6, **GONE)
    ),
    "a client that leaves and asks again": lambda: view(
        [client(stream("a"), end_s=0.2, **LEFT), client(stream("a"), at=9.0)],
        [upstream(stream("a")), upstream(stream("a"), at=9.1)],
    ),
    "a client that leaves the error": lambda: view(client(Reply(status=500), **LEFT), upstream(failure(500))),
    "many that leave nothing behind": lambda: view(
        [client(answer(id=f"{number}"), nonce=f"ep-{number:012x}", at=number) for number in range(30)],
        samples=samples((0, 50, 10), (1, 50, 20), (30, 52, 22)),
    ),
    "one call that its client has only just left": lambda: view(
        [client(end_s=number + 0.2, nonce=f"ep-{number:012x}", at=number, **LEFT) for number in range(30)],
        samples=samples((0, 50, 10), (1, 50, 20), (30, 52, 22)),
    ),
}
"""By name: what a correct target was seen to do."""
