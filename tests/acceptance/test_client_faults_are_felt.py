"""Each fault of the client through a real socket, named by what the server sees of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

import pytest

from fault_injection.client import ClientMoves
from fault_injection.fault import ClientFault, Turn
from fault_injection.spec import parse
from harness.core.observed.history import ClientEnd, ClientExchange, UpstreamEnd, UpstreamExchange
from harness.mock_cloudflare.service import MockCloudflare
from harness.shell.client.client import ask
from harness.shell.client.transcript import Ask
from harness.shell.upstream.wire_server import WireServer
from tests.acceptance.feeling import NONCE, PATIENCE_S, SETTINGS, chat_body

Felt = Callable[[UpstreamExchange, ClientExchange], bool]


@dataclass(frozen=True, kw_only=True)
class Row:
    spec: str
    felt: Felt
    end: ClientEnd = ClientEnd.COMPLETE
    prompt: str = "tokens=6"

    @property
    def id(self) -> str:
        return self.spec.partition("(")[0]


def refused(upstream: UpstreamExchange, client: ClientExchange) -> bool:
    return client.status == 400 and upstream.end is UpstreamEnd.KEPT


def left(upstream: UpstreamExchange, _: ClientExchange) -> bool:
    return upstream.end is UpstreamEnd.PEER_LEFT and not upstream.whole


def left_with(events: int) -> Felt:
    """The peer left after the head and so many events had been sent."""
    return lambda upstream, client: left(upstream, client) and len(upstream.pieces) == events + 1


def slept(seconds: float) -> Felt:
    return lambda upstream, client: upstream.whole and client.end_s - upstream.arrived_s >= seconds


LATE = "tokens=6 pace_s=10"
LATE_SOON = "tokens=200 pace_s=0.05"
ROWS = (
    Row(spec="client.abort_before_head", prompt="tokens=6 first_s=30", end=ClientEnd.LEFT, felt=left),
    Row(spec="client.abort_before_head(rudely=true)", prompt="tokens=6 first_s=30", end=ClientEnd.LEFT, felt=left),
    Row(spec="client.abort_before_first_token", prompt="tokens=6 first_s=30", end=ClientEnd.LEFT, felt=left),
    Row(spec="client.abort_after", prompt=LATE, end=ClientEnd.LEFT, felt=left),
    Row(spec="client.abort_after(events=2)", prompt=LATE, end=ClientEnd.LEFT, felt=left_with(2)),
    Row(
        spec="client.abort_upload(at_byte=120)",
        end=ClientEnd.LEFT,
        felt=lambda upstream, client: left(upstream, client) and upstream.body_bytes == 120,
    ),
    Row(spec="client.slow_reader(bytes_per_s=20000.0)", felt=slept(0.05)),
    Row(spec="client.stop_reading(for_s=0.2)", prompt=LATE_SOON, end=ClientEnd.LEFT, felt=left),
    Row(spec="client.slow_upload(piece_bytes=20, wait_s=0.02)", felt=slept(0.08)),
    Row(
        spec="client.huge_request(size_bytes=300000)",
        felt=lambda upstream, client: upstream.body_bytes >= 300_000 and client.status in (200, 400, 413),
    ),
    Row(
        spec="client.many_messages",
        felt=lambda upstream, client: len(json.loads(upstream.body)["messages"]) == 1_001,
    ),
    Row(spec="client.deep_nesting", felt=lambda upstream, client: b"[" * 10_000 in upstream.body),
    Row(spec="client.not_json", felt=lambda upstream, client: refused(upstream, client) and not upstream.nonce),
    Row(spec="client.wrong_root", felt=lambda upstream, client: refused(upstream, client) and upstream.body == b"null"),
    Row(spec="client.byte_order_mark", felt=lambda upstream, client: upstream.body.startswith(b"\xef\xbb\xbf{")),
    Row(spec="client.wrong_field", felt=lambda upstream, client: refused(upstream, client)),
    Row(spec="client.invalid_utf8_body", felt=lambda upstream, client: b"\xc3\x28\xff" in upstream.body),
)
FELT_BY_THE_SERVER = frozenset(row.id for row in ROWS)


async def exchange(row: Row | None) -> tuple[UpstreamExchange, ClientExchange]:
    prompt = row.prompt if row else "tokens=6"
    moves = ClientMoves(body=json.dumps(chat_body(prompt, stream=True), separators=(",", ":")).encode())
    if row:
        fault = parse(row.spec)
        assert isinstance(fault, ClientFault)
        moves = fault.apply(moves, Turn(Random(7)))
    question = Ask(
        url="",
        path=f"/client/v4/accounts/{SETTINGS.account_id}/ai/v1/chat/completions",
        headers=(("Authorization", f"Bearer {SETTINGS.api_token}"), ("Content-Type", "application/json")),
        moves=moves,
        patience_s=PATIENCE_S,
    )
    async with WireServer(mock=MockCloudflare(SETTINGS)) as server:
        client = await ask(replace(question, url=server.url))
        assert await server.journal.wait_for(
            lambda seen: len(seen) == 1 and seen[0].end is not UpstreamEnd.RUNNING, PATIENCE_S
        )
        (upstream,) = server.journal.exchanges()
    return upstream, client


@pytest.mark.parametrize("row", ROWS, ids=[row.spec for row in ROWS])
async def test_the_fault_is_felt_by_the_server(row: Row) -> None:
    upstream, client = await exchange(row)

    assert client.end is row.end
    assert row.felt(upstream, client), (upstream, client)


async def test_a_client_without_a_fault_is_served_whole() -> None:
    upstream, client = await exchange(None)

    assert (upstream.end, upstream.whole, upstream.nonce) == (UpstreamEnd.KEPT, True, NONCE)
    assert (client.end, client.status) == (ClientEnd.COMPLETE, 200)
    told_by_time = ("client.slow_reader", "client.slow_upload")  # a busy machine is slow as well
    assert [row.spec for row in ROWS if row.id not in told_by_time and row.felt(upstream, client)] == []
