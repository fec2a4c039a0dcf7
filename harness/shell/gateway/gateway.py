"""The gateway on its sockets: one for traffic, one of its own for those who steer it.

The one rule: it is transparent unless its guard says otherwise, at the moment of each request. Whatever goes wrong in
it, and whoever steered it dies, what passes through is no longer touched.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self
from urllib.parse import SplitResult, urlsplit

from fault_injection.plan import Plan
from fault_injection.reply import Reply
from harness.core.gateway.guard import Caps, Guard
from harness.core.gateway.request_head import RequestHead
from harness.shell.gateway.audit import Audit
from harness.shell.gateway.client_side import ClientSide
from harness.shell.gateway.conversation import Conversation
from harness.shell.gateway.experiment import Experiment
from harness.shell.gateway.helm import Helm
from harness.shell.gateway.manners import Manners
from harness.shell.upstream.connection import Connection
from harness.shell.upstream.journal import Journal
from harness.shell.upstream.listener import bound, url_of
from harness.shell.upstream.wire_metrics import WireMetrics
from harness.shell.upstream.wire_server import wall_clock_from
from harness.shell.watching.punctual import Lateness

_LOOKS_EVERY_S: Final = 0.5
_MOST_KEPT_BYTES: Final = 256 * 1024 * 1024
_MOST_PROBLEMS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySettings:
    """Where a gateway listens and whom it asks. `control_port` is on loopback always; 0 picks a free port. `names` are
    those by which clients call it besides its own and upstream's.

    `all_is_ours` is for a gateway that only a target of the run can reach; see `Guard`.
    `is_called_off` says why nobody may be faulted now, or nothing; it is asked again and again.
    """

    upstream: str
    host: str = "127.0.0.1"
    port: int = 0
    control_port: int = 0
    seed: int = 0
    token: str = field(default="", repr=False)
    names: tuple[str, ...] = ()
    all_is_ours: bool = False
    caps: Caps = field(default_factory=Caps)
    is_called_off: Callable[[], str] = str


class Gateway:
    """One gateway. Use it as an async context manager, or `start` and `close` it."""

    def __init__(self, settings: GatewaySettings, *, audit: Audit | None = None) -> None:
        self.settings = settings
        self.seed = settings.seed
        self.upstream: SplitResult = urlsplit(settings.upstream)
        self.journal = Journal(most_bytes=_MOST_KEPT_BYTES)
        self.experiment = Experiment(
            Guard(all_is_ours=settings.all_is_ours),
            audit or Audit(None),
            seed=settings.seed,
            caps=settings.caps,
            is_called_off=settings.is_called_off,
            let_go=self._let_go,
        )
        self.metrics = WireMetrics(
            open_connections=lambda: self.open_connections, running_exchanges=lambda: self.running_exchanges
        )
        self.late = Lateness()
        self._manners = Manners(
            settings.host, token=settings.token, others=(self.upstream.hostname or "", *settings.names)
        )
        self._helm = Helm(
            self,
            Manners("127.0.0.1", token=settings.token, others=settings.names, steers=True),
            note=self.note,
        )
        self._wall_clock = wall_clock_from(datetime.now(UTC))
        self._clients: dict[ClientSide, Conversation] = {}
        self._numbers = 0
        self._problems: list[str] = []
        self._servers: list[asyncio.Server] = []
        self._watching: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def start(self) -> None:
        """Bind both ports and listen.

        Raises:
            OSError: a port cannot be had.
        """
        loop = asyncio.get_running_loop()
        places = ((self.settings.host, self.settings.port), ("127.0.0.1", self.settings.control_port))
        listeners: list[socket.socket] = []
        try:
            for host, port in places:
                listeners.append(bound(host, port))
        except OSError:
            for listener in listeners:
                listener.close()
            raise
        makers: tuple[Callable[[], asyncio.Protocol], ...] = (self._accept, self._helm.accept)
        for maker, listener in zip(makers, listeners, strict=True):
            self._servers.append(await loop.create_server(maker, sock=listener, backlog=1024))
        self._watching = loop.create_task(self._watch())
        self.experiment.audit.note("started", upstream=self.upstream.netloc, url=self.url)

    async def close(self) -> None:
        """Revert first, then stop listening and drop every connection."""
        if not self._servers:
            return
        await self.experiment.reverted("the gateway was stopped")
        for server in self._servers:
            server.close()
        sides: list[ClientSide | Connection] = [*self._clients, *self._helm.hands]
        tasks = [side.task for side in sides if side.task is not None]
        for side in sides:
            side.abort()
        for task in (*tasks, *([self._watching] if self._watching else [])):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._servers.clear()
        self.experiment.audit.note("stopped")
        self.experiment.audit.close()

    @property
    def url(self) -> str:
        """Where its traffic goes in, without a path."""
        return url_of(self.settings.host, _port(self._servers, 0))

    @property
    def control_url(self) -> str:
        """Where it is steered, without a path."""
        return f"http://127.0.0.1:{_port(self._servers, 1)}"

    @property
    def plan(self) -> Plan:
        """The plan that was last in force."""
        return self.experiment.guard.plan

    @property
    def is_steered(self) -> bool:
        """Whether anybody is connected who steers it."""
        return bool(self._helm.hands)

    @property
    def problems(self) -> tuple[str, ...]:
        """What went wrong in the gateway or on its way to upstream, at most the first hundred."""
        return tuple(self._problems)

    @property
    def open_connections(self) -> int:
        """How many clients are connected."""
        return len(self._clients)

    @property
    def running_exchanges(self) -> int:
        """How many exchanges are not over yet."""
        return self.journal.running

    def now_s(self) -> float:
        """Return Unix time."""
        return self._wall_clock()

    def set_plan(self, plan: Plan | None) -> None:
        """Revert; a plan is put in force by the experiment alone, which knows whom it is for."""
        self.experiment.revert("the plan was taken away")

    def reset(self) -> None:
        """Revert and forget every exchange."""
        self.experiment.revert("the gateway was reset")
        self.journal.clear()

    # What follows is for its conversations.

    def refuse(self, head: RequestHead) -> Reply | None:
        """Return the answer to a request that may not pass; None when it may."""
        return self._manners.refusal(head.headers)

    @property
    def passes_blindly(self) -> bool:
        """Whether what is no HTTP may pass."""
        return self._manners.asks_nobody

    def note(self, problem: str) -> None:
        """Keep what went wrong in the gateway itself."""
        if len(self._problems) < _MOST_PROBLEMS:
            self._problems.append(problem)
            self.experiment.audit.note("problem", what=problem)

    def _accept(self) -> ClientSide:
        return ClientSide(self._converse, on_close=lambda side: None)

    def _converse(self, client: ClientSide) -> asyncio.Task[None]:
        self._numbers += 1
        conversation = Conversation(self._numbers, client, self)
        self._clients[client] = conversation
        return asyncio.get_running_loop().create_task(self._run(client, conversation))

    async def _run(self, client: ClientSide, conversation: Conversation) -> None:
        try:
            await conversation.run()
        except Exception as error:  # noqa: BLE001 - whatever breaks here is ours, and must not take the gateway along
            self.note(f"{error!r} on a connection; it was dropped")
            client.abort()
        finally:
            self._clients.pop(client, None)

    async def _watch(self) -> None:
        async with self.late.watching():
            while True:
                self.experiment.look()
                await asyncio.sleep(_LOOKS_EVERY_S)

    def _let_go(self) -> None:
        for conversation in tuple(self._clients.values()):
            with suppress(RuntimeError):
                conversation.call_off()


def _port(servers: list[asyncio.Server], place: int) -> int:
    if not servers:
        raise RuntimeError("the gateway has no port before start()")
    port: int = servers[place].sockets[0].getsockname()[1]
    return port
