"""What a stream is like, by the kinds of its events."""

from __future__ import annotations

from harness.core.drift.stream import described


def test_each_two_kinds_are_told_apart_and_no_stream_has_more_than_a_hundred_and_one() -> None:
    body = b"".join(b"event: kind-%d\ndata: {}\n\n" % number for number in range(1000))

    events = described(body)["events"]

    assert isinstance(events, dict)
    assert len(events) == 101
