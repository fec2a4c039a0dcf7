"""What a client makes of what the mock sent."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace

import pytest

from fault_injection.reply import Chunked, Event, Length, Reply, UntilClose, json_reply
from fault_injection.wire import Close, Reset
from harness.core.judging.upstream.view import UpstreamView, Wholeness
from tests.harness.core.histories import (
    DONE,
    answer,
    chunk,
    cut,
    failure,
    native,
    stream,
    streamed,
    upstream,
)

ERROR = {"error": {"message": "boom"}}
MUTE = Reply(mute=True, ending=Reset())


@pytest.mark.parametrize(
    ("reply", "wholeness"),
    [
        (stream("a"), Wholeness.WHOLE),
        (stream("a", done=False), Wholeness.AMBIGUOUS),
        (stream("a", finish=None), Wholeness.AMBIGUOUS),
        (stream("a", finish=None, done=False), Wholeness.BROKEN),
        (cut(stream("a", "b"), 1), Wholeness.BROKEN),
        (cut(stream("a"), 2), Wholeness.AMBIGUOUS),
        (cut(stream("a"), 3), Wholeness.WHOLE),
        (cut(stream("a"), 3, ending=Reset()), Wholeness.WHOLE),
        (streamed(chunk("a"), ERROR, done=False), Wholeness.BROKEN),
        (streamed(chunk("a"), chunk(finish="stop"), DONE, ERROR), Wholeness.WHOLE),
        (streamed(chunk("a"), chunk("b", index=1), chunk(finish="stop"), done=False), Wholeness.BROKEN),
        (streamed(), Wholeness.AMBIGUOUS),
        (answer("a"), Wholeness.WHOLE),
        (replace(answer("a"), framing=Length(off_by_bytes=9), ending=Close()), Wholeness.AMBIGUOUS),
        (replace(answer("a"), framing=Length(off_by_bytes=-9)), Wholeness.BROKEN),
        (replace(answer("a"), framing=UntilClose()), Wholeness.WHOLE),
        (json_reply(b'{"id":"\xff","choices":[{"message":{"content":"a"}}]}'), Wholeness.AMBIGUOUS),
        (json_reply(b'{"choices":[]}'), Wholeness.BROKEN),
        (json_reply(b'{"choices":[7]}'), Wholeness.BROKEN),
        (json_reply(b'{"choices":[{"message":{"content":"a"}},7]}'), Wholeness.AMBIGUOUS),
        (json_reply(json.dumps(ERROR).encode()), Wholeness.BROKEN),
        (json_reply(b""), Wholeness.BROKEN),
        (Reply(body=b"<html>"), Wholeness.BROKEN),
        (failure(500), Wholeness.REFUSED),
        (failure(302), Wholeness.REFUSED),
        (MUTE, Wholeness.REFUSED),
        (b"HTTP/1.1 200 OK\r\ncontent-", Wholeness.REFUSED),
        (b"I am a teapot\r\n\r\n", Wholeness.UNREADABLE),
        (answer("a").with_header("x-long", "p" * 7_994), Wholeness.WHOLE),
        (answer("a").with_header("x-long", "p" * 7_995), Wholeness.UNREADABLE),
        (failure(400).with_header("x-long", "p" * 65_536), Wholeness.UNREADABLE),
    ],
)  # fmt: skip
def test_the_marks_tell_whether_an_answer_was_whole(reply: Reply | bytes, wholeness: Wholeness) -> None:
    assert UpstreamView(upstream(reply)).wholeness is wholeness


@pytest.mark.parametrize(
    ("reply", "wholeness"),
    [
        (native("a"), Wholeness.WHOLE),
        (native("a", done=False), Wholeness.BROKEN),
        (streamed({"response": "a"}, {"finish_reason": "stop"}, done=False), Wholeness.AMBIGUOUS),
    ],
)
def test_natively_the_end_mark_is_enough(reply: Reply, wholeness: Wholeness) -> None:
    assert UpstreamView(upstream(reply, surface="ai.run")).wholeness is wholeness


def test_an_answer_is_read_out_of_its_framing_and_its_coding() -> None:
    coded = Event(gzip.compress(stream("Hello").body_bytes))
    headers = (("Content-Type", "text/event-stream"), ("Content-Encoding", "gzip"))

    call = UpstreamView(upstream(Reply(headers=headers, body=(coded,), framing=Chunked())))

    assert (call.status, call.framed_whole, call.problem) == (200, True, None)
    assert (call.reading.text, call.reading.done, call.body_size_bytes) == ("Hello", True, len(coded.raw))


def test_an_answer_of_many_megabytes_in_small_pieces_is_read() -> None:
    big = streamed(*({"response": "x" * 1000} for _ in range(10_000)))

    call = UpstreamView(upstream(big, surface="ai.run"))

    assert len(call.reading.text) == 10_000_000
    assert call.wholeness is Wholeness.WHOLE
    assert len(call.body_text) == 4096


def test_what_makes_sense_to_a_simple_client_is_read_its_way_too() -> None:
    two = Event(b'data: {"response":"a"}\ndata: {"response":"b"}\n\n')

    odd, plain = UpstreamView(upstream(streamed(two))), UpstreamView(upstream(native("ab")))

    assert (odd.reading.text, odd.by_line.text) == ("", "ab")
    assert plain.by_line is plain.reading


@pytest.mark.parametrize(
    ("reply", "retryable"),
    [
        (failure(500), True),
        (failure(503), True),
        (failure(408), True),
        (failure(429), True),
        (MUTE, True),
        (failure(400), False),
        (answer(), False),
        (json_reply(b'{"errors":[{"code":3036,"message":"used up"}]}', status=429), False),
        (json_reply(b'{"id":"43036a","errors":[{"code":3040}]}', status=429), True),
    ],
)
def test_only_what_may_pass_is_retryable(reply: Reply, retryable: bool) -> None:
    assert UpstreamView(upstream(reply)).is_retryable is retryable


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("5", 5),
        ("0", 0),
        ("", None),
        ("-1", None),
        ("²", None),
        ("9" * 30, None),
        ("Sat, 21 Nov 2026 10:00:00 GMT", None),
    ],
)
def test_a_wait_is_known_when_it_is_in_seconds(value: str, seconds: int | None) -> None:
    assert UpstreamView(upstream(failure(503, headers=(("Retry-After", value),)))).retry_after_s == seconds
