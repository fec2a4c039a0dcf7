"""What tests of the gateway share: one in front of an upstream, and a peer that speaks to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fault_injection.plan_file import read_plan
from harness.core.observed.history import UpstreamEnd, UpstreamExchange
from harness.shell.gateway.gateway import Gateway, GatewaySettings
from tests.harness.shell.peer import PATIENCE_S, Peer

MARK = "X-Edgeproof-Run: r1\r\n"


class Caller(Peer):
    """A peer that calls the gateway by a name of this machine."""

    async def post(self, body: bytes = b"", path: str = "/", headers: str = "") -> None:
        head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
        await self.send(head.encode() + body)

    async def status(self) -> int:
        """The status of the next answer, of which only the head is read."""
        async with asyncio.timeout(PATIENCE_S):
            head = await self.reader.readuntil(b"\r\n\r\n")
        return int(head.split()[1])


@asynccontextmanager
async def gateway(upstream: str, **more: Any) -> AsyncIterator[Gateway]:  # noqa: ANN401 - any setting
    audit = more.pop("audit", None)
    async with Gateway(GatewaySettings(upstream=upstream, **more), audit=audit) as running:
        yield running


@asynccontextmanager
async def through(running: Gateway) -> AsyncIterator[Caller]:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(running.url.rpartition(":")[2]))
    try:
        yield Caller(reader, writer)
    finally:
        writer.transport.abort()


def armed(running: Gateway, spec: str, *, p: float = 1.0, **more: Any) -> None:  # noqa: ANN401 - whatever arm takes
    plan = read_plan(f'ttl_s = 60\n[[rule]]\nfault = "{spec}"\np = {p}\n')
    running.experiment.arm(plan, **{"run": "r1", "by_nonce": False, "watched": False, **more})


async def over(running: Gateway, count: int = 1) -> tuple[UpstreamExchange, ...]:
    assert await running.journal.wait_for(
        lambda seen: sum(one.end is not UpstreamEnd.RUNNING for one in seen) >= count, PATIENCE_S
    )
    return running.journal.exchanges()
