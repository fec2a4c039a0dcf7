"""The sending half of an exchange."""

from __future__ import annotations

import asyncio
import socket
import struct

from fault_injection.client import ClientMoves
from harness.core.observed.history import ClientEnd, UpstreamEnd
from harness.shell.client.client import ask
from harness.shell.client.transcript import Ask
from harness.shell.upstream.wire_server import WireServer
from tests.harness.shell.client.test_client import PATIENCE_S, request, upstream
from tests.harness.shell.fake_service import FakeService
from tests.harness.shell.raw_server import raw_server


async def test_a_client_that_leaves_while_uploading_sends_just_so_many_bytes() -> None:
    async with WireServer(mock=FakeService()) as server:
        moves = ClientMoves(body=b"x" * 1000, leave="upload", leave_after_bytes=300)
        exchange = await ask(request(server, moves=moves))

        assert exchange.end is ClientEnd.LEFT
        assert exchange.sent_s is None
        seen = await upstream(server)
        assert (seen.end, seen.body_bytes) == (UpstreamEnd.PEER_LEFT, 300)


async def test_a_slow_upload_takes_its_time() -> None:
    service = FakeService()
    async with WireServer(mock=service) as server:
        moves = ClientMoves(body=b"0123456789", upload_piece_bytes=4, upload_wait_s=0.05)
        exchange = await ask(request(server, moves=moves))

        assert exchange.end is ClientEnd.COMPLETE
        assert exchange.sent_s is not None
        assert exchange.sent_s - exchange.started_s >= 0.09
        assert service.requests[0].body == b"0123456789"


async def test_an_answer_before_the_upload_is_over_is_read() -> None:
    async with WireServer(mock=FakeService(), most_body_bytes=1000) as server:
        moves = ClientMoves(body=b"x" * 50_000_000)
        exchange = await ask(request(server, moves=moves))

        assert exchange.status == 413
        assert exchange.end is ClientEnd.COMPLETE
        assert b"over the bound" in exchange.body


async def test_an_answer_in_front_of_a_reset_is_kept() -> None:
    answered = asyncio.Event()

    async def refuse_and_reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 9\r\n\r\nhalf\n")
        await writer.drain()
        await answered.wait()
        raw = writer.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    def note(_: int) -> None:
        answered.set()

    async with raw_server(refuse_and_reset) as url:
        moves = ClientMoves(body=b"x" * 500_000, upload_piece_bytes=1000, upload_wait_s=0.01)
        exchange = await ask(Ask(url=url, path="/", moves=moves, patience_s=PATIENCE_S), on_event=note)

        assert exchange.status == 413
        assert exchange.body == b"half\n"
        assert exchange.end is ClientEnd.RESET
