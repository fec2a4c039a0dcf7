from __future__ import annotations

import pytest

from fault_injection.reply import Event, Reply, event, stream_reply
from tests.fault_injection.families.examples import Example, itself, raws, rows
from tests.fault_injection.golden import ENVELOPE, NATIVE
from tests.fault_injection.meaning import event_data

SMALL = stream_reply((event('{"a":1}'), Event(b": hi\n\n"), event("b")))
TALL = stream_reply(tuple(event(str(number)) for number in range(200)))


def body(reply: Reply) -> bytes:
    return reply.body_bytes


def line_ends(reply: Reply) -> set[bytes]:
    rest = reply.body_bytes.replace(b"\r\n", b"#")
    return {end for end in (b"#", b"\r", b"\n") if end in rest}


EXAMPLES = (
    Example("sse.line_ends", SMALL, body, b'data: {"a":1}\r\n\r\n: hi\r\n\r\ndata: b\r\n\r\n'),
    Example("sse.line_ends(kind=cr)", SMALL, body, b'data: {"a":1}\r\r: hi\r\rdata: b\r\r'),
    Example("sse.line_ends(kind=mixed)", TALL, line_ends, {b"#", b"\r", b"\n"}),
    Example("sse.line_ends(kind=mixed)", TALL, lambda reply: b"\r\n\r\n\r\n" in body(reply), False),
    Example("sse.bom", SMALL, body, b"\xef\xbb\xbf" + SMALL.body_bytes),
    Example("sse.no_space", SMALL, body, b'data:{"a":1}\n\n: hi\n\ndata:b\n\n'),
    Example("sse.no_space", stream_reply((event(" x"),)), body, b"data:  x\n\n"),
    Example("sse.multi_line_data", SMALL, body, b'data: {\ndata: "a":1\ndata: }\n\n: hi\n\ndata: b\n\n'),
    Example(
        "sse.comments(every=2, text=ping)",
        SMALL,
        body,
        b': ping\n\ndata: {"a":1}\n\n: hi\n\n: ping\n\ndata: b\n\n',
    ),
    Example(
        "sse.comments(place=inside, every=2)",
        SMALL,
        lambda reply: raws(reply)[:2],
        [b': keep-alive\ndata: {"a":1}\n: keep-alive\n\n', raws(SMALL)[1]],
    ),
    Example(
        "sse.comments(place=ends)",
        SMALL,
        lambda reply: [raws(reply)[0], *raws(reply)[1:-1], raws(reply)[-1]],
        [b": keep-alive\n\n", *raws(SMALL), b": keep-alive\n\n"],
    ),
    Example('sse.comments(text="a\\ndata: b")', SMALL, lambda reply: raws(reply)[0], b": a data: b\n\n"),
    Example("sse.comment_flood(count=130, text=p)", SMALL, lambda reply: body(reply).count(b": p\n\n"), 130),
    Example(
        "sse.comment_flood(count=3, wait_s=0.5)",
        SMALL,
        lambda reply: [item.wait_s for item in reply.events],
        [0.0, 0.0, 0.5, 0.5, 0.5, 0.0],
    ),
    Example("sse.comment_flood(count=64)", SMALL, lambda reply: len(reply.events), 4),
    Example("sse.comment_flood(count=2, after=0, text=p)", SMALL, lambda reply: raws(reply)[0], b": p\n\n: p\n\n"),
    Example("sse.unknown_field", SMALL, body, b'trace: none\ndata: {"a":1}\n\n: hi\n\ntrace: none\ndata: b\n\n'),
    Example("sse.event_name(name=x)", SMALL, body, b'event: x\ndata: {"a":1}\n\n: hi\n\nevent: x\ndata: b\n\n'),
    Example(
        "sse.id_and_retry(retry_ms=5)", SMALL, body, b'retry: 5\nid: 0\ndata: {"a":1}\n\n: hi\n\nid: 2\ndata: b\n\n'
    ),
    Example("sse.missing_blank_line(at=0)", SMALL, body, b'data: {"a":1}\n: hi\n\ndata: b\n\n'),
    Example("sse.missing_blank_line(at=9)", SMALL, body, b'data: {"a":1}\n\n: hi\n\ndata: b\n'),
    Example("sse.missing_blank_line", stream_reply((Event(b": hi\n\n"),)), body, b": hi\n\n"),
    Example("sse.extra_blank_lines(count=2)", SMALL, body, b'data: {"a":1}\n\n\n\n: hi\n\n\n\ndata: b\n\n\n\n'),
    Example("sse.bom", ENVELOPE, itself, ENVELOPE),
)


@rows(*EXAMPLES)
def test_a_fault_of_spelling_does_what_it_says(example: Example) -> None:
    example.check()


@pytest.mark.parametrize(
    "spec",
    ["sse.line_ends(kind=mixed)", "sse.bom", "sse.no_space", "sse.comments", "sse.unknown_field", "sse.id_and_retry"],
)
def test_a_browser_reads_the_same_events_in_another_spelling(spec: str) -> None:
    Example(spec, NATIVE, lambda reply: event_data(reply.body_bytes), event_data(NATIVE.body_bytes)).check()


def test_an_event_without_its_blank_line_runs_into_the_next() -> None:
    wanted = ["a\nb", "c"]

    Example(
        "sse.missing_blank_line(at=0)",
        stream_reply((event("a"), event("b"), event("c"))),
        lambda reply: event_data(reply.body_bytes),
        wanted,
    ).check()
