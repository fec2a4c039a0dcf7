"""A mock whose requests are taken by several processes: this one starts them, and knows what all have in common.

The one rule: what is true of all is decided here. A control path, asked for on whatever connection, is answered from
what every worker had seen by then, and a change is in force in every worker before its answer leaves.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self

from fault_injection.plan import Plan
from fault_injection.reply import Reply
from harness.core.serving.names import Names
from harness.mock_cloudflare.request import Request
from harness.shell.own_path import with_own_path
from harness.shell.upstream.answering import Answering, Decision, Service
from harness.shell.upstream.journal import Journal
from harness.shell.upstream.listener import bound, url_of
from harness.shell.upstream.store_control import StoreControl
from harness.shell.upstream.wire_metrics import WireMetrics
from harness.shell.upstream.workers.channel import Channel
from harness.shell.upstream.workers.journals import Ledger
from harness.shell.upstream.workers.messages import Begin, Control, Decide, HandOver, Heed, Standing

WORKER: Final = "harness.shell.upstream.workers.worker"
_END_WITHIN_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hired:
    process: asyncio.subprocess.Process
    channel: Channel


class Crew:
    """A mock on a port that `workers` processes share. Use it as an async context manager, or `start` and `close` it.

    The workers' mocks have the default settings, as `mock` has to have. `failed` is done once a worker has ended by
    itself, and says how; the others are then of no use, for what it knew is lost.
    """

    def __init__(
        self,
        *,
        mock: Service,
        workers: int,
        seed: int = 0,
        plan: Plan | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        gathers: bool = False,
    ) -> None:
        self.mock = mock
        self.seed = seed
        self._ledger = Ledger()
        self.metrics = WireMetrics(
            open_connections=lambda: self.open_connections, running_exchanges=lambda: self.running_exchanges
        )
        self.failed: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._count = workers
        self._host = host
        self._wanted_port = port
        self._gathers = gathers
        self._offset_s = datetime.now(UTC).timestamp() - time.monotonic()
        self._answering = Answering(mock, seed=seed)
        self.set_plan(plan)
        self.answer_to(())
        self._port: socket.socket | None = None
        self._hired: list[_Hired] = []
        self._standings: Sequence[Standing] = ()
        self._heeded = False
        self._one_at_a_time = asyncio.Lock()
        self._watches: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def url(self) -> str:
        """Where it is, without a path: `http://127.0.0.1:N`."""
        if self._port is None:
            raise RuntimeError("a crew has no port before start()")
        return url_of(self._host, self._port.getsockname()[1])

    @property
    def journal(self) -> Journal:
        """What every worker has seen, as far as workers have handed it over: whenever a control path is asked for."""
        return self._ledger

    @property
    def pids(self) -> tuple[int, ...]:
        """The workers' processes."""
        return tuple(each.process.pid for each in self._hired)

    @property
    def plan(self) -> Plan:
        """The plan in force."""
        return self._answering.plan

    @property
    def problems(self) -> tuple[str, ...]:
        """What went wrong inside the harness, as far as workers have told."""
        return tuple(problem for each in self._standings for problem in each.problems)

    @property
    def open_connections(self) -> int:
        """How many connections were open when workers last told."""
        return sum(each.connections for each in self._standings)

    @property
    def running_exchanges(self) -> int:
        """How many exchanges were not over when workers last told."""
        return sum(each.running for each in self._standings)

    def set_plan(self, plan: Plan | None) -> None:
        """Put a plan in force here; a control path, or `start`, has workers heed it."""
        self._answering.set_plan(plan or Plan(), now_s=self.now_s())

    def reset(self) -> None:
        """Start over here; a control path has workers do so too."""
        self.mock.reset()
        self.journal.clear()
        self._answering.reset(now_s=self.now_s())

    def answer_to(self, names: Iterable[str]) -> None:
        """Let control paths be asked by these names, besides its own and those of this machine."""
        self._control = StoreControl(self, Names(self._host, *names))

    def now_s(self) -> float:
        """Return the mock's idea of Unix time, which is the workers' as well."""
        return self._offset_s + time.monotonic()

    async def start(self) -> None:
        """Start the workers, and return when all of them listen.

        Raises:
            OSError: the port is taken, or may not be had.
        """
        alone = bound(self._host, self._wanted_port)  # shared ports are given away without a word
        port = alone.getsockname()[1]
        alone.close()
        self._port = bound(self._host, port, shared=True)
        try:
            for _ in range(self._count):
                self._hired.append(await self._hire())
            begun = [self._begin(number) for number in range(1, self._count + 1)]
            await asyncio.gather(*(each.channel.ask(begin) for each, begin in zip(self._hired, begun, strict=True)))
            await self._have_heeded()
        except BaseException:
            await self.close()
            raise
        self._watches = {asyncio.create_task(self._watch(each)) for each in self._hired}

    async def close(self) -> None:
        """End the workers, whose exchanges that still run are cut, and wait until they are gone."""
        for watch in self._watches:
            watch.cancel()
        for each in self._hired:
            each.channel.close()
        try:
            async with asyncio.timeout(_END_WITHIN_S):
                for each in self._hired:
                    await each.process.wait()
        except TimeoutError:
            pass
        finally:
            for each in self._hired:
                if each.process.returncode is None:
                    with contextlib.suppress(ProcessLookupError):
                        each.process.kill()
                    await each.process.wait()
            self._hired.clear()
            if self._port is not None:
                self._port.close()
                self._port = None

    def _begin(self, number: int) -> Begin:
        return Begin(
            host=self._host,
            port=0 if self._port is None else self._port.getsockname()[1],
            seed=self.seed,
            number=number,
            workers=self._count,
            gathers=self._gathers,
            offset_s=self._offset_s,
        )

    async def _hire(self) -> _Hired:
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", WORKER, str(theirs.fileno())),
                stdin=asyncio.subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env=with_own_path(os.environ),
                start_new_session=True,  # Ctrl-C reaches us alone
            )
        return _Hired(process=process, channel=await Channel.over(ours, self._answer))

    async def _watch(self, hired: _Hired) -> None:
        code = await hired.process.wait()
        if not self.failed.done():
            self.failed.set_result(f"worker {hired.process.pid} ended with exit code {code}")

    async def _answer(self, question: Decide | Control) -> Decision | Reply:
        match question:
            case Decide(request=request, keep_alive=keep_alive):
                return self._answering.decide(request, now_s=self.now_s(), keep_alive=keep_alive)
            case Control(request):
                return await self._controlled(request)

    async def _controlled(self, request: Request) -> Reply:
        async with self._one_at_a_time:
            await self._take_stock()
            reply = self._control.answer(request)
            if self._ledger.wants_to_forget or bool(self.plan.rules) != self._heeded:
                await self._have_heeded()
            return reply

    async def _take_stock(self) -> None:
        self._standings = await asyncio.gather(*(each.channel.ask(HandOver()) for each in self._hired))
        self._ledger.take([each.records for each in self._standings])
        totals: Counter[tuple[str, str]] = Counter()
        for each in self._standings:
            totals.update(each.counts)
        self.metrics.grow_to(totals)

    async def _have_heeded(self) -> None:
        heed = Heed(has_rules=bool(self.plan.rules), forgets=self._ledger.wants_to_forget)
        self._ledger.wants_to_forget, self._heeded = False, heed.has_rules
        await asyncio.gather(*(each.channel.ask(heed) for each in self._hired))
