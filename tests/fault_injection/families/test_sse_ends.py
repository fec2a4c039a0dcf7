from __future__ import annotations

from random import Random

import pytest

from fault_injection.families import sse_ends
from fault_injection.fault import Turn
from fault_injection.rendering import render
from fault_injection.reply import Chunked, Event, Length, Reply, UntilClose, event, stream_reply
from fault_injection.wire import KEEP, Close, Reset, payload
from tests.fault_injection.families.examples import Example, datas, itself, raws, rows
from tests.fault_injection.golden import DONE, ENVELOPE, NATIVE, NATIVE_TOOLS, OPENAI, compact, native

N = raws(NATIVE)
O = raws(OPENAI)  # noqa: E741 - N and O, the two dialects
COMMENTED = stream_reply((Event(b": hi\n\n"), event("a"), Event(b": ho\n\n"), event("b"), DONE))
ENDLESS = stream_reply((event("a"), event("b")))


def end(reply: Reply) -> tuple[object, object]:
    return reply.framing, reply.ending


def body(reply: Reply) -> bytes:
    return reply.body_bytes


def told_before(reply: Reply) -> bytes:
    return payload(render(reply))


BROKEN = Chunked(terminated=False)
TINY = stream_reply((event("a"), event("b")))
TINY_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
ERROR = b'data: {"error":{"message":"Internal server error","type":"server_error","code":500}}\n\n'

