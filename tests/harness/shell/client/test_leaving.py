"""A client that leaves of its own accord."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fault_injection.client import ClientMoves, LeaveWhen
from fault_injection.reply import event, stream_reply
from harness.core.observed.history import ClientEnd, UpstreamEnd
from harness.shell.client.client import ask
from harness.shell.upstream.wire_server import WireServer
from tests.harness.shell.client.test_client import STREAM, request, upstream
from tests.harness.shell.fake_service import FakeService

LEAVES: dict[LeaveWhen, int] = {"request-sent": 0, "head": 0, "event": 2}


@pytest.mark.parametrize("rudely", [False, True], ids=["politely", "rudely"])
@pytest.mark.parametrize("leave", LEAVES)
async def test_the_client_leaves_when_its_moves_say(leave: LeaveWhen, *, rudely: bool) -> None:
    wait_s = 30.0 if leave == "request-sent" else 0.0
    body = (event("0", 0.05), event("1", 0.05), event("2", 30.0))
    moves = ClientMoves(leave=leave, leave_after_events=2, leave_rudely=rudely)
    async with WireServer(mock=FakeService(replace(stream_reply(body), wait_s=wait_s))) as server:
        exchange = await ask(request(server, moves=moves))

        assert exchange.end is ClientEnd.LEFT
        assert len(exchange.pieces) == LEAVES[leave]
        assert (exchange.status is None) == (leave == "request-sent")
        seen = await upstream(server)
        assert (seen.end, seen.whole) == (UpstreamEnd.PEER_LEFT, False)


async def test_a_client_that_goes_on_none_of_its_events_goes_with_the_head() -> None:
    async with WireServer(mock=FakeService(stream_reply((event("late", 30.0),)))) as server:
        exchange = await ask(request(server, moves=ClientMoves(leave="event", leave_after_events=0)))

        assert (exchange.end, exchange.status, exchange.pieces) == (ClientEnd.LEFT, 200, ())


async def test_the_client_lingers_before_it_leaves() -> None:
    async with WireServer(mock=FakeService(stream_reply((event("a"), event("b", 30.0))))) as server:
        exchange = await ask(request(server, moves=ClientMoves(leave="event", leave_after_events=1, leave_wait_s=0.1)))

        assert exchange.end is ClientEnd.LEFT
        assert exchange.end_s - exchange.pieces[-1].at_s >= 0.09


async def test_an_answer_that_is_complete_first_is_complete() -> None:
    async with WireServer(mock=FakeService(STREAM)) as server:
        exchange = await ask(request(server, moves=ClientMoves(leave="head", leave_wait_s=30.0)))

        assert exchange.end is ClientEnd.COMPLETE
