"""Where the suites of one run play: targets started for each of them, and the time that each may take.

The one rule: no suite meets what another has left behind, and what one suite cannot do stops none of the others.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from typing import Final, TypeAlias

from pydantic import JsonValue

from harness.cli.running.session import Session
from harness.core.judging.resilience import Coverage, reach_of
from harness.core.judging.stalls import Stalls
from harness.core.run.budget import Budget, shared
from harness.core.target.file import TargetFile
from harness.errors import HarnessError, TargetError
from harness.shell.playing.asker import Asker
from harness.shell.playing.lane import Lane
from reports.live.events import LoadEvent
from reports.record import CaseResult

_GRACE_S: Final = 8.0
"""How much longer than it may a suite is given to come to its end by itself."""

Suite: TypeAlias = Callable[["Stage"], Awaitable[None]]
"""What plays one suite on a stage."""


@dataclass(slots=True, kw_only=True)
class Stage:
    """Where the suites of one run play. `sections` is what they measured, by the name of the record's section, in the
    last round; `watch` is what the targets' environment gets so that they can be measured, and `measured` the target
    that counts what it runs, if that is another one. `on_round` hears of each round as it begins."""

    session: Session
    say: Callable[[str], None]
    on_start: Callable[[str], None]
    on_result: Callable[[CaseResult], None]
    on_round: Callable[[], None]
    watch: Mapping[str, str] = field(default_factory=dict)
    measured: TargetFile | None = None
    sections: dict[str, dict[str, JsonValue]] = field(default_factory=dict)
    on_played: Callable[[], None] = lambda: None
    """Hears of every play of a search."""
    on_sample: Callable[[LoadEvent], None] | None = None
    """Hears now and then how a load goes."""
    causes: dict[str, str] = field(default_factory=dict)
    """Why a suite has not judged all it should have, by its name."""
    budgets: dict[str, Budget] = field(default_factory=dict)
    """How long each suite of this round may take; it is shared out as they begin."""
    resilience: Coverage = field(init=False)
    """What the faults of all suites have met."""
    stalls: Stalls = field(init=False)
    """What this round knows of the target behind a silent upstream."""

    _logs: Path = field(init=False)
    _run: Budget = field(init=False)

    def __post_init__(self) -> None:
        """Begin with nothing met."""
        self.resilience = Coverage(reach_of(self.session.target, longest_wait_s=self.session.amount.longest_wait_s))
        self._logs = self.session.logs(1)

    def begin(self, number: int) -> None:
        """Begin a round; each of several has logs of its own."""
        if self.session.repeat > 1:
            self.say(f"round {number} of {self.session.repeat}")
        self._logs = self.session.logs(number)
        self.budgets.clear()
        self._run = Budget(total_s=self.session.amount.total_s, begun_s=time.monotonic(), owner="this run")
        self.stalls = Stalls(claimed=self.session.target.limits.deadline_s is not None)
        self.on_round()

    async def play(self, suite: str, played: Suite, *, behind: Sequence[str]) -> None:
        """Play one suite in the time that it may take; those `behind` it get theirs whatever it does."""
        budget = shared(self._run, suite, behind=behind, least_s=self.session.amount.least_s, now_s=time.monotonic())
        self.budgets[suite] = budget
        limit_s = None if budget.total_s == inf else budget.total_s + _GRACE_S
        try:
            async with asyncio.timeout(limit_s) as limit:
                await played(self)
        except TimeoutError:
            if not limit.expired():
                raise
        except TargetError as error:
            if len(self.budgets) == 1:  # the target has never been judged: that is for the user to fix
                raise
            self.causes[suite] = f"not judged: {error}"
        self.causes.setdefault(suite, budget.cause)

    @asynccontextmanager
    async def lanes(
        self, suite: str, most: int, *, watch: Mapping[str, str] | None = None, target: TargetFile | None = None
    ) -> AsyncIterator[list[Lane]]:
        """Start the target, `most` times at most, and make sure that it and its mock know one another.

        `watch` is what its environment gets instead of the run's own, `target` the same target to be watched.
        """
        session, name = self.session, self.session.target.name
        lanes = [
            Lane(
                target or session.target,
                seed=session.seed,
                logs=self._logs / suite / str(index),
                upstream_port=session.upstream_port,
                extra_env=self.watch if watch is None else watch,
            )
            for index in range(1, session.lanes(most) + 1)
        ]
        verb = "starting" if session.target.command else "attaching to"
        self.say(f"{verb} {name}" + (f" on {len(lanes)} ports" if len(lanes) > 1 else ""))
        async with _running(lanes):
            self.on_start(lanes[0].url)
            await Asker(lanes[0], seed=session.seed).check_wiring()
            for dialect in dict.fromkeys(case.dialect for case in session.cases if case.dialect):
                await Asker(lanes[0], seed=session.seed, dialect=dialect).check_wiring()
            self.say(f"{suite}: judging {name}, seed {session.seed}")
            yield lanes


@asynccontextmanager
async def _running(lanes: list[Lane]) -> AsyncIterator[None]:
    """Start all lanes at once, and end them at once; when one fails, all are ended before its error is raised."""
    stacks = [AsyncExitStack() for _ in lanes]
    try:
        try:
            async with asyncio.TaskGroup() as group:
                for lane, stack in zip(lanes, stacks, strict=True):
                    group.create_task(stack.enter_async_context(lane))
        except* HarnessError as errors:
            raise errors.exceptions[0] from None
        yield
    finally:
        ended = await asyncio.gather(*(stack.aclose() for stack in stacks), return_exceptions=True)
        for error in filter(None, ended):
            raise error
