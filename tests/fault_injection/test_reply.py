"""A reply as data."""

from __future__ import annotations

import pytest

from fault_injection.reply import Event, Reply, event, header_of


@pytest.mark.parametrize(
    ("raw", "data"),
    [
        (b"data: a\n\n", b"a"),
        (b"data:a\r\n\r\n", b"a"),
        (b"data:  a\r\r", b" a"),
        (b"event: x\ndata: a\ndata: b\n\n", b"a\nb"),
        (b": a\n\n", b""),
    ],
)
def test_the_data_of_an_event_is_its_data_lines(raw: bytes, data: bytes) -> None:
    assert Event(raw).data == data


def test_the_done_mark_is_known() -> None:
    assert event("[DONE]").is_done
    assert not event("done").is_done


def test_headers_are_found_replaced_and_removed_whatever_their_case() -> None:
    said = Reply(headers=(("X-A", "1"), ("x-a", "2"), ("b", "3")))

    assert said.header("x-A") == header_of(said.headers, "x-A") == "1"
    assert said.header("c") is None
    assert said.with_header("x-a", "4").headers == (("x-a", "4"), ("b", "3"))
    assert said.without_header("X-a").headers == (("b", "3"),)


def test_a_body_of_bytes_has_no_events() -> None:
    assert Reply(body=b"x").events == ()
    assert not Reply(body=b"x").is_stream
