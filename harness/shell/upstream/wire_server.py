"""The mock on a socket: HTTP/1.1 from scratch, because no correct server will send what the faults need sent.

The one rule: the server decides nothing about protocol content. It asks the service, lets faults rewrite the answer,
plays the script and writes down what happened; a crash on the way is the harness's and is recorded as such.
"""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import count
from types import TracebackType
from typing import Self

from fault_injection.plan import Plan, Rule
from fault_injection.rendering import render
from fault_injection.wire import WireScript, gathered
from harness.core.observed.history import Bypassed, UpstreamEnd
from harness.core.serving.names import Names
from harness.shell.upstream.answering import Answering, Service, asked_by, error_reply
from harness.shell.upstream.arrival import Arrival
from harness.shell.upstream.connection import Connection
from harness.shell.upstream.control import is_control
from harness.shell.upstream.elsewhere import Elsewhere
from harness.shell.upstream.journal import Journal
from harness.shell.upstream.listener import bound, url_of
from harness.shell.upstream.player import Played, play
from harness.shell.upstream.record import Record
from harness.shell.upstream.store_control import StoreControl
from harness.shell.upstream.wire_metrics import WireMetrics
from scenarios.prompt import NONCE

MOST_BODY_BYTES = 64 * 1024 * 1024
_MOST_PROBLEMS = 100


def wall_clock_from(started: datetime) -> Callable[[], float]:
    """Return a clock of Unix time that never jumps: a start in wall time, then monotonic."""
    offset_s = started.timestamp() - time.monotonic()
    return lambda: offset_s + time.monotonic()


