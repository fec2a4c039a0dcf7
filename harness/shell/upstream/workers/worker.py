"""A worker: a process that answers on a port which others answer on as well, and asks its crew for what they share.

The one rule: it lives as long as the crew's end of the channel, and no longer, however the crew has ended.
"""

from __future__ import annotations

import socket
import sys
import time
from contextlib import suppress
from itertools import count
from typing import TypeAlias

from fault_injection.reply import Reply
from harness.mock_cloudflare.request import Request
from harness.mock_cloudflare.service import MockCloudflare
from harness.mock_cloudflare.settings import MockSettings
from harness.shell.loop import run
from harness.shell.upstream.answering import FAULT_HEADER, Decision
from harness.shell.upstream.told import Told
from harness.shell.upstream.wire_server import WireServer
from harness.shell.upstream.workers.channel import Channel
from harness.shell.upstream.workers.journals import Outbox
from harness.shell.upstream.workers.messages import Begin, Control, Decide, HandOver, Heed, Standing

Question: TypeAlias = Begin | Heed | HandOver


class Worker:
    """Does what its crew says, over a channel, and asks it for what is not its own."""

    def __init__(self) -> None:
        self._channel: Channel | None = None
        self._mock = MockCloudflare(MockSettings())
        self._journal = Outbox()
        self._server: WireServer | None = None
        self._told: Told | None = None
        self._has_rules = False

    async def work(self, pair: socket.socket) -> None:
        """Work until the crew is gone."""
        self._channel = channel = await Channel.over(pair, self._answer)
        await channel.lost
        if self._told is not None:
            self._told.finish()
        if self._server is not None:
            await self._server.close()

    def decides(self, request: Request) -> bool:
        """Whether the crew decides on a request: where rules count, a store is meant, or a fault was asked for."""
        return self._has_rules or self._mock.remembers(request) or request.header(FAULT_HEADER) is not None

    async def decide(self, request: Request, *, keep_alive: bool) -> Decision:
        """Ask the crew what is to be done about a request."""
        decision: Decision = await self._crew.ask(Decide(request=request, keep_alive=keep_alive))
        return decision

    async def control(self, request: Request) -> Reply:
        """Ask the crew for the answer to a control path."""
        reply: Reply = await self._crew.ask(Control(request))
        return reply

    @property
    def _crew(self) -> Channel:
        if self._channel is None:
            raise RuntimeError("a worker asks nobody before it works")
        return self._channel

    async def _answer(self, question: Question) -> Standing | None:
        match question:
            case Begin():
                await self._begin(question)
            case Heed(has_rules=has_rules, forgets=forgets):
                self._has_rules = has_rules
                if forgets:
                    self._journal.clear()
            case HandOver():
                return self._standing()
        return None

    async def _begin(self, begin: Begin) -> None:
        self._server = server = WireServer(
            mock=self._mock,
            seed=begin.seed,
            host=begin.host,
            port=begin.port,
            wall_clock=lambda: begin.offset_s + time.monotonic(),
            gathers=begin.gathers,
            shared=True,
            connections=count(begin.number, begin.workers),
            journal=self._journal,
            elsewhere=self,
        )
        await server.start()
        self._told = Told(self._journal, _say)

    def _standing(self) -> Standing:
        server = self._server
        if server is None:
            raise RuntimeError("a worker has nothing to hand over before it begins")
        return Standing(
            records=self._journal.hand_over(),
            counts=server.metrics.totals(),
            running=server.running_exchanges,
            connections=server.open_connections,
            problems=server.problems,
        )


def _say(line: str) -> None:
    with suppress(OSError, ValueError):  # nobody listens
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()


if __name__ == "__main__":
    run(Worker().work(socket.socket(fileno=int(sys.argv[1]))))