EXAMPLES = (
    Example("sse.truncate(after=3)", NATIVE, raws, N[:3]),
    Example("sse.truncate(after=3)", NATIVE, end, (BROKEN, Close())),
    Example("sse.truncate(after=3, end=reset)", NATIVE, end, (BROKEN, Reset())),
    Example("sse.truncate(after=3, end=clean)", NATIVE, end, (Chunked(), KEEP)),
    Example("sse.truncate(after=0)", NATIVE, raws, []),
    Example("sse.truncate(after=99)", NATIVE, raws, N[:-1]),
    Example("sse.truncate(after=1)", COMMENTED, raws, [b": hi\n\n", b"data: a\n\n", b": ho\n\n"]),
    Example("sse.truncate(after=1, at=mid-event)", ENDLESS, raws, [b"data: a\n\n", b"data"]),
    Example("sse.truncate(after=1, at=mid-utf8)", OPENAI, lambda reply: body(reply)[-3:], b'"H\xc3'),
    Example("sse.truncate(after=0, at=mid-utf8)", ENDLESS, raws, [b"data"]),
    Example("sse.truncate", ENVELOPE, itself, ENVELOPE),
    Example("sse.truncate", stream_reply(()), itself, stream_reply(())),
    Example("sse.truncate", stream_reply((Event(b": hi\n\n"),)), raws, []),
    Example("sse.cut_at_byte(at_byte=10)", ENDLESS, raws, [b"data: a\n\n", b"d"]),
    Example("sse.truncate(after=1)", TINY, told_before, TINY_HEAD + b"9\r\ndata: a\n\n\r\n"),
    Example("sse.truncate(after=1, end=reset)", TINY, told_before, TINY_HEAD + b"9\r\ndata: a\n\n\r\n"),
    Example("sse.truncate(after=1, at=mid-event)", TINY, told_before, TINY_HEAD + b"9\r\ndata: a\n\n\r\n9\r\ndata"),
    Example(
        "sse.truncate(after=1, at=mid-event, end=clean)",
        TINY,
        told_before,
        TINY_HEAD + b"9\r\ndata: a\n\n\r\n4\r\ndata\r\n0\r\n\r\n",
    ),
    Example("sse.cut_at_byte(at_byte=999)", ENDLESS, raws, [b"data: a\n\n", b"data: b\n"]),
    Example("sse.cut_at_byte", ENDLESS, end, (BROKEN, Close())),
    Example("sse.cut_at_byte(at_byte=10)", ENDLESS, end, (Chunked(terminated=False, lacking_bytes=8), Close())),
    Example("sse.no_done", NATIVE, raws, N[:-1]),
    Example("sse.no_done", NATIVE, end, (Chunked(), KEEP)),
    Example("sse.no_done(end=fin)", NATIVE, end, (BROKEN, Close())),
    Example("sse.no_done", ENDLESS, itself, ENDLESS),
    Example("sse.finish_without_done", OPENAI, raws, O[:4]),
    Example("sse.finish_without_done", NATIVE, itself, NATIVE),
    Example("sse.done_without_finish", OPENAI, lambda reply: b'"stop"' in body(reply), False),
    Example("sse.done_without_finish", OPENAI, lambda reply: raws(reply)[:3] + raws(reply)[4:], O[:3] + O[4:]),
    Example("sse.done_without_finish", NATIVE_TOOLS, lambda reply: datas(reply)[2], b'{"finish_reason":null}'),
    Example("sse.endless(count=2)", OPENAI, raws, [*O[:3], O[2], O[2]]),
    Example("sse.endless(count=2)", OPENAI, end, (BROKEN, Close())),
    Example("sse.endless", stream_reply((DONE,)), itself, stream_reply((DONE,))),
    Example("sse.done_twice", NATIVE, raws, [*N, DONE.raw]),
    Example("sse.done_twice", ENDLESS, itself, ENDLESS),
    Example("sse.data_after_done", NATIVE, lambda reply: raws(reply)[:-1], N),
    Example("sse.data_after_done", NATIVE, lambda reply: b" after-done-0" in raws(reply)[-1], True),
    Example(
        "sse.data_after_done",
        stream_reply((native(response="a"), native(response="b", p="x"), DONE, event("late"))),
        datas,
        [b'{"response":"a"}', b'{"response":"b","p":"x"}', b"[DONE]", b'{"response":" after-done-0","p":"x"}', b"late"],
    ),
    Example("sse.data_after_done(count=3)", OPENAI, lambda reply: len(raws(reply)), len(O) + 3),
    Example(
        "sse.data_after_done", stream_reply((DONE,)), lambda reply: datas(reply)[-1], b'{"response":" after-done-0"}'
    ),
    Example("sse.data_after_done", ENDLESS, itself, ENDLESS),
    Example("sse.no_final_blank", NATIVE, body, NATIVE.body_bytes[:-1]),
    Example("sse.no_final_blank", stream_reply((Event(b"data: a\r\n\r\n"),)), body, b"data: a\r\n"),
    Example("sse.inband_error(after=1)", NATIVE, raws, [N[0], ERROR]),
    Example("sse.inband_error", NATIVE, end, (Chunked(), KEEP)),
    Example("sse.inband_error(shape=error-then-done)", NATIVE, raws, [N[0], ERROR, DONE.raw]),
    Example("sse.inband_error(shape=error-then-continue)", NATIVE, raws, [N[0], ERROR, *N[1:]]),
    Example("sse.inband_error(shape=event)", NATIVE, raws, [N[0], b"event: error\n" + ERROR]),
    Example(
        "sse.inband_error(shape=cloudflare, message=boom)",
        NATIVE,
        lambda reply: datas(reply)[-1],
        b'{"errors":[{"message":"AiError: boom","code":3007}],"success":false,"result":{},"messages":[]}',
    ),
    Example('sse.inband_error(shape=text, message="a\\nb")', NATIVE, raws, [N[0], b"data: AiError: a b\n\n"]),
    Example("sse.finish_unknown(reason=odd)", OPENAI, lambda reply: b'"finish_reason":"odd"' in raws(reply)[3], True),
    Example(
        "sse.finish_unknown(reason=odd)",
        NATIVE,
        raws,
        [*N[:4], native(response="", finish_reason="odd").raw, N[4]],
    ),
    Example("sse.finish_unknown", ENDLESS, itself, ENDLESS),
)


@rows(*EXAMPLES)
def test_a_fault_at_the_end_of_a_stream_does_what_it_says(example: Example) -> None:
    example.check()


def test_a_stream_with_a_length_promises_the_bytes_that_a_cut_took() -> None:
    whole = Reply(body=NATIVE.body, framing=Length())

    Example("sse.truncate(after=1)", whole, lambda reply: reply.framing.off_by_bytes, len(b"".join(N[1:]))).check()


def test_a_stream_that_runs_until_the_close_is_cut_by_the_close() -> None:
    whole = Reply(body=NATIVE.body, framing=UntilClose())

    Example("sse.truncate(after=1)", whole, end, (UntilClose(), Close())).check()


@pytest.mark.parametrize("after", range(6))
def test_a_cut_in_a_character_leaves_bytes_that_are_no_text(after: int) -> None:
    wide = stream_reply((*(event(compact({"response": "é🦊"})) for _ in range(6)), DONE))

    after_cut = sse_ends.Truncate(after=after, at="mid-utf8").apply(wide, Turn(Random(1)))

    with pytest.raises(UnicodeDecodeError, match="unexpected end of data"):
        after_cut.body_bytes.decode()
