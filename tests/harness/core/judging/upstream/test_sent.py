"""What the mock sent, as HTTP."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fault_injection.reply import Reply, UntilClose
from harness.core.judging.upstream.view import UpstreamView
from harness.core.observed.history import Piece, UpstreamEnd
from tests.harness.core.histories import (
    answer,
    cut,
    stream,
    upstream,
)


@pytest.mark.parametrize(
    ("wire", "showed"),
    [
        (b"1\r\na\r\n0\r\n\r\n", False),
        (b"1\r\na\r\n", True),
        (b"2\r\na", True),
        (b"zz\r\na\r\n0\r\n\r\n", True),
        (b"1\r\nab\r\n0\r\n\r\n", True),
        (b"1Z\na\r\n0\r\n\r\n", True),
        (b"1\r\na\rZ0\r\n\r\n", False),
        (b"1\r\naZ\n0\r\n\r\n", False),
        (b"1\rZa\r\n0\r\n\r\n", False),
        (b"1\r\na\r\n0\rZ\r\n", False),
    ],
)
def test_a_break_shows_where_no_reader_can_make_a_whole_of_the_chunks(wire: bytes, showed: bool) -> None:
    """llhttp, as undici runs it, skips a line end between chunks without a look at its bytes."""
    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"

    assert UpstreamView(upstream(head + wire)).showed_break is showed


@pytest.mark.parametrize(
    ("end", "showed"), [(UpstreamEnd.CLOSED, False), (UpstreamEnd.RESET, True), (UpstreamEnd.PEER_LEFT, True)]
)
def test_a_close_that_was_announced_shows_no_break_to_everybody(end: UpstreamEnd, showed: bool) -> None:
    head = b"HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n"

    assert UpstreamView(upstream(head + b"1\r\na\r\n", end=end)).showed_break is showed


def test_a_call_that_still_runs_has_no_end() -> None:
    call = UpstreamView(upstream(answer(), end=UpstreamEnd.RUNNING))

    assert call.ended_s == float("inf")


@pytest.mark.parametrize(
    ("reply", "taken_s", "ended_s"),
    [
        (answer(), 0.2, 0.2),
        (stream("a"), 0.2, 0.2),
        (answer(), None, 30.0),
        (cut(stream("a"), 1), 0.2, 30.0),
        (replace(answer(), framing=UntilClose()), 0.2, 30.0),
    ],
    ids=["length", "chunked", "not-read", "broken-off", "until-close"],
)
@pytest.mark.parametrize("running", [False, True])
def test_a_call_is_over_with_the_last_byte_its_framing_promised(
    reply: Reply, taken_s: float | None, ended_s: float, running: bool
) -> None:
    end = UpstreamEnd.RUNNING if running else UpstreamEnd.CLOSED
    call = UpstreamView(upstream(reply, taken_s=taken_s, end=end, end_s=None if running else 30.0))

    assert call.ended_s == (float("inf") if running and ended_s == 30.0 else ended_s)


def test_an_empty_piece_brings_nothing() -> None:
    exchange = replace(upstream(answer("a")), pieces=(Piece(0.0, b""), *upstream(answer("a")).pieces))

    assert UpstreamView(exchange).reading.text == "a"
