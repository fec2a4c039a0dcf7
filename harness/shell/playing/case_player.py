"""Plays one case on one lane and brings back its history.

The one rule: it does what the case says and writes down what happens; it draws no conclusion, and whatever it sets up
(rules upstream, a fresh target) is gone or renewed before the next case.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from fault_injection.plan import Plan
from harness.core.judging.waits import claimed_s, sized
from harness.core.observed.history import ClientEnd, ClientExchange, HeapSample, History, Sample, UpstreamExchange
from harness.shell.client.kept import Kept
from harness.shell.playing.asker import Asker, Copy, copies
from harness.shell.playing.chats import Chats
from harness.shell.playing.lane import Lane
from harness.shell.playing.rest import MARGIN_S
from harness.shell.playing.rules import rules_of
from harness.shell.playing.stillness import stillness
from harness.shell.playing.talks import Talks
from harness.shell.socket_buffers import socket_buffers_bytes
from harness.shell.watching.heap_watch import HeapWatch
from harness.shell.watching.sampler import sample
from scenarios.case import Case, Model, Pause, Step

_SETTLE_S = 2.6
"""How long upstream calls may outlive their clients before the history is taken: longer than they are allowed to, with
the lateness of the harness that is still believed (see the trial)."""
_EARLIER = 1000
"""How many exchanges from before a case may still matter to it: an open breaker may rest on failures long ago."""
_MARGINS_S: Final[Mapping[Pause, float]] = MappingProxyType({"cache-ttl": 0.6, "most-of-cache-ttl": 0.3})
"""How much longer a pause is than the claim that it outlives, one or two of them together."""
_CALM_S = 0.05
"""Without a call for so long, a target that writes behind its answers has begun to write, or is done."""
_HANGS = 2
"""So many requests in a row without an end: what would follow says nothing more."""


class CasePlayer:
    """Plays cases on a lane. `seed` is the run's; nonces follow from it, the case's id and the attempt's number.

    A case is ended early when the target leaves requests without an end: one that nothing went wrong with upstream, or
    two in a row. `patience_s` is how long upstream's silence is watched, where that is not the target's deadline. It
    asks at the target's first door, or at that of another `dialect`.
    """

    def __init__(
        self, lane: Lane, *, seed: int, attempt: int = 1, patience_s: float | None = None, dialect: str = ""
    ) -> None:
        self._lane = lane
        self._seed = seed
        self._asker = Asker(lane, seed=seed, attempt=attempt, patience_s=patience_s, dialect=dialect)
        self._plainly = Asker(lane, seed=seed, attempt=attempt)
        self._kept: dict[str, Kept] = {}
        self._talks = Talks(lane, self._asker)
        self._chats = Chats(lane, self._asker, seed=seed)
        self._samples: list[Sample] = []
        self._heap: HeapWatch | None = None
        self._unended = 0
        self.waiting_for = "its turn"
        """What is being waited for now, for a case that never gets there."""

    @property
    def models(self) -> dict[Model, str]:
        """The names that the target's models go by."""
        return self._asker.models

    async def play(self, case: Case, *, asks_after: bool = True) -> History:
        """Play a case to its end and return what both sides saw; `asks_after` has a clean request follow it."""
        lane = self._lane
        case = sized(case, lane.target_file.capabilities)
        deaths = len(lane.deaths)
        self._samples, self._unended = [], 0
        self._heap = None
        if case.disturbs:
            self.waiting_for = "the target's breaker to close"
            await lane.let_breaker_close()
        if case.fresh:
            self.waiting_for = "the target to start afresh"
            await lane.renew()
        since = lane.server.journal.last_number
        known_since = max(lane.forgotten, since - _EARLIER)
        lane.server.set_plan(self.plan(case))
        try:
            if case.alone:
                self._sample("start")
            clients = await self._watched(case)
            nonces = {self._asker.nonce(case, copy) for step in case.steps for copy in copies(step)}
            self.waiting_for = "the upstream calls to end"
            await self._settle(nonces, since)
            if case.alone:
                await self._rest(case)
                self._sample("end")
        finally:
            lane.server.set_plan(Plan(rules=(), seed=self._seed))
            visits = (*self._talks.visits, *self._chats.visits)
            await self._talks.end()
            for kept in self._kept.values():
                kept.close()
            self._kept.clear()
        upstreams = self._upstreams(nonces, since, everything=case.disturbs)
        own = {item.number for item in upstreams}
        known = lane.server.journal.exchanges(surface="ai", since=known_since)
        self.waiting_for = "the answer to a clean request"
        alive = await self._plainly.ask_plainly(case.id, "alive") if asks_after else None
        if asks_after and self._fallback_failed(upstreams):
            await self._plainly.ask_fallback(case.id, "fallback")
        return History(
            clients=tuple(clients),
            upstreams=upstreams,
            alive=alive,
            earlier=tuple(item for item in known if item.number not in own),
            samples=tuple(self._samples),
            heaps=self._heaps(),
            deaths=lane.deaths[deaths:],
            visits=visits,
            socket_buffers_bytes=socket_buffers_bytes(),
        )

    def plan(self, case: Case) -> Plan:
        """Return the faults of a case as rules for the mock."""
        return Plan(rules=rules_of(case, self._asker), seed=self._seed)

    def _heaps(self) -> tuple[HeapSample, ...]:
        return () if self._heap is None else self._heap.seen

    async def _watched(self, case: Case) -> list[ClientExchange]:
        if not case.watches_heap:
            return await self._steps(case)
        async with HeapWatch(self._lane.pid, self._lane.url) as self._heap:
            return await self._steps(case)

    async def _steps(self, case: Case) -> list[ClientExchange]:
        done: list[ClientExchange] = []
        running: list[asyncio.Task[list[ClientExchange]]] = []
        begun = asyncio.Event()
        try:
            for step in case.steps:
                if step.start == "after" and running:
                    for finished in await asyncio.gather(*running):
                        done += finished
                    running.clear()
                    if case.alone:
                        await self._rest(case)
                        self._sample(step.label)
                    if self._hangs:
                        break
                if step.start == "first-event":
                    await _either(begun.wait(), running[-1])
                await self._before(step)
                self.waiting_for = f"step {step.label}"
                begun = asyncio.Event()
                running.append(asyncio.create_task(self._step(case, step, begun)))
            for finished in await asyncio.gather(*running):
                done += finished
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
        return done

    async def _before(self, step: Step) -> None:
        if step.restart:
            self.waiting_for = f"the target to start afresh before step {step.label}"
            await stillness(self._lane.server.journal)
            await self._lane.restart()
        if self._heap is not None:
            self.waiting_for = f"a look at the heap before step {step.label}"
            await self._heap.look()
        pause_s = self._pause_s(step.pause)
        if pause_s:
            self.waiting_for = f"the pause before step {step.label} ({step.pause}, {pause_s:g} s)"
            await asyncio.sleep(pause_s)  # a cache's life and a breaker's rest pass in real time

    def _pause_s(self, pause: Pause) -> float:
        if pause == "breaker-open":
            left_s = self._lane.rest_left_s
            return left_s + MARGIN_S if left_s else 0.0
        return claimed_s(pause, self._lane.target_file.capabilities) + _MARGINS_S.get(pause, 0.0)

    async def _step(self, case: Case, step: Step, begun: asyncio.Event) -> list[ClientExchange]:
        if step.act != "ask":
            await self._talks.visit(case, step)
            return []
        if step.deed is not None:
            for copy in copies(step):
                await self._chats.do(case, copy, on_event=lambda _: begun.set())
            return []
        every = list(copies(step))
        found: list[ClientExchange] = []
        for at in range(0, len(every), step.together):
            if self._hangs:
                break
            batch = every[at : at + step.together]
            found += await asyncio.gather(*(self._one(case, copy, begun) for copy in batch))
        return found

    async def _one(self, case: Case, copy: Copy, begun: asyncio.Event) -> ClientExchange:
        if copy.step.socket:
            asked = await self._talks.ask(case, copy, on_event=lambda _: begun.set())
        else:
            name = copy.step.manner.connection
            kept = self._kept.setdefault(name, Kept()) if name else None
            asked = await self._asker.ask(case, copy, on_event=lambda _: begun.set(), kept=kept)
        if asked.end is not ClientEnd.TIMED_OUT:
            self._unended = 0
        else:
            self._unended += 1 if self._has_reason(case, copy) else _HANGS
        return asked

    def _has_reason(self, case: Case, copy: Copy) -> bool:
        """Whether upstream's doing may be why a request has no end: a fault, or an answer that still goes on."""
        calls = self._lane.server.journal.exchanges(nonce=self._asker.nonce(case, copy))
        stores = any(rule.question is None for rule in case.upstream)  # what goes to a store carries no nonce
        return stores or any(call.faults or call.end_s is None for call in calls) or bool(copy.step.faults)

    @property
    def _hangs(self) -> bool:
        return self._unended >= _HANGS

    async def _settle(self, nonces: set[str], since: int) -> None:
        """Wait until no call of the case runs upstream any more, or until none should."""
        until_s = time.monotonic() + _SETTLE_S
        for nonce in sorted(nonces):
            left_s = max(0.0, until_s - time.monotonic())
            await self._lane.server.journal.wait_for(_is_over, left_s, nonce=nonce, since=since)

    def _upstreams(self, nonces: set[str], since: int, *, everything: bool) -> tuple[UpstreamExchange, ...]:
        exchanges = self._lane.server.journal.exchanges(since=since)
        return tuple(item for item in exchanges if item.nonce in nonces or (everything and not item.nonce))

    def _fallback_failed(self, calls: Iterable[UpstreamExchange]) -> bool:
        claims = self._lane.target_file.capabilities
        if claims.fallback_model is None or claims.circuit_breaker is None:
            return False
        return any(call.model == claims.fallback_model and call.faults for call in calls)

    async def _rest(self, case: Case) -> None:
        """Wait until nothing is written behind the answers any more: until then a target has to hold it."""
        if "cache-bounded" in case.focus:
            await stillness(self._lane.server.journal, for_s=_CALM_S)

    def _sample(self, label: str) -> None:
        taken = sample(self._lane.pid, label)
        if taken is not None:
            self._samples.append(taken)


def _is_over(exchanges: tuple[UpstreamExchange, ...]) -> bool:
    return all(item.end_s is not None for item in exchanges)


async def _either(waiting: Coroutine[object, object, object], task: asyncio.Task[list[ClientExchange]]) -> None:
    """Wait for the first event, or for the end of an exchange that never had one."""
    event = asyncio.create_task(waiting)
    try:
        await asyncio.wait({event, task}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        event.cancel()
