"""Runs cases against the proxies of this folder, in this process: for tests that need many runs of few cases."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

from harness.core.observed.redact import Redactor
from harness.core.target.file import TargetFile
from harness.drivers import conformance
from harness.drivers.conformance import Conformance
from harness.shell.loop import run
from harness.shell.playing.lane import Lane
from harness.shell.target.targets import load
from reports.record import CaseResult, Verdict
from scenarios.case import Case
from scenarios.index import select
from tests.targets.defects import DEFECTS

HERE = Path(__file__).parent
SEED = 7
UNJUDGED = (Verdict.INCONCLUSIVE, Verdict.HARNESS_ERROR)
_AT_ONCE = 3


def right(kind: str) -> Path:
    """Return the target file of a right proxy."""
    return HERE / f"right-{kind}.toml"


def wrong(name: str) -> TargetFile:
    """Return the target of a wrong proxy: it claims what the right one does."""
    target = load(str(right(DEFECTS[name].base)))
    return replace(target, name=name, command=(*(target.command or ()), "--defect", name))


async def _judged(target: TargetFile, cases: Sequence[Case], logs: Path, *, lanes: int = 1) -> list[CaseResult]:
    results: list[CaseResult] = []
    async with AsyncExitStack() as stack:
        running = [Lane(target, seed=SEED, logs=logs / str(number)) for number in range(lanes)]
        await asyncio.gather(*(stack.enter_async_context(lane) for lane in running))
        settings = Conformance(seed=SEED, target_spec=target.name, redactor=Redactor(), on_result=results.append)
        await conformance.run(cases, running, settings)
    return results


def judged(target: TargetFile, cases: Sequence[Case], logs: Path, *, lanes: int) -> list[CaseResult]:
    """Judge a target by some cases."""
    return run(_judged(target, cases, logs, lanes=lanes))


async def _by_id(target: TargetFile, cases: str, logs: Path, *, lanes: int) -> dict[str, CaseResult]:
    found = {result.id: result for result in await _judged(target, select(cases), logs, lanes=lanes)}
    if doubtful := [name for name, result in found.items() if result.verdict in UNJUDGED]:
        found |= {each.id: each for each in await _judged(target, select(",".join(doubtful)), logs / "again")}
    return found


def by_id(target: TargetFile, cases: str, logs: Path, *, lanes: int = 2) -> dict[str, CaseResult]:
    """Judge a target by some cases; what a busy machine left undecided is judged again with nothing beside it."""
    return run(_by_id(target, cases, logs, lanes=lanes))


def side_by_side(
    targets: Mapping[str, tuple[TargetFile, str]], logs: Path, *, lanes: int = 2
) -> dict[str, dict[str, CaseResult]]:
    """Judge several targets as `by_id` does, each by cases of its own, which are best such that mostly wait."""

    async def together() -> list[dict[str, CaseResult]]:
        return await asyncio.gather(
            *(_by_id(target, cases, logs / name, lanes=lanes) for name, (target, cases) in targets.items())
        )

    return dict(zip(targets, run(together()), strict=True))


def few_at_a_time(targets: Mapping[str, tuple[TargetFile, str]], logs: Path) -> dict[str, list[CaseResult]]:
    """Judge many targets, a few at a time, each by cases of its own."""

    async def together() -> dict[str, list[CaseResult]]:
        turns = asyncio.Semaphore(_AT_ONCE)

        async def one(name: str) -> list[CaseResult]:
            target, cases = targets[name]
            async with turns:
                return await _judged(target, select(cases), logs / name)

        found = dict(zip(targets, await asyncio.gather(*map(one, targets)), strict=True))
        for name, results in found.items():
            # What a busy machine left undecided is judged again, with nothing beside it.
            if any(result.verdict is Verdict.INCONCLUSIVE for result in results):
                found[name] = await one(name)
        return found

    return run(together())


def judged_defects(names: Sequence[str], logs: Path) -> dict[str, list[CaseResult]]:
    """Judge several wrong proxies, a few at a time, each by the cases that its defect names."""
    return few_at_a_time({name: (wrong(name), ",".join(DEFECTS[name].cases)) for name in names}, logs)
