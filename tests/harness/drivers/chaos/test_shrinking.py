"""A failure made small, on the mock as its own target: it passes on what it should not."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.observed.redact import Redactor
from harness.drivers.chaos.shrinking import Shrinking
from harness.shell.playing.lane import Lane
from harness.shell.watching.punctual import Lateness
from scenarios.case_file import read_case
from scenarios.prompt import Prompt
from tests.harness.core.load.chaos.answers import answer
from tests.harness.shell.direct import direct_target

pytestmark = pytest.mark.timeout(120)

HANG = "sse.stall(after=2, for_s=60.0)"


async def test_what_fails_is_told_by_the_fewest_faults_that_do_it(tmp_path: Path) -> None:
    lateness = Lateness()
    async with Lane(direct_target(deadline_s=1.0), seed=7, logs=tmp_path) as lane, lateness.watching():
        shrinking = Shrinking(
            lane=lane,
            seed=7,
            prompt=Prompt(tokens=6),
            redactor=Redactor(),
            folder=tmp_path / "kept",
            lateness=lateness,
        )
        small = await shrinking.shrink([answer(1.0, broke="ends-in-time", faults=("tcp.slice(size_bytes=9)", HANG))])

    assert small is not None
    assert (small.invariant, small.faults) == ("ends-in-time", HANG)
    kept = read_case(small.path.read_text())
    assert [str(fault) for fault in kept.case.upstream[0].faults] == [HANG]


async def test_what_does_not_fail_on_the_mock_is_not_told(tmp_path: Path) -> None:
    lateness = Lateness()
    async with Lane(direct_target(), seed=7, logs=tmp_path) as lane, lateness.watching():
        shrinking = Shrinking(
            lane=lane, seed=7, prompt=Prompt(tokens=4), redactor=Redactor(), folder=tmp_path, lateness=lateness
        )
        answers = [answer(1.0, broke="no-loss", faults=("tcp.slice(size_bytes=9)",)), answer(2.0)]

        assert await shrinking.shrink(answers) is None
