"""What the streaming cache decides: what is a stream, what is whole, what is kept, and in how much memory."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from harness.reference_proxy.origin.capture import Budget, Capture
from harness.reference_proxy.origin.detection import is_stream
from harness.reference_proxy.origin.entry import Entry, seal, unseal
from harness.reference_proxy.origin.forwarding import kept_fields, response_fields
from harness.reference_proxy.origin.wholeness import is_whole

MIB = 1024 * 1024
SSE, NDJSON, JSON = "text/event-stream; charset=utf-8", "application/x-ndjson", "application/json"


@pytest.mark.parametrize(
    ("content_type", "length", "stream"),
    [
        (SSE, "10", True),
        ("TEXT/EVENT-STREAM", None, True),
        (NDJSON, "10", True),
        ("application/jsonl", "10", True),
        (JSON, None, True),
        (JSON, "many", True),
        (JSON, "-1", True),
        (JSON, str(10 * MIB), False),
        (JSON, str(10 * MIB + 1), True),
        ("", "0", False),
    ],
)
def test_a_stream_is_told_by_its_type_by_no_length_or_by_a_large_one(
    content_type: str, length: str | None, *, stream: bool
) -> None:
    assert is_stream(content_type, length, from_bytes=10 * MIB) is stream


def _chunk(finish: str | None = None, index: int = 0) -> str:
    return json.dumps({"choices": [{"index": index, "delta": {}, "finish_reason": finish}]})


def _sse(*data: str, end: str = "\n\n") -> bytes:
    return "\n\n".join(f"data: {each}" for each in data).encode() + end.encode()


def _lines(*data: str, end: str = "\n") -> bytes:
    return "\n".join(data).encode() + end.encode()


WHOLE = [
    (SSE, _sse(_chunk(), _chunk("stop"), "[DONE]")),
    (SSE, _sse("any text", "[DONE]")),
    (SSE, b'event: message_stop\ndata: {"type":"message_stop"}\n\n'),
    (SSE, b'event: response.completed\ndata: {"type":"response.completed"}\n\n'),
    (SSE, _sse(_chunk("tool_calls"), '{"choices":[],"usage":{}}', "[DONE]")),
    (NDJSON, _lines('{"message":{},"done":false}', '{"message":{},"done":true,"done_reason":"stop"}')),
    (NDJSON, _lines(_chunk(), _chunk("stop"))),
    (NDJSON, _lines(_chunk("stop"), _chunk("stop", 1), '{"choices":[],"usage":{}}')),
    (JSON, b'{"choices":[{"finish_reason":"stop"}]}'),
    (JSON, b'{"any":"thing"}'),
    ("application/problem+json", b"[1]"),
]
NOT_WHOLE = [
    (SSE, b""),
    (SSE, _sse(_chunk("stop"))),
    (SSE, _sse(_chunk("stop"), "[DO", end="")),
    (SSE, _sse(_chunk("length"), "[DONE]")),
    (SSE, _sse(_chunk(), "[DONE]")),
    (SSE, _sse(_chunk("stop"), _chunk(None, 1), "[DONE]")),
    (SSE, _sse('{"error":{"message":"overloaded"}}', "[DONE]")),
    (SSE, b"event: error\ndata: overloaded\n\ndata: [DONE]\n\n"),
    (SSE, b'event: message_delta\ndata: {"delta":{"stop_reason":"max_tokens"}}\n\n' + _sse("[DONE]")),
    (SSE, b"data: \xff\n\ndata: [DONE]\n\n"),
    (NDJSON, _lines('{"done":false}', '{"done":true', end="")),
    (NDJSON, _lines('{"done":false}', '{"done":true}', end="")),
    (NDJSON, _lines('{"done":false}')),
    (NDJSON, _lines('{"done":true,"done_reason":"length"}')),
    (NDJSON, _lines(_chunk("stop"), _chunk(None, 1))),
    (NDJSON, _lines("no JSON")),
    (NDJSON, _lines('{"choices":[],"usage":{}}')),
    (JSON, b'{"choices":[{"finish_reason":"content_filter"}]}'),
    (JSON, b'{"choices":[{'),
    (JSON, b'{"error":"no"}'),
]


@pytest.mark.parametrize(("content_type", "body"), WHOLE)
def test_an_answer_that_says_it_is_whole_is(content_type: str, body: bytes) -> None:
    assert is_whole(content_type, body, measured=False)


@pytest.mark.parametrize(("content_type", "body"), NOT_WHOLE)
def test_an_answer_without_its_end_or_with_a_bad_one_is_not_whole_however_it_was_framed(
    content_type: str, body: bytes
) -> None:
    assert not is_whole(content_type, body, measured=True)


@pytest.mark.parametrize("measured", [True, False])
def test_what_says_nothing_of_itself_is_whole_where_its_length_proves_it(*, measured: bool) -> None:
    assert is_whole("text/html", b"<p>", measured=measured) is measured


def test_a_capture_that_outgrows_its_bound_is_dropped_for_good_and_takes_no_memory() -> None:
    budget = Budget(100)
    capture = Capture(budget, most_bytes=10)
    capture.add(b"12345")
    assert (capture.body, budget.taken_bytes) == (b"12345", 5)

    capture.add(b"678901")
    capture.add(b"1")
    assert (capture.body, budget.taken_bytes) == (None, 0)


def test_captures_share_what_there_is() -> None:
    budget = Budget(10)
    first, second = (Capture(budget, most_bytes=10) for _ in range(2))
    first.add(b"123456")
    second.add(b"123456")

    assert (first.body, second.body, budget.taken_bytes) == (b"123456", None, 6)
    first.close()
    first.close()
    assert budget.taken_bytes == 0


ENTRY = Entry(fields=(("Content-Type", SSE),), body=b"data: \xff\n\n", created_s=1000.5)
CHOSEN = replace(ENTRY, life_s=5.0, varies=("x-tenant",), variant="0a")


@pytest.mark.parametrize("entry", [ENTRY, CHOSEN])
def test_an_entry_is_read_as_it_was_sealed(entry: Entry) -> None:
    assert unseal("k", seal("k", entry), now_s=1001, max_age_s=60) == entry


def test_an_entry_is_none_once_the_life_that_its_origin_gave_it_is_over() -> None:
    assert unseal("k", seal("k", CHOSEN), now_s=1005.5, max_age_s=60) is None


@pytest.mark.parametrize(
    ("damage", "key", "now_s"),
    [
        (lambda sealed: sealed[:-1], "k", 1001),
        (lambda sealed: sealed.replace(b"event", b"evil!"), "k", 1001),
        (lambda sealed: sealed.replace(b"1000.5", b"1999.5"), "k", 1001),
        (lambda _: b"", "k", 1001),
        (lambda _: b"[]\n", "k", 1001),
        (lambda _: b"{}\n", "k", 1001),
        (lambda sealed: sealed, "other", 1001),
        (lambda sealed: sealed, "k", 1061),
        (lambda sealed: sealed, "k", 10),
    ],
)
def test_an_entry_that_is_damaged_old_or_of_another_key_is_none(damage: object, key: str, now_s: float) -> None:
    assert callable(damage)
    assert unseal(key, damage(seal("k", ENTRY)), now_s=now_s, max_age_s=60) is None


def test_what_is_said_of_one_connection_or_one_occasion_stays_there() -> None:
    came = [
        ("Connection", "close, X-Hop"),
        ("X-Hop", "1"),
        ("Transfer-Encoding", "chunked"),
        ("Date", "now"),
        ("A", "b"),
    ]

    passed = response_fields(came)

    assert passed == (("Date", "now"), ("A", "b"))
    assert kept_fields(passed) == (("A", "b"),)
