"""Plays one leak scenario on one lane: rounds of like requests, with a sample of what the target holds after each.

The one rule: a sample is taken when every client and every upstream call of its round has come to its end, or should
have; it draws no conclusion.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from itertools import count, islice
from pathlib import Path
from typing import Any, Final

from fault_injection.plan import Match, Plan, Rule
from harness.core.leaks.leak import Measure, RoundSample
from harness.core.observed.history import ClientExchange, UpstreamEnd, UpstreamExchange
from harness.errors import TargetError
from harness.shell.playing.asker import Asker, Copy
from harness.shell.playing.lane import Lane
from harness.shell.watching.holdings import Holder
from scenarios.case import Step
from scenarios.leaks import LeakScenario

_SETTLE_S: Final = 2.2
"""How long an upstream call may outlive its client."""
_ROUNDS_FOR_SITES: Final = 3


@dataclass(slots=True)
class Played:
    """What has been seen so far; it grows while the scenario is played."""

    samples: list[RoundSample] = field(default_factory=list)
    stages: list[int] = field(default_factory=lambda: [0])
    """Where in the samples each stage begins; the last sample of one is the first of the next."""
    sites: list[dict[str, Any]] = field(default_factory=list)
    """The lines whose memory grew in `requests_of_sites` further requests."""
    requests_of_sites: int = 0
    asked: int = 0
    answered: int = 0
    """How many requests got an answer of which a status is known; one that its client left counts as well."""
    struck: int = 0
    """How many upstream exchanges a fault of the scenario struck."""
    traced: bool = False
    of_heap: bool = False
    """Whether what is traced is the heap that V8's inspector tells of."""
    deaths: tuple[str, ...] = ()


class LeakPlayer:
    """Plays a scenario on a lane that nothing else uses meanwhile. `agents` is where the target's agents listen."""

    def __init__(self, lane: Lane, scenario: LeakScenario, *, seed: int, agents: Path | None) -> None:
        self._lane = lane
        self._scenario = scenario
        self._seed = seed
        self._agents = agents
        self._asker = Asker(lane, seed=seed)
        self._counted = lane.server.journal.last_number
        self.played = Played()
        """What has been seen, also while it is played and when it is broken off."""

    async def play(
        self,
        *,
        rounds: int,
        requests: int,
        plays_on: Callable[[Played], bool],
        suspects: Callable[[Played], bool],
    ) -> None:
        """Start the target afresh, warm it up, and play the rounds.

        As long as the caller then `plays_on`, it plays as many rounds again, each of twice as many requests as those
        before. When it `suspects` a leak in the end, it plays a few more to find the lines of code that leak.

        Raises:
            TargetError: when the target does not come up, or its process goes away in between.
        """
        await self._lane.restart()
        deaths = len(self._lane.deaths)
        pid = self._lane.pid
        if pid is None:
            raise TargetError("the target ended before it was asked anything")
        server = self._lane.server
        holder = Holder(pid, self._agents, url=self._lane.url)
        copies = self._copies()
        server.set_plan(Plan(rules=self._rules(), seed=self._seed))
        try:
            # Traced from the first request on: of what replaces something untraced only the new half would be seen.
            await holder.begin()
            self.played.traced, self.played.of_heap = holder.traced, holder.tells_heap
            await self._round(islice(copies, self._scenario.warm_up))
            await self._sample(holder, 0)
            made = 0
            for stage in count():
                for _ in range(rounds):
                    await self._round(islice(copies, requests << stage))
                    made += requests << stage
                    await self._sample(holder, made)
                    if len(self._lane.deaths) > deaths:
                        return
                if not plays_on(self.played):
                    break
                self.played.stages.append(len(self.played.samples) - 1)
            if holder.names_lines and suspects(self.played):
                await self._find_sites(holder, copies, requests)
        finally:
            self.played.deaths = self._lane.deaths[deaths:]
            server.set_plan(Plan(rules=(), seed=self._seed))
            await holder.end()

    async def _find_sites(self, holder: Holder, copies: Iterator[Copy], requests: int) -> None:
        await holder.remember()
        for _ in range(_ROUNDS_FOR_SITES):
            await self._round(islice(copies, requests))
        self.played.sites = await holder.grown_sites()
        self.played.requests_of_sites = _ROUNDS_FOR_SITES * requests

    def _copies(self) -> Iterator[Copy]:
        """Yield requests for ever: the steps in turn, numbered through."""
        steps = [self._as_claimed(step) for step in self._scenario.case.steps]
        for number in count():
            step = steps[number % len(steps)]
            yield Copy(step, number, f"{step.label}#{number}")

    def _as_claimed(self, step: Step) -> Step:
        return step if self._lane.target_file.capabilities.streaming else replace(step, stream=False)

    def _rules(self) -> tuple[Rule, ...]:
        return tuple(
            Rule(match=Match(surface=item.surface, every=item.every), faults=item.faults)
            for item in self._scenario.case.upstream
        )

    async def _round(self, copies: Iterator[Copy]) -> None:
        """Make the requests, so many at once, and wait for what they set off upstream."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._scenario.together):
                group.create_task(self._one_by_one(copies))
        journal = self._lane.server.journal
        await journal.wait_for(_are_over, _SETTLE_S)
        self.played.struck += sum(bool(record.faults) for record in journal.records(since=self._counted))
        self._counted = journal.last_number
        if not journal.running:  # nothing is asked of it again, and a hundred megabytes are not kept for nothing
            journal.clear()

    async def _one_by_one(self, copies: Iterator[Copy]) -> None:
        for copy in copies:
            exchange = await self._asker.ask(self._scenario.case, copy, on_event=_nothing)
            self.played.asked += 1
            self.played.answered += _was_served(exchange)

    async def _sample(self, holder: Holder, requests: int) -> None:
        holdings = await holder.sample()
        if holdings is not None:
            running = self._lane.server.journal.running
            self.played.samples.append(RoundSample(requests=requests, holdings={**holdings, Measure.UPSTREAM: running}))


def _was_served(exchange: ClientExchange) -> bool:
    left = exchange.moves.leave != "never"
    return left or (exchange.status is not None and exchange.status < HTTPStatus.INTERNAL_SERVER_ERROR)


def _are_over(exchanges: tuple[UpstreamExchange, ...]) -> bool:
    return all(item.end is not UpstreamEnd.RUNNING for item in exchanges)


def _nothing(_: int) -> None:
    """Nobody waits for single events here."""
