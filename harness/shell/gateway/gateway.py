"""The gateway on its sockets: one for traffic, one of its own for those who steer it.

The one rule: it is transparent unless its guard says otherwise, at the moment of each request. Whatever goes wrong in
it, and whoever steered it dies, what passes through is no longer touched.
"""

from __future__ import annotations

import asyncio
import hashlib
import socket
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self
from urllib.parse import SplitResult, urlsplit

from fault_injection.apply import Strike
from fault_injection.plan import Plan
from fault_injection.plan_file import show_plan
from fault_injection.reply import Reply
from harness.core.gateway.guard import Caps, Guard, State
from harness.core.gateway.request_head import RequestHead
from harness.shell.gateway.audit import Audit
from harness.shell.gateway.client_side import ClientSide
from harness.shell.gateway.conversation import Conversation
from harness.shell.gateway.facts import facts_of
from harness.shell.gateway.helm import Helm
from harness.shell.gateway.manners import Manners
from harness.shell.upstream.connection import Connection
from harness.shell.upstream.journal import Journal
from harness.shell.upstream.record import Record
from harness.shell.upstream.wire_metrics import WireMetrics
from harness.shell.upstream.wire_server import wall_clock_from
from harness.shell.watching.punctual import Lateness

LOOKS_EVERY_S: Final = 0.5
_MOST_KEPT_BYTES: Final = 256 * 1024 * 1024
_MOST_PROBLEMS: Final = 100
_MOST_IDENTITIES: Final = 100_000
_SEND_BUFFER_BYTES: Final = 65_536
_REVERTS_WITHIN_S: Final = 2.0


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
        self.guard = Guard(all_is_ours=settings.all_is_ours)
        self.metrics = WireMetrics(
            open_connections=lambda: self.open_connections, running_exchanges=lambda: self.running_exchanges
        )
        self.audit = audit or Audit(None)
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
        self._seen: OrderedDict[str, int] = OrderedDict()
        self._clients: dict[ClientSide, Conversation] = {}
        self._numbers = 0
        self._problems: list[str] = []
        self._servers: list[asyncio.Server] = []
        self._watching: asyncio.Task[None] | None = None
        self._told = State.TRANSPARENT

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
                listeners.append(_listener(host, port))
        except OSError:
            for listener in listeners:
                listener.close()
            raise
        makers: tuple[Callable[[], asyncio.Protocol], ...] = (self._accept, self._helm.accept)
        for maker, listener in zip(makers, listeners, strict=True):
            self._servers.append(await loop.create_server(maker, sock=listener, backlog=1024))
        self._watching = loop.create_task(self._watch())
        self.audit.note("started", upstream=self.upstream.netloc, url=self.url)

    async def close(self) -> None:
        """Revert first, then stop listening and drop every connection."""
        if not self._servers:
            return
        await self.reverted("the gateway was stopped")
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
        self.audit.note("stopped")
        self.audit.close()

    @property
    def url(self) -> str:
        """Where its traffic goes in, without a path."""
        host = f"[{self.settings.host}]" if ":" in self.settings.host else self.settings.host
        return f"http://{host}:{_port(self._servers, 0)}"

    @property
    def control_url(self) -> str:
        """Where it is steered, without a path."""
        return f"http://127.0.0.1:{_port(self._servers, 1)}"

    @property
    def plan(self) -> Plan:
        """The plan that was last in force."""
        return self.guard.plan

    @property
    def state(self) -> State:
        """What it does with marked requests now."""
        return self.guard.look(time.monotonic())

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

    def arm(self, plan: Plan, *, run: str, caps: Caps | None = None, by_nonce: bool, watched: bool) -> None:
        """Put a plan in force from now on, under the lower of its caps and the gateway's own. See `Guard.arm`.

        Raises:
            GuardError: it may not be.
        """
        seeded = plan if plan.seed else replace(plan, seed=self.seed)
        bounded = (caps or self.settings.caps).within(self.settings.caps)
        self.guard.arm(seeded, run=run, now_s=time.monotonic(), caps=bounded, by_nonce=by_nonce, watched=watched)
        self._seen.clear()
        self._told = State.ARMED
        text = show_plan(seeded)
        self.audit.note(
            "armed",
            run=run,
            plan_sha256=hashlib.sha256(text.encode()).hexdigest(),
            plan=text,
            caps={name: getattr(self.guard.caps, name) for name in ("requests", "faulted", "tokens")},
        )
        self._look()

    def set_plan(self, plan: Plan | None) -> None:
        """Revert; a plan is put in force by `arm` alone, which knows whom it is for."""
        self.revert("the plan was taken away")

    def reset(self) -> None:
        """Revert and forget every exchange."""
        self.revert("the gateway was reset")
        self.journal.clear()

    def revert(self, why: str) -> None:
        """Stop every fault from now on; silences that faults have put in answers end."""
        self.guard.revert(why)
        self._look()

    async def reverted(self, why: str) -> None:
        """Revert, and return once no answer with faults is under way any more, or none should be."""
        self.revert(why)
        until_s = time.monotonic() + _REVERTS_WITHIN_S
        while self.guard.state is State.REVERTING and time.monotonic() < until_s:  # noqa: ASYNC110 - it raises no event
            await asyncio.sleep(0.02)
        self._look()

    # What follows is for its conversations.

    @property
    def is_armed(self) -> bool:
        """Whether a plan is in force that nobody has called off."""
        return self._look() is State.ARMED

    @property
    def may_strike(self) -> bool:
        """Whether faults may strike anybody at this moment."""
        return self.guard.may_strike(time.monotonic())

    def refuse(self, head: RequestHead) -> Reply | None:
        """Return the answer to a request that may not pass; None when it may."""
        return self._manners.refusal(head.headers)

    @property
    def passes_blindly(self) -> bool:
        """Whether what is no HTTP may pass."""
        return self._manners.asks_nobody

    def strikes(self, head: RequestHead, body: bytes) -> tuple[Strike, ...]:
        """Decide which faults hit a request."""
        if not self.is_armed:
            return ()
        facts = facts_of(head, body)
        decision = self.guard.decide(
            replace(facts, occurrence=self._occurrence(facts.identity)), now_s=time.monotonic()
        )
        self._look()
        return decision.strikes if decision else ()

    def over(self, record: Record, *, struck_at_s: float | None) -> None:
        """Take note that an exchange with faults is over; what struck it is written down before anything follows."""
        if record.faults:
            self.audit.note("struck", number=record.number, nonce=record.nonce, faults=list(record.faults))
            if self.audit.is_broken:
                self.revert("the audit log cannot be written")
        self.guard.over(struck_at_s=struck_at_s)
        self._look()

    def spent(self, head: RequestHead, body: bytes, record: Record) -> None:
        """Take note that an exchange is over, and count what it cost."""
        if self.guard.marks(head.headers, record.nonce):
            self.guard.spend(sum(piece.data.count(b"data:") for piece in record.pieces))
            self._look()

    def note(self, problem: str) -> None:
        """Keep what went wrong in the gateway itself."""
        if len(self._problems) < _MOST_PROBLEMS:
            self._problems.append(problem)
            self.audit.note("problem", what=problem)

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

    def _occurrence(self, identity: str) -> int:
        nth = self._seen.pop(identity, 0) + 1
        self._seen[identity] = nth
        if len(self._seen) > _MOST_IDENTITIES:
            self._seen.popitem(last=False)
        return nth

    async def _watch(self) -> None:
        async with self.late.watching():
            while True:
                self._look()
                await asyncio.sleep(LOOKS_EVERY_S)

    def _look(self) -> State:
        """See what has become of the experiment; whoever waits for a fault's sake is let go when it is over."""
        if self.guard.state is State.ARMED and (why := self.settings.is_called_off()):
            self.guard.revert(why)
        state = self.guard.look(time.monotonic())
        if state is not self._told:
            self._told = state
            self.audit.note(state.value, why=self.guard.why, struck=dict(self.guard.struck))
            if state is not State.ARMED:
                for conversation in tuple(self._clients.values()):
                    with suppress(RuntimeError):
                        conversation.call_off()
        return state


def _listener(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener


def _port(servers: list[asyncio.Server], place: int) -> int:
    if not servers:
        raise RuntimeError("the gateway has no port before start()")
    port: int = servers[place].sockets[0].getsockname()[1]
    return port
