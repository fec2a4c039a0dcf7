"""The event stream parser: every vector of the WHATWG's rules, at every split."""

import time

import pytest

from harness.reference_proxy.answers.sse import SseEncodingError, SseError, SseEvent, SseParser, SseTooLargeError

VECTORS: list[tuple[bytes, list[tuple[str, str]]]] = [
    (b"data: a\n\n", [("message", "a")]),
    (b"data:a\n\n", [("message", "a")]),
    (b"data:  a\n\n", [("message", " a")]),
    (b"data:\ta\n\n", [("message", "\ta")]),
    (b"data\n\n", [("message", "")]),
    (b"data:\n\n", [("message", "")]),
    (b"data\ndata\n\n", [("message", "\n")]),
    (b"data: a\ndata: b\n\n", [("message", "a\nb")]),
    (b"data: a\r\n\r\n", [("message", "a")]),
    (b"data: a\r\r", [("message", "a")]),
    (b"data: a\r\n\rdata: b\n\r\n", [("message", "a"), ("message", "b")]),
    (b"data: a\n\ndata: b\n", [("message", "a")]),
    (b"data: a", []),
    (b"\xef\xbb\xbfdata: a\n\n", [("message", "a")]),
    (b"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\n", []),
    (b"\xef\xbbdata: a\n\n", []),
    (b": c\n\n", []),
    (b":\n\n", []),
    (b":data: c\n\ndata: a\n\n", [("message", "a")]),
    (b"event: x\ndata: a\n\ndata: b\n\n", [("x", "a"), ("message", "b")]),
    (b"event: x\n\ndata: a\n\n", [("message", "a")]),
    (b"event:\ndata: a\n\n", [("message", "a")]),
    (b"id: 7\nretry: 10\ndata: a\n\n", [("message", "a")]),
    (b"DATA: a\n\ndata : a\n\nfoo: a\n\n", []),
    ("data: a\u2028b\x0b\x0c\x85\n\n".encode(), [("message", "a\u2028b\x0b\x0c\x85")]),
    (b'data: {"a":\ndata: 1}\n\n', [("message", '{"a":\n1}')]),
    (b"data: a: b\n\n", [("message", "a: b")]),
    ("data: wörld 😀\r\n\r\n".encode(), [("message", "wörld 😀")]),
    (b"\n\n\ndata: a\n\n\n\n", [("message", "a")]),
    (b"", []),
]


def parse(*blocks: bytes) -> list[tuple[str, str]]:
    parser = SseParser(max_event_bytes=1000)
    return [(event.event, event.data) for block in blocks for event in parser.feed(block)]


@pytest.mark.parametrize(("data", "events"), VECTORS)
def test_every_split_gives_the_same_events(data: bytes, events: list[tuple[str, str]]) -> None:
    assert parse(data) == events
    assert parse(*(data[i : i + 1] for i in range(len(data)))) == events
    for first in range(len(data) + 1):
        for second in range(first, len(data) + 1):
            assert parse(data[:first], data[first:second], data[second:]) == events


def test_a_carriage_return_dispatches_without_waiting_for_what_follows() -> None:
    parser = SseParser(max_event_bytes=100)

    assert list(parser.feed(b"data: a\r\r")) == [SseEvent("message", "a")]
    assert list(parser.feed(b"\ndata: b\n\n")) == [SseEvent("message", "b")]


def test_good_events_before_a_bad_one_are_delivered() -> None:
    events = SseParser(max_event_bytes=100).feed(b"data: a\n\ndata: \xff\n\ndata: c\n\n")

    assert next(events).data == "a"
    with pytest.raises(SseEncodingError, match="UTF-8"):
        next(events)


@pytest.mark.parametrize("blocks", [[b"data: " + b"x" * 101], [b"data: xxxxxxxxx\n"] * 20, [b": " + b"x" * 200]])
def test_an_event_beyond_the_bound_is_refused(blocks: list[bytes]) -> None:
    parser = SseParser(max_event_bytes=100)

    with pytest.raises(SseTooLargeError, match="100 bytes"):
        [event for block in blocks for event in parser.feed(block)]
    assert issubclass(SseTooLargeError, SseError)


def test_many_events_are_not_one_large_one() -> None:
    parser = SseParser(max_event_bytes=20)

    events = [event for _ in range(1000) for event in parser.feed(b": comment\ndata: x\n\n")]

    assert len(events) == 1000


@pytest.mark.parametrize(
    ("tail", "unfinished"),
    [
        (b"", False),
        (b": comment", False),
        (b"data: a", True),
        (b"data: a\n", True),
        (b"dat", True),
        (b"event: x\ndata: a", True),
        (b"data: [DONE]", False),
        (b"data: [DONE]\n", False),
        (b"data:[DONE]\r", False),
        (b"data: a\ndata: [DONE]", True),
    ],
)
def test_an_unfinished_event_is_known(tail: bytes, *, unfinished: bool) -> None:
    parser = SseParser(max_event_bytes=100)

    list(parser.feed(b"data: x\n\n" + tail))

    assert parser.unfinished is unfinished


def _cost_s(size: int, step: int) -> float:
    parser = SseParser(max_event_bytes=2 * size)
    block = b"x" * step
    before = time.process_time()
    list(parser.feed(b"data: "))
    for _ in range(size // step):
        list(parser.feed(block))
    (event,) = parser.feed(b"\n\n")
    assert len(event.data) == size
    return time.process_time() - before


def test_a_huge_event_in_small_pieces_costs_linear_time() -> None:
    small = min(_cost_s(1_000_000, 100) for _ in range(3))
    large = _cost_s(8_000_000, 100)

    assert large < 40 * small  # 8 when linear, 64 when quadratic
