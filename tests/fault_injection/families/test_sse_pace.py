from __future__ import annotations

from fault_injection.rendering import render
from fault_injection.reply import Chunked, Event, Reply, event, stream_reply
from fault_injection.wire import Close, Reset, Wait, duration_s
from tests.fault_injection.families.examples import Example, itself, paced, raws, rows, waits
from tests.fault_injection.golden import ENVELOPE, NATIVE

N = raws(NATIVE)
SLOW = paced(NATIVE, 1.0)
BARE = stream_reply((Event(b"data: a\n"),))
SMALL = stream_reply((event("a", 1.0), event("b", 2.0)))


def tail(reply: Reply) -> tuple[object, ...]:
    return render(reply)[-2:]


EXAMPLES = (
    Example("sse.stall(after=2, for_s=9)", SLOW, waits, [1.0, 1.0, 10.0, 1.0, 1.0]),
    Example("sse.stall(after=2, for_s=9)", SLOW, raws, N),
    Example("sse.stall(after=99, for_s=9)", SLOW, waits, [1.0, 1.0, 1.0, 1.0, 10.0]),
    Example("sse.stall(after=2, for_s=9, then=close)", NATIVE, tail, (Wait(9), Close())),
    Example("sse.stall(after=2, for_s=9, then=close)", NATIVE, lambda reply: reply.framing, Chunked(terminated=False)),
    Example("sse.stall(after=2, for_s=9, then=reset)", NATIVE, tail, (Wait(9), Reset())),
    Example("sse.stall", ENVELOPE, itself, ENVELOPE),
    Example("sse.trickle(wait_s=2)", SLOW, waits, [3.0] * 5),
    Example("sse.trickle(wait_s=0, jitter_s=1)", NATIVE, lambda reply: len(set(waits(reply))), 5),
    Example("sse.ttft(delay_s=2)", SLOW, waits, [3.0, 1.0, 1.0, 1.0, 1.0]),
    Example(
        "sse.pause_inside(at=0, for_s=2)",
        SMALL,
        lambda reply: reply.events[:2],
        (Event(b"data", 1.0), Event(b": a\n\n", 2.0)),
    ),
    Example("sse.pause_inside(place=before-blank)", SMALL, lambda reply: raws(reply)[1:3], [b"data: b\n", b"\n"]),
    Example("sse.pause_inside(at=99)", SLOW, lambda reply: len(reply.events), 6),
    Example("sse.pause_inside(place=before-blank)", BARE, itself, BARE),
    Example("sse.cadence_collapse", SLOW, waits, [5.0, 0.0, 0.0, 0.0, 0.0]),
    Example("sse.merge_events(count=3, place=end)", SLOW, waits, [1.0, 1.0, 3.0]),
    Example("sse.merge_events(count=3, place=end)", SLOW, lambda reply: raws(reply)[2], b"".join(N[2:])),
    Example("sse.merge_events", SMALL, lambda reply: reply.events, (Event(b"data: a\n\ndata: b\n\n", 3.0),)),
    Example("sse.merge_events(count=2)", NATIVE, raws, [N[0] + N[1], N[2] + N[3], N[4]]),
    Example(
        "sse.split_events(size_bytes=5, wait_s=0.5)",
        SMALL,
        lambda reply: reply.events,
        (Event(b"data:", 1.0), Event(b" a\n\n", 0.5), Event(b"data:", 2.0), Event(b" b\n\n", 0.5)),
    ),
    Example(
        "sse.split_events(at=mid-utf8, wait_s=0.5)",
        stream_reply((event("aß東"), event("b"))),
        lambda reply: reply.events,
        (
            Event(b"data: a\xc3"),
            Event(b"\x9f\xe6", 0.5),
            Event(b"\x9d\xb1\n\n", 0.5),
            Event(b"data: b\n\n"),
        ),
    ),
    Example("sse.split_events", SLOW, lambda reply: duration_s(render(reply)), 5.0),
)


@rows(*EXAMPLES)
def test_a_fault_of_a_streams_pace_does_what_it_says(example: Example) -> None:
    example.check()
