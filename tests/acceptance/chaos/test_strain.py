"""A gateway under more than it will ever meet: ten thousand strangers beside a run, and an answer without measure."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psutil
import pytest

from fault_injection.plan_file import read_plan
from fault_injection.reply import json_reply
from harness.core.gateway.guard import Caps
from harness.shell.gateway.controller import Controller
from harness.shell.gateway.process import GatewayProcess
from harness.shell.upstream.wire_server import WireServer
from tests.harness.shell.fake_service import FakeService
from tests.harness.shell.raw_server import raw_server

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(280)]

STRANGERS = 10_000
CLIENTS = 10
PLAN = read_plan('ttl_s = 600\n[[rule]]\nfault = "http.status(code=503)"\n')
ASKED = b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\n%s\r\n"
WHOLE = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 16\r\n\r\n{"success":true}'
PIECE = bytes(range(256)) * 256
PIECES = 16_000
"""So many make a gigabyte."""
MOST_READ_BYTES = 1 << 20
EXPECTED = PIECE * (1 + MOST_READ_BYTES // len(PIECE))
"""Whatever a read may give begins somewhere in the first piece. To compare is cheaper than to hash a gigabyte twice."""
MOST_GROWTH_BYTES = 120_000_000


async def asked(url: str, head: bytes, times: int, size: int) -> list[bytes]:
    """Ask so often on one connection, and return the first bytes of every answer."""
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    answers = []
    for _ in range(times):
        writer.write(head)
        answers.append(await reader.readexactly(size))
    writer.transport.abort()
    return answers


async def test_ten_thousand_strangers_are_not_touched_while_a_run_is_faulted_up_to_its_cap(tmp_path: Path) -> None:
    async with WireServer(mock=FakeService(json_reply(b'{"success":true}'))) as server:
        head = await asked(server.url, ASKED % b"", 1, len(WHOLE))
        gateway = await GatewayProcess.start(server.url, seed=7, folder=tmp_path)
        try:
            controller = Controller(gateway.control_url)
            await controller.arm(PLAN, run="r1", caps=Caps(faulted=40), by_nonce=False)
            async with controller.beating():
                strangers = [asked(gateway.url, ASKED % b"", STRANGERS // CLIENTS, len(WHOLE)) for _ in range(CLIENTS)]
                ours = [asked(gateway.url, ASKED % b"X-Edgeproof-Run: r1\r\n", 1, 12) for _ in range(60)]
                found = await asyncio.gather(*strangers, *ours)
                state = await controller.state()
        finally:
            await gateway.end()

    clean = [answer for answers in found[:CLIENTS] for answer in answers]
    assert head == [WHOLE]
    assert (len(clean), set(clean)) == (STRANGERS, {WHOLE})
    statuses = [answer for answers in found[CLIENTS:] for answer in answers]
    assert statuses.count(b"HTTP/1.1 503") == state["faulted"] == 40
    assert statuses.count(b"HTTP/1.1 200") == 20
    assert "40 requests have been faulted" in state["why"]


async def test_a_gigabyte_passes_whole_in_little_memory(tmp_path: Path) -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(PIECE) * PIECES))
        for _ in range(PIECES):
            writer.write(PIECE)
            await writer.drain()

    size, wrong = 0, 0
    async with raw_server(endless) as url:
        gateway = await GatewayProcess.start(url, seed=7, folder=tmp_path)
        try:
            before = psutil.Process(gateway.pid).memory_info().rss
            host, _, port = gateway.url.removeprefix("http://").partition(":")
            reader, writer = await asyncio.open_connection(host, int(port))
            writer.write(ASKED % b"Connection: close\r\n")
            await reader.readuntil(b"\r\n\r\n")
            while data := await reader.read(MOST_READ_BYTES):
                first = size % len(PIECE)
                wrong += data != EXPECTED[first : first + len(data)]
                size += len(data)
            grown = psutil.Process(gateway.pid).memory_info().rss - before
            writer.close()
        finally:
            await gateway.end()

    assert (size, wrong) == (len(PIECE) * PIECES, 0)
    assert grown < MOST_GROWTH_BYTES
