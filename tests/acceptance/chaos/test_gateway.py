"""The gateway in a process of its own, with real clients, large answers, slow readers, and a sudden end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path

import cloudflare
import openai
import psutil
import pytest
from cloudflare import AsyncCloudflare
from openai import AsyncOpenAI

from fault_injection.client import ClientMoves
from fault_injection.reply import Reply, event, stream_reply
from harness.core.observed.history import ClientEnd, UpstreamEnd
from harness.mock_cloudflare.request import Request
from harness.mock_cloudflare.service import MockCloudflare
from harness.mock_cloudflare.settings import DEFAULT_NAMESPACE, MockSettings
from harness.shell.client.client import ask
from harness.shell.client.transcript import Ask
from harness.shell.gateway.controller import Controller
from harness.shell.gateway.process import GatewayProcess
from harness.shell.upstream.answering import Service
from harness.shell.upstream.wire_server import WireServer
from tests.harness.shell.fake_service import FakeService

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(180)]

MODEL = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"
LARGE = Reply(body=b"x" * 50_000_000, headers=(("content-type", "application/octet-stream"),))
MOST_GROWTH_BYTES = 120_000_000
"""What one large answer may leave in the gateway: 16 MiB in its journal, and what the allocator keeps of the rest."""


@asynccontextmanager
async def behind(service: Service, tmp_path: Path) -> AsyncIterator[tuple[GatewayProcess, WireServer]]:
    async with WireServer(mock=service) as server:
        gateway = await GatewayProcess.start(server.url, seed=7, folder=tmp_path, all_is_ours=True)
        try:
            yield gateway, server
        finally:
            await gateway.end()


async def test_official_clients_see_what_they_see_without_it(tmp_path: Path) -> None:
    settings = MockSettings()
    mock = MockCloudflare(settings)
    async with (
        behind(mock, tmp_path) as (gateway, server),
        cloudflare.DefaultAsyncHttpxClient(trust_env=False) as line,
        openai.DefaultAsyncHttpxClient(trust_env=False) as openai_line,
    ):
        v4 = f"{gateway.url}/client/v4"
        chat = AsyncOpenAI(
            api_key=settings.api_token,
            base_url=f"{v4}/accounts/{settings.account_id}/ai/v1",
            http_client=openai_line,
            max_retries=0,
        )
        store = AsyncCloudflare(api_token=settings.api_token, base_url=v4, http_client=line, max_retries=0)
        stream = await chat.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "ep-0123456789ab tokens=9"}], stream=True
        )
        pieces = [chunk async for chunk in stream]
        await store.kv.namespaces.values.update(
            "key", account_id=settings.account_id, namespace_id=DEFAULT_NAMESPACE, value=b"kept", metadata="{}"
        )
        passed, _ = await Controller(gateway.control_url).exchanges()
        sent = server.journal.exchanges()

    assert len(pieces) > 9
    assert [each.wire for each in passed] == [each.wire for each in sent]
    assert [each.end for each in passed] == [each.end for each in sent]
    assert [each.surface for each in passed] == ["ai.chat", "kv.put"]


async def test_a_large_answer_passes_whole_and_leaves_little(tmp_path: Path) -> None:
    async with behind(FakeService(LARGE), tmp_path) as (gateway, _):
        process = psutil.Process(gateway.pid)
        before = process.memory_info().rss
        answer = await ask(Ask(url=gateway.url, path="/", patience_s=120))
        grown = process.memory_info().rss - before

    assert answer.end is ClientEnd.COMPLETE
    assert sha256(answer.body).digest() == sha256(LARGE.body_bytes).digest()
    assert grown < MOST_GROWTH_BYTES


async def test_a_reader_that_hardly_reads_makes_nothing_grow(tmp_path: Path) -> None:
    async with behind(FakeService(LARGE), tmp_path) as (gateway, server):
        process = psutil.Process(gateway.pid)
        before = process.memory_info().rss
        slow = asyncio.create_task(
            ask(Ask(url=gateway.url, path="/", moves=ClientMoves(read_bytes_per_s=1.0), patience_s=6))
        )
        answer = await slow
        grown = process.memory_info().rss - before
        left = await server.journal.wait_for(lambda seen: seen[0].end is UpstreamEnd.PEER_LEFT, 20)

    assert answer.end is ClientEnd.TIMED_OUT
    assert grown < MOST_GROWTH_BYTES
    assert left


async def test_a_gateway_that_dies_ends_every_stream_on_both_sides(tmp_path: Path) -> None:
    def endless(_: Request) -> Reply:
        return stream_reply((event("word 0"), event("never", 100.0)))

    async with behind(FakeService(endless), tmp_path) as (gateway, server):
        asking = [asyncio.create_task(ask(Ask(url=gateway.url, path="/", patience_s=60))) for _ in range(50)]
        assert await server.journal.wait_for(lambda seen: sum(bool(each.pieces) for each in seen) == 50, 60)
        psutil.Process(gateway.pid).kill()
        answers = await asyncio.gather(*asking)
        ended = await server.journal.wait_for(lambda seen: all(each.end is UpstreamEnd.PEER_LEFT for each in seen), 20)

    assert {answer.end for answer in answers} <= {ClientEnd.CLOSED_EARLY, ClientEnd.RESET}
    assert ended
