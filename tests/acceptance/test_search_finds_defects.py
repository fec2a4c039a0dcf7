"""The property suite by itself finds what is wrong with a stream, a cache and a retry, and repeats it every time."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from harness.core.failures import elements
from harness.core.redact import Redactor
from harness.core.resilience import Coverage, reach_of
from harness.core.target_file import TargetFile
from harness.drivers import properties
from harness.drivers.properties import PropertySettings
from harness.shell.kept_files import kept_in
from harness.shell.lane import Lane
from harness.shell.loop import run
from reports.record import CaseResult
from scenarios.case_file import KeptCase
from tests.targets.defects import DEFECTS
from tests.targets.trial import SEED, wrong

pytestmark = pytest.mark.timeout(300)

NAMES = ("first-event-only", "everybodys-answers", "never-retries")
_LANES = 4
_TIMES = 10


async def _played(
    target: TargetFile, folder: Path, *, lanes: int, kept: tuple[tuple[Path, KeptCase], ...] = (), explores: bool = True
) -> list[CaseResult]:
    results: list[CaseResult] = []
    settings = PropertySettings(
        seed=SEED,
        profile="quick",
        target_spec=target.name,
        redactor=Redactor(),
        on_result=results.append,
        say=lambda _: None,
        coverage=Coverage(reach_of(target)),
        folder=folder,
        kept=kept,
        explores=explores,
    )
    async with AsyncExitStack() as stack:
        running = [Lane(target, seed=SEED, logs=folder.parent / str(at)) for at in range(lanes)]
        await asyncio.gather(*(stack.enter_async_context(lane) for lane in running))
        await properties.run(running, settings)
    return results


@pytest.mark.parametrize("name", NAMES)
def test_what_is_wrong_is_found_made_small_and_fails_again_ten_times_of_ten(name: str, tmp_path: Path) -> None:
    invariant, folder = DEFECTS[name].invariant, tmp_path / "regressions"

    run(_played(wrong(name), folder, lanes=_LANES))

    found = [each for each in kept_in(folder) if each[1].invariant == invariant]
    assert found
    assert elements(found[0][1].case) <= 3
    again = run(_played(wrong(name), folder, lanes=1, kept=(found[0],) * _TIMES, explores=False))
    assert [invariant in {finding.invariant for finding in result.findings} for result in again] == [True] * _TIMES
