"""One client's connection through the gateway: its requests one after the other, each with its answer.

The one rule: a client has upstream's connection to itself for as long as its own lasts, so that whatever either side
does to its connection the other one sees. What is no HTTP/1.1 to us is passed on blindly, never refused.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

from harness.core.gateway.request_head import LONGEST_HEAD_BYTES, RequestHead, head_end, read_head
from harness.core.observed.history import UpstreamEnd
from harness.shell.gateway.client_side import ClientSide
from harness.shell.gateway.exchange import Exchange
from harness.shell.gateway.house import House
from harness.shell.gateway.relay import Pipe, Relayed
from harness.shell.gateway.upstream_side import Link, UpstreamSide
from harness.shell.upstream.player import Played

_LEFT = Played(end=UpstreamEnd.PEER_LEFT, whole=False)


class Conversation:
    """Serves one client's connection until either side ends it."""

    def __init__(self, number: int, client: ClientSide, house: House) -> None:
        self._number = number
        self._client = client
        self._line = client.line
        self._house = house
        self._link = Link()
        self._running: Exchange | None = None

    def call_off(self) -> None:
        """End the silence that a fault has put in the answer, if it has."""
        if self._running is not None and self._running.faulted:
            self._line.hurry()

    async def run(self) -> None:
        """Serve the connection to its end; upstream's ends with it."""
        try:
            while (head := await self._next_head()) is not None:
                if not await self._exchange(head):
                    return
        except OSError:
            self._line.reset()
        finally:
            await self._link.close()
            self._line.close()

    async def _next_head(self) -> RequestHead | None:
        """Return the next request's head; None when the connection is over, or has been passed on blindly."""
        came = bytearray()
        while (end := head_end(came)) < 0:
            if not await self._idle_until_client():
                return None
            data = self._client.take()
            if not data:
                return None
            came += data
            if len(came) > LONGEST_HEAD_BYTES and head_end(came) < 0:
                await self._tunnel(bytes(came))
                return None
        head = read_head(bytes(came[:end]))
        if head is None:
            await self._tunnel(bytes(came))
            return None
        self._client.put_back(bytes(came[end:]))
        return head

    async def _idle_until_client(self) -> bool:
        """Wait for the client while nothing is asked; what upstream says meanwhile is passed on. False at its end."""
        while not self._client.has_something:
            arrival, upstream = self._client.arrival(), self._link.upstream
            if upstream is not None:
                upstream.tell(arrival)
            await arrival
            if upstream is None or self._client.has_something:
                continue
            data = upstream.take()
            if not data or not await self._line.send(data):
                return False
        return True

    async def _exchange(self, head: RequestHead) -> bool:
        """Serve one request; returns whether the connection takes another."""
        house = self._house
        record = house.journal.open(
            connection=self._number,
            method=head.method,
            path=head.path,
            query=head.query,
            headers=head.headers,
            arrived_s=time.monotonic(),
        )
        exchange = self._running = Exchange(head, record, self._client, self._link, house)
        relayed = Relayed(played=_LEFT, asked_upstream=False)
        try:
            refusal = house.refuse(head)
            relayed = await (exchange.refused(refusal) if refusal else exchange.answered())
            if relayed.upgraded:
                await self._both_ways(exchange.pipe())
                relayed = Relayed(played=Played(end=UpstreamEnd.CLOSED, whole=True))
        finally:
            self._running = None
            played = relayed.played
            if relayed.problem:
                house.note(relayed.problem)
            house.journal.close(record, end=played.end, whole=played.whole, at_s=time.monotonic())
            house.experiment.spent(head, record)
        return played.end is UpstreamEnd.KEPT and exchange.body.complete

    async def _tunnel(self, came: bytes) -> None:
        """Pass a connection on blindly from here to its end, beginning with what came."""
        if not self._house.passes_blindly:
            return
        try:
            if self._link.upstream is None:
                self._link.upstream = await UpstreamSide.to(self._house.upstream)
            await self._link.upstream.send(came)
        except OSError as error:
            self._house.note(f"upstream {self._house.upstream.netloc} cannot be reached: {error}")
            return
        await self._both_ways(None)

    async def _both_ways(self, pipe: Pipe | None) -> None:
        """Pass on whatever comes in both directions until either side ends."""
        upstream = self._link.upstream
        if upstream is None:
            return
        sending = asyncio.get_running_loop().create_task(self._send_all(upstream))
        try:
            while data := await upstream.receive(unless=self._line.left):
                if not await (pipe.send(data) if pipe else self._line.send(data)):
                    return
        except OSError:
            self._line.reset()
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def _send_all(self, upstream: UpstreamSide) -> None:
        with suppress(OSError):
            while data := await self._client.receive():
                await upstream.send(data)
