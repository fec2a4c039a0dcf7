"""The self-check: mutants of the reference proxy, each judged by the cases that must catch it, and the clean proxy too.

The one rule: a mutant is judged exactly as any target is, in a process and on a lane of its own; how is the caller's
to say (`judge`), so that it can be no other way than that of a run.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from harness.core.judging.kill_matrix import Trial, used_cases
from harness.core.target.file import TargetFile
from harness.errors import HarnessError
from harness.shell.playing.lane import Lane
from reports.record import CaseResult, Verdict
from scenarios.case import Case
from scenarios.index import select
from scenarios.mutants.mutant import Mutant

CLEAN = "harness.reference_proxy"
MUTATED = "harness.mutant_proxy"

Judge: TypeAlias = Callable[[Sequence[Case], Sequence[Lane]], Awaitable[list[CaseResult]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfCheck:
    """What a self-check needs. `target` is the proxy without a defect, `others` are the targets by name that some
    mutants are made of instead; `jobs` is how many run at once; `on_result` hears of every trial as it ends."""

    target: TargetFile
    seed: int
    jobs: int
    logs: Path
    judge: Judge
    on_result: Callable[[Trial], None]
    others: Mapping[str, TargetFile] = field(default_factory=dict)

    def of(self, name: str) -> TargetFile:
        """Return a target without a defect."""
        return self.others.get(name, self.target)


async def run_clean(mutants: Sequence[Mutant], settings: SelfCheck) -> tuple[CaseResult, ...]:
    """Judge each target without a defect by every case that any of its mutants needs."""
    found: list[CaseResult] = []
    for name in dict.fromkeys(mutant.target for mutant in mutants):
        mine = [mutant for mutant in mutants if mutant.target == name]
        found += await _clean(settings.of(name), select(used_cases(mine)), settings)
    return tuple(found)


async def _clean(target: TargetFile, cases: Sequence[Case], settings: SelfCheck) -> tuple[CaseResult, ...]:
    results = await _judged(target, cases, settings, name="clean", lanes=settings.jobs)
    doubtful = {result.id for result in results if result.verdict is Verdict.INCONCLUSIVE}
    late = [case for case in cases if case.id in doubtful]
    better = await _judged(target, late, settings, name="clean", lanes=1) if late else ()
    return (*(result for result in results if result.id not in doubtful), *better)


async def run_mutants(mutants: Sequence[Mutant], settings: SelfCheck) -> None:
    """Judge every mutant by its cases; every trial goes to `settings.on_result`, the last when this returns.

    What was not caught beside others, perhaps because the machine was late, is judged once more with nothing beside it:
    to be caught takes proof, so that no true survivor is lost by it.
    """
    waiting, again = deque(mutants), deque[Mutant]()
    async with asyncio.TaskGroup() as group:
        for _ in range(min(settings.jobs, len(mutants))):
            group.create_task(_one_by_one(waiting, settings, again))
    while again:
        settings.on_result(await _trial(again.popleft(), settings))


async def _one_by_one(waiting: deque[Mutant], settings: SelfCheck, again: deque[Mutant]) -> None:
    while waiting:
        trial = await _trial(waiting.popleft(), settings)
        if trial.killed:
            settings.on_result(trial)
        else:
            again.append(trial.mutant)


async def _trial(mutant: Mutant, settings: SelfCheck) -> Trial:
    target = mutated(settings.of(mutant.target), mutant)
    try:
        results = await _judged(target, select(",".join(mutant.cases)), settings, name=mutant.id, lanes=1)
    except HarnessError as error:
        return Trial(mutant=mutant, results=(), cause=str(error))
    return Trial(mutant=mutant, results=results)


def mutated(target: TargetFile, mutant: Mutant) -> TargetFile:
    """Return the target that is the reference proxy with the mutant in it; it claims what the clean one claims."""
    command = [MUTATED if word == CLEAN else word for word in target.command or ()]
    return replace(target, name=f"{target.name} {mutant.id}", command=(*command, "--mutant", mutant.id))


async def _judged(
    target: TargetFile, cases: Sequence[Case], settings: SelfCheck, *, name: str, lanes: int
) -> tuple[CaseResult, ...]:
    number = min(lanes, max(1, sum(case.disturbs for case in cases)))
    async with AsyncExitStack() as stack:
        running = [Lane(target, seed=settings.seed, logs=settings.logs / name / str(index)) for index in range(number)]
        for lane in running:
            await stack.enter_async_context(lane)
        return tuple(await settings.judge(cases, running))
