"""Leaving a call that has told how it goes gives up nothing; leaving one that has not does."""

from __future__ import annotations

import pytest

from fault_injection.reply import Reply
from harness.core.judging.upstream.view import UpstreamView
from harness.core.observed.history import UpstreamEnd
from tests.harness.core.histories import answer, failure, stream, upstream


@pytest.mark.parametrize(
    ("reply", "given_up"),
    [
        (failure(503), False),
        (failure(401), False),
        (failure(302), False),
        (stream("Hello"), True),
        (answer(), True),
        (b"", True),
        (b"HTTP/1.1 503 Serv", True),
    ],
    ids=["5xx", "4xx", "3xx", "stream", "json", "nothing", "half a head"],
)
def test_a_target_that_leaves_gives_up_what_it_does_not_know_yet(reply: Reply | bytes, given_up: bool) -> None:
    assert UpstreamView(upstream(reply, end=UpstreamEnd.PEER_LEFT)).is_given_up is given_up


@pytest.mark.parametrize("end", [UpstreamEnd.KEPT, UpstreamEnd.CLOSED, UpstreamEnd.RESET, UpstreamEnd.RUNNING])
def test_what_the_target_did_not_leave_is_not_given_up(end: UpstreamEnd) -> None:
    assert not UpstreamView(upstream(b"", end=end)).is_given_up
