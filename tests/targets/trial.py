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


def by_id(target: TargetFile, cases: str, logs: Path, *, lanes: int = 2) -> dict[str, CaseResult]:
    """Judge a target by some cases; what a busy machine left undecided is judged again with nothing beside it."""
    found = {result.id: result for result in judged(target, select(cases), logs, lanes=lanes)}
    if doubtful := [name for name, result in found.items() if result.verdict in UNJUDGED]:
        found |= {each.id: each for each in judged(target, select(",".join(doubtful)), logs / "again", lanes=1)}
    return found


def judged_defects(names: Sequence[str], logs: Path) -> Mapping[str, list[CaseResult]]:
    """Judge several wrong proxies, a few at a time, each by the cases that its defect names."""

    async def together() -> Mapping[str, list[CaseResult]]:
        turns = asyncio.Semaphore(_AT_ONCE)

        async def one(name: str) -> list[CaseResult]:
            async with turns:
                return await _judged(wrong(name), select(",".join(DEFECTS[name].cases)), logs / name)

        found = dict(zip(names, await asyncio.gather(*map(one, names)), strict=True))
        for name, results in found.items():
            # What a busy machine left undecided is judged again, with nothing beside it.
            if any(result.verdict is Verdict.INCONCLUSIVE for result in results):
                found[name] = await one(name)
        return found

    return run(together())
