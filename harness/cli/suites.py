"""The suites of a run, one after the other, each on targets of its own.

The one rule: no suite meets what another has left behind, and what one suite cannot do stops none of the others.
"""

from __future__ import annotations

import asyncio
import shlex
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeAlias

from pydantic import JsonValue

from harness.cli.session import Session
from harness.core.judging.needs import SECOND_IDENTITY, missing_claim
from harness.core.judging.resilience import Coverage, reach_of
from harness.core.judging.stalls import Stalls
from harness.core.observed.redact import Redactor
from harness.core.run.budget import Budget, shared
from harness.core.target.file import TargetFile
from harness.core.target.inspected import inspected
from harness.drivers import conformance
from harness.drivers.conformance import Conformance
from harness.errors import HarnessError, TargetError
from harness.shell.playing.asker import Asker
from harness.shell.playing.lane import Lane
from harness.shell.watching.agent_client import agent_env, agent_folder
from harness.shell.watching.punctual import punctually
from reports.live.events import LoadEvent
from reports.record import CaseResult
from scenarios.load import ELSEWHERE, PROFILES

_PROPERTY_LANES: Final = 8
"""Most of the time of most cases is spent waiting."""
REGRESSIONS: Final = "regressions"
"""The folder, in that of the reports, where failures are kept."""
_GRACE_S: Final = 8.0
"""How much longer than it may a suite is given to come to its end by itself."""
_LEAK_LANES: Final = 3
"""More would only make the samples noisy."""


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

    async def play(self, suite: str, *, behind: Sequence[str]) -> None:
        """Play one suite in the time that it may take; those `behind` it get theirs whatever it does."""
        budget = shared(self._run, suite, behind=behind, least_s=self.session.amount.least_s, now_s=time.monotonic())
        self.budgets[suite] = budget
        limit_s = None if budget.total_s == inf else budget.total_s + _GRACE_S
        try:
            async with asyncio.timeout(limit_s) as limit:
                await SUITES[suite](self)
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


async def play(stage: Stage) -> None:
    """Play every suite of the session, in the order in which they are asked for."""
    session = stage.session
    if any(missing_claim(case, session.target) == SECOND_IDENTITY for case in session.cases):
        name = session.target.name
        stage.say(
            f"{name}: cases with two callers are skipped, because no header in chat.headers holds {{client_token}}"
        )
    try:
        for number in range(1, session.repeat + 1):
            stage.begin(number)
            for at, suite in enumerate(session.suites, start=1):
                with punctually():  # what the suite before has left is collected at its beginning
                    await stage.play(suite, behind=session.suites[at:])
    finally:
        if session.resilience_fail_under is not None:
            gate = session.resilience_fail_under or None
            met = stage.resilience.part() if session.shard else stage.resilience.section(fail_under=gate)
            stage.sections["coverage"] = {**stage.sections.get("coverage", {}), "resilience": met}


async def _conformance(stage: Stage) -> None:
    session = stage.session
    disturbing = sum(case.disturbs for case in session.cases)
    async with stage.lanes("conformance", 1 + disturbing, target=stage.measured) as lanes:
        settings = Conformance(
            seed=session.seed,
            target_spec=session.target_spec,
            target_options=session.target_options,
            redactor=_redactor(lanes),
            on_result=stage.on_result,
            on_view=stage.resilience.add,
            budget=stage.budgets["conformance"],
            longest_wait_s=session.amount.longest_wait_s,
            stalls=stage.stalls,
        )
        await conformance.run(session.cases, lanes, settings)


# What follows is imported by the suite that needs it: Hypothesis and others would hold up every run that has none.


async def _properties(stage: Stage) -> None:
    from harness.drivers import properties
    from harness.drivers.properties import PropertySettings

    session = stage.session
    most = _PROPERTY_LANES if session.explores else 1
    async with stage.lanes("properties", most, target=stage.measured) as lanes:
        settings = PropertySettings(
            seed=session.seed,
            profile=session.profile,
            target_spec=session.target_spec,
            target_options=session.target_options,
            redactor=_redactor(lanes),
            on_result=stage.on_result,
            say=stage.say,
            coverage=stage.resilience,
            folder=session.out / REGRESSIONS,
            kept=session.kept,
            explores=session.explores,
            budget=stage.budgets["properties"],
            stalls=stage.stalls,
            on_played=stage.on_played,
        )
        stage.stalls.watches = False  # a search has no minute to spend on one exchange
        stage.sections["properties"] = settings.section
        await properties.run(lanes, settings)


async def _leaks(stage: Stage) -> None:
    from harness.drivers import leaks
    from harness.drivers.leaks import LeakSettings

    session, plan = stage.session, stage.session.leaks
    with agent_folder() as agents:
        most, target = min(_LEAK_LANES, len(plan.scenarios)), inspected(session.target)
        async with stage.lanes("leaks", most, watch=agent_env(agents), target=target) as lanes:
            settings = LeakSettings(
                seed=session.seed,
                target_spec=session.target_spec,
                target_options=session.target_options,
                redactor=_redactor(lanes),
                on_result=stage.on_result,
                say=stage.say,
                profile=session.profile,
                agents=agents,
                scenarios=plan.scenarios,
                rounds=plan.rounds,
                requests=plan.requests,
                budget=stage.budgets["leaks"],
            )
            stage.sections["leaks"] = await leaks.run(lanes, settings)


async def _load(stage: Stage) -> None:
    if stage.session.load.chat is not None:
        from harness.cli.loading.chat_stage import play_chat

        await play_chat(stage, stage.session.load.chat)
        return
    from harness.drivers import load
    from harness.drivers.load import LoadSettings

    session, plan = stage.session, stage.session.load
    profile = plan.profile
    if profile is None:
        usual = PROFILES[session.profile] if session.target.on_loopback else ELSEWHERE
        profile = usual.fitted(session.target.limits.patience_s)
    async with stage.lanes("load", 1) as lanes:
        settings = LoadSettings(
            seed=session.seed,
            profile=profile,
            again=again(session),
            redactor=_redactor(lanes),
            on_result=stage.on_result,
            on_section=lambda section: stage.sections.update(load=section),
            on_sample=stage.on_sample,
            say=stage.say,
            logs=session.out / "logs" / "load",
            objectives=plan.objectives,
            plan=plan.plan,
            overhead=plan.overhead,
            generators=plan.generators,
            budget=stage.budgets["load"],
        )
        await load.run(lanes[0], settings)


def again(session: Session) -> str:
    """Return the command that puts the same load on again."""
    words = [*(session.load.again or ("run", "--suite", "load", "--profile", session.profile))]
    words += ["--seed", str(session.seed)]
    words += [] if session.target_spec == "reference" else ["--target", session.target_spec]
    return shlex.join(["edgeproof", *words, *session.target_options])


def _redactor(lanes: list[Lane]) -> Redactor:
    return Redactor([secret for lane in lanes for secret in lane.hidden])


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


Suite: TypeAlias = Callable[[Stage], Awaitable[None]]
SUITES: Final[Mapping[str, Suite]] = MappingProxyType(
    {"conformance": _conformance, "properties": _properties, "leaks": _leaks, "load": _load}
)
"""Every suite by its name, in the order in which a run plays them."""