class WireServer:
    """A mock on a port of its own. Use it as an async context manager, or `start` and `close` it.

    One that `gathers` writes in one piece whatever no wait separates, where no fault has struck. It is for load alone:
    the pieces are then not those that Workers AI sends. One of several on a `shared` port has their `connections`
    numbered, keeps what it sees in a `journal` of their kind, and asks `elsewhere` for what all have in common.
    """

    def __init__(
        self,
        *,
        mock: Service,
        seed: int = 0,
        plan: Plan | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        most_body_bytes: int = MOST_BODY_BYTES,
        wall_clock: Callable[[], float] | None = None,
        gathers: bool = False,
        shared: bool = False,
        connections: Iterator[int] | None = None,
        journal: Journal | None = None,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self.journal = journal or Journal()
        self.mock = mock
        self.seed = seed
        self.host = host
        self._wanted_port = port
        self._most_body_bytes = most_body_bytes
        self._gathers = gathers
        self._shared = shared
        self._elsewhere = elsewhere
        self._wall_clock = wall_clock or wall_clock_from(datetime.now(UTC))
        self._answering = Answering(mock, seed=seed)
        self.set_plan(plan)
        self.metrics = WireMetrics(
            open_connections=lambda: self.open_connections, running_exchanges=lambda: self.running_exchanges
        )
        self.answer_to(())
        self._server: asyncio.Server | None = None
        self._connections: set[Connection] = set()
        self._connection_numbers = connections or count(1)
        self._running = 0
        self._problems: list[str] = []

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def port(self) -> int:
        """The port it listens on.

        Raises:
            RuntimeError: when it has not been started.
        """
        if self._server is None:
            raise RuntimeError("the wire server has no port before start()")
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """Where it is, without a path: `http://127.0.0.1:N`."""
        return url_of(self.host, self.port)

    @property
    def problems(self) -> tuple[str, ...]:
        """What went wrong inside the harness itself, at most the first hundred; never the target's fault."""
        return tuple(self._problems)

    @property
    def open_connections(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    @property
    def running_exchanges(self) -> int:
        """How many exchanges are not over yet."""
        return self._running

    @property
    def plan(self) -> Plan:
        """The plan in force, without the rules added for single nonces."""
        return self._answering.plan

    def set_plan(self, plan: Plan | None) -> None:
        """Put a plan in force from now on, its timeline and counters at their start; None for no faults."""
        self._answering.set_plan(plan or Plan(), now_s=self._wall_clock())

    def add_rules(self, rules: Iterable[Rule]) -> None:
        """Add rules that each match one nonce; cheap however many there are. See `Answering.add_rules`."""
        self._answering.add_rules(rules, now_s=self._wall_clock())

    def remove_rules(self, nonce: str) -> None:
        """Remove the rules that were added for a nonce."""
        self._answering.remove_rules(nonce)

    def reset(self) -> None:
        """Start over: the service, the journal, the plan's counters and timeline, and no rules of single nonces."""
        self.mock.reset()
        self.journal.clear()
        self._answering.reset(now_s=self._wall_clock())

    def answer_to(self, names: Iterable[str]) -> None:
        """Let its control paths be asked by these names, besides its own and those of this machine."""
        self._control = StoreControl(self, Names(self.host, *names))

    def now_s(self) -> float:
        """Return the mock's idea of Unix time."""
        return self._wall_clock()

    async def start(self) -> None:
        """Bind and listen."""
        loop = asyncio.get_running_loop()
        listener = bound(self.host, self._wanted_port, shared=self._shared)
        self._server = await loop.create_server(self._accept, sock=listener, backlog=1024)

    async def close(self) -> None:
        """Stop listening and drop every connection; exchanges that still run are recorded as cut by the mock."""
        if self._server is None:
            return
        self._server.close()
        tasks = [connection.task for connection in self._connections if connection.task is not None]
        for connection in tuple(self._connections):
            connection.abort()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._server = None

    def _accept(self) -> Connection:
        return Connection(
            next(self._connection_numbers),
            self._handle,
            most_body_bytes=self._most_body_bytes,
            on_open=self._connections.add,
            on_close=self._connections.discard,
        )

    async def _handle(self, arrival: Arrival, connection: Connection) -> bool:
        request = arrival.request
        if is_control(request) and not arrival.partial and not arrival.refused:
            return await self._answer_control(arrival, connection)
        record = self.journal.open(
            connection=connection.number,
            method=request.method,
            path=request.path,
            query=request.query,
            headers=request.headers,
            body=request.body,
            arrived_s=arrival.arrived_s,
        )
        self._running += 1
        played = Played(end=UpstreamEnd.CLOSED, whole=False)
        try:
            if arrival.partial:
                found = NONCE.search(request.body.decode("latin-1"))
                self.journal.describe(record, surface="unknown", nonce=found.group() if found else "")
                played = Played(end=UpstreamEnd.PEER_LEFT, whole=False)
            else:
                script = await self._script(arrival, record)
                played = await play(
                    script,
                    connection.line,
                    lambda data: self.journal.sent(record, data, time.monotonic()),
                    lambda: self.journal.taken(record, time.monotonic()),
                    brisk=not record.faults,
                )
        except Exception as error:  # noqa: BLE001 - whatever breaks here is ours, and must not look like the target's
            self._note(error, f"playing the answer to {request.method} {request.path}")
            connection.abort()
        finally:
            self._running -= 1
            self.journal.close(record, end=played.end, whole=played.whole, at_s=time.monotonic())
        return played.end is UpstreamEnd.KEPT

    async def _answer_control(self, arrival: Arrival, connection: Connection) -> bool:
        request, elsewhere = arrival.request, self._elsewhere
        try:
            reply = await elsewhere.control(request) if elsewhere else self._control.answer(request)
        except Exception as error:  # noqa: BLE001 - see above
            self._note(error, f"answering {request.method} {request.path}")
            reply = error_reply(500, f"harness error: {error!r}")
        script = render(reply, asked_by(request, keep_alive=arrival.keep_alive))
        played = await play(script, connection.line, lambda _: None)
        return played.end is UpstreamEnd.KEPT

    async def _script(self, arrival: Arrival, record: Record) -> WireScript:
        request = arrival.request
        if arrival.refused:
            return render(error_reply(arrival.refused, arrival.reason), asked_by(request, keep_alive=False))
        try:
            if self._elsewhere is not None and self._elsewhere.decides(request):
                decision = await self._elsewhere.decide(request, keep_alive=arrival.keep_alive)
            else:
                decision = self._answering.decide(request, now_s=self._wall_clock(), keep_alive=arrival.keep_alive)
        except Exception as error:  # noqa: BLE001 - see above
            self._note(error, f"answering {request.method} {request.path}")
            reply = error_reply(500, f"harness error, not an answer of Cloudflare's: {error!r}")
            return render(reply, asked_by(request, keep_alive=False))
        if not decision.struck and not decision.bypassed:  # as nearly always under load
            self.journal.describe(record, surface=decision.surface, model=decision.model, nonce=decision.nonce)
            self.metrics.count(decision.surface)
            return gathered(decision.script) if self._gathers else decision.script
        self.journal.describe(
            record,
            surface=decision.surface,
            model=decision.model,
            nonce=decision.nonce,
            faults=tuple(map(str, decision.struck)),
            bypassed=tuple(Bypassed(fault=str(bypass.fault), because=bypass.because) for bypass in decision.bypassed),
            struck_byte=decision.struck_byte,
        )
        self.metrics.count(
            decision.surface,
            struck=tuple(fault.id for fault in decision.struck),
            bypassed=tuple(bypass.fault.id for bypass in decision.bypassed),
        )
        return gathered(decision.script) if self._gathers and not decision.struck else decision.script

    def _note(self, error: Exception, doing: str) -> None:
        if len(self._problems) < _MOST_PROBLEMS:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            self._problems.append(f"{error!r} while {doing}, at {frame.filename}:{frame.lineno}")
