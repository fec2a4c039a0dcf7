from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.observed.sse import Decoder, SseEvent, decode


def _message(data: str, last_event_id: str = "") -> SseEvent:
    return SseEvent(data, "message", last_event_id)


_A, _B, _C = _message("a"), _message("b"), _message("c")

# Vectors of WHATWG HTML §9.2.6, each run against a reference parser written from the algorithm.
VECTORS: list[tuple[bytes, list[SseEvent]]] = [
    (b"", []),
    (b"data: a\n\n", [_A]),
    (b"data:a\n\n", [_A]),
    (b"data:  a\n\n", [_message(" a")]),
    (b"data:\ta\n\n", [_message("\ta")]),
    (b"data\n\n", [_message("")]),
    (b"data:\n\n", [_message("")]),
    (b"data\ndata\n\n", [_message("\n")]),
    (b"data: a\ndata: b\n\n", [_message("a\nb")]),
    (b"data: a\r\n\r\n", [_A]),
    (b"data: a\r\r", [_A]),
    (b"data: a\r\n\n", [_A]),
    (b"data: a\r\rdata: b\n\ndata: c\r\n\r\n", [_A, _B, _C]),
    (b"data: a\n\r\ndata: b\r\n\r", [_A, _B]),
    (b"data: a\n\ndata: b\n", [_A]),
    (b"data: a", []),
    (b"\xef\xbb\xbfdata: a\n\n", [_A]),
    (b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\n", []),
    (b"data: a\n\n\xef\xbb\xbfdata: b\n\n", [_A]),
    (b": c\n\n", []),
    (b":\n\n", []),
    (b": c\n\ndata: a\n: between\n\n", [_A]),
    (b"event: x\ndata: a\n\ndata: b\n\n", [SseEvent("a", "x"), _B]),
    (b"event: x\n\ndata: a\n\n", [_A]),
    (b"id: 1\ndata: a\n\nid: \0\ndata: b\n\nid\ndata: c\n\n", [_message("a", "1"), _message("b", "1"), _C]),
    (b"id: 7\n\ndata: a\n\n", [_message("a", "7")]),
    (b"retry: 10\n\n", []),
    (b"DATA: a\n\n", []),
    (b"data : a\n\n", []),
    (b"foo: a\n\n", []),
    (b"[DONE]\n\n", []),
    ("data: a\u2028b\u2029c\x0bd\x0ce\x85f\n\n".encode(), [_message("a\u2028b\u2029c\x0bd\x0ce\x85f")]),
    (b'data: {"a":\ndata: 1}\n\n', [_message('{"a":\n1}')]),
    (b"data: a: b\n\n", [_message("a: b")]),
    ("data: 東京 👩‍👩‍👧\n\n".encode(), [_message("東京 👩‍👩‍👧")]),
    (b"\n\n\ndata: a\n\n\n\ndata: b\n\n", [_A, _B]),
]
_NAMES = [repr(body)[:40] for body, _ in VECTORS]
each_vector = pytest.mark.parametrize(("body", "events"), VECTORS, ids=_NAMES)


def _fed(pieces: list[bytes]) -> tuple[list[SseEvent], Decoder]:
    decoder = Decoder()
    events = [event for piece in pieces for event in decoder.feed(piece)]
    decoder.finish()
    return events, decoder


@each_vector
def test_a_stream_dispatches_what_the_standard_says(body: bytes, events: list[SseEvent]) -> None:
    assert decode(body)[0] == events


@each_vector
def test_a_split_anywhere_changes_no_event(body: bytes, events: list[SseEvent]) -> None:
    for at in range(len(body) + 1):
        assert _fed([body[:at], body[at:]])[0] == events, at


@each_vector
def test_single_bytes_make_the_same_events(body: bytes, events: list[SseEvent]) -> None:
    assert _fed([body[at : at + 1] for at in range(len(body))])[0] == events


@given(
    st.lists(st.one_of(st.binary(max_size=6), st.sampled_from([b"\r", b"\n", b"data:", b"\xef\xbb\xbf", b"id:\0"]))),
)
def test_chunking_never_matters(pieces: list[bytes]) -> None:
    whole, once = decode(b"".join(pieces))

    events, decoder = _fed(pieces)

    assert events == whole
    assert (decoder.malformed_utf8, decoder.unterminated, decoder.retry_ms) == (
        once.malformed_utf8,
        once.unterminated,
        once.retry_ms,
    )


@pytest.mark.parametrize(
    ("body", "retry_ms"),
    [
        (b"retry: 10\n", 10),
        (b"retry:7\nretry: 1x\n", 7),
        (b"retry:\n", None),
        (b"retry: -1\n", None),
        ("retry: ٣\n".encode(), None),
        (b"retry: " + b"9" * 5000 + b"\n", None),
    ],
    ids=["digits", "a letter", "empty", "a sign", "other digits", "no number anybody could wait for"],
)
def test_a_reconnection_time_is_ascii_digits(body: bytes, retry_ms: int | None) -> None:
    assert decode(body)[1].retry_ms == retry_ms


@pytest.mark.parametrize("body", [b"data: \xff\n\n", b"data: \xc3\ndata: \xa9\n\n", b": \x80\n", b"data: \xed\xa0\x80"])
def test_malformed_utf8_is_flagged(body: bytes) -> None:
    assert decode(body)[1].malformed_utf8


def test_malformed_utf8_is_read_as_the_replacement_character() -> None:
    events, _ = decode(b"data: a\xffb\n\n")

    assert events == [_message("a\ufffdb")]


@pytest.mark.parametrize("body", ["data: é".encode()[:-1], b"\xef\xbb\xbf", b"data: a\n\n"])
def test_a_character_cut_off_by_the_end_is_not_malformed(body: bytes) -> None:
    assert not decode(body)[1].malformed_utf8


@pytest.mark.parametrize(
    ("body", "unterminated"),
    [
        (b"data: a\n\n", False),
        (b"data: a\n", True),
        (b"data: a", True),
        (b"data: a\n\n: left open", False),
        (b"\xef\xbb\xbfdata: a", True),
    ],
)
def test_an_event_without_its_blank_line_is_told(body: bytes, unterminated: bool) -> None:
    assert decode(body)[1].unterminated is unterminated


def test_an_event_of_ten_megabytes_comes_together_from_small_pieces() -> None:
    data = b"x" * 10_000_000
    body = b"data: " + data + b"\n\n"

    events, decoder = _fed([body[at : at + 1000] for at in range(0, len(body), 1000)])

    assert [len(event.data) for event in events] == [len(data)]
    assert decoder.rest == b""
