"""A breaker that the harness itself has opened is waited for, or the target is started afresh."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from fault_injection.spec import parse_all
from harness.core.target.claims import Breaker, Capabilities
from harness.core.target.file import TargetFile
from harness.errors import TargetError
from harness.shell.playing.asker import Asker
from harness.shell.playing.case_player import CasePlayer
from harness.shell.playing.lane import Lane
from harness.shell.playing.rest import PATIENCE_S
from scenarios.case import Case, Step, Upstream
from tests.harness.shell.direct import direct_target
from tests.harness.shell.processes import target_file

FAILURES = 3
FAILING = Case(
    id="test.failing",
    promise="It fails.",
    reference="none",
    focus=("status-mapped",),
    steps=(Step(times=FAILURES),),
    upstream=(Upstream(faults=parse_all("http.status(code=503)")),),
)
FAILING_THEN_WELL = replace(
    FAILING, steps=(Step(times=FAILURES), Step(label="well", question="r", pause="breaker-open"))
)


def direct(*, open_s: float, failures: int = FAILURES) -> TargetFile:
    """Describe the mock itself as a target that claims a breaker."""
    claims = Capabilities(streaming=True, circuit_breaker=Breaker(failures=failures, open_s=open_s))
    return direct_target(capabilities=claims)


async def test_what_a_case_did_to_a_breaker_is_known(tmp_path: Path) -> None:
    async with Lane(direct(open_s=500.0), seed=1, logs=tmp_path) as lane:
        before = lane.rest_left_s
        await CasePlayer(lane, seed=1).play(FAILING, asks_after=False)
        behind = lane.rest_left_s
        await Asker(lane, seed=1).ask_plainly("well")

        assert (before, lane.rest_left_s) == (0.0, 0.0)
        assert 400 < behind < 500


async def test_too_few_failures_open_nothing(tmp_path: Path) -> None:
    async with Lane(direct(open_s=500.0, failures=FAILURES + 1), seed=1, logs=tmp_path) as lane:
        await CasePlayer(lane, seed=1).play(FAILING, asks_after=False)

        assert lane.rest_left_s == 0.0


async def test_a_pause_for_the_breaker_is_made_where_it_may_rest(tmp_path: Path) -> None:
    async with Lane(direct(open_s=0.3), seed=1, logs=tmp_path) as lane:
        history = await CasePlayer(lane, seed=1).play(FAILING_THEN_WELL)

    assert history.clients[-1].started_s - history.clients[-2].end_s >= 0.3


async def test_no_pause_is_made_for_a_breaker_that_is_closed(tmp_path: Path) -> None:
    async with Lane(direct(open_s=3600.0), seed=1, logs=tmp_path) as lane:
        history = await CasePlayer(lane, seed=1).play(replace(FAILING_THEN_WELL, upstream=()))

    assert history.clients[-1].status == 200


async def test_a_short_rest_is_waited_for(tmp_path: Path) -> None:
    async with Lane(direct(open_s=0.2), seed=1, logs=tmp_path) as lane:
        await CasePlayer(lane, seed=1).play(FAILING, asks_after=False)
        await lane.let_breaker_close()

        assert lane.rest_left_s == 0.0


async def test_a_target_that_runs_already_is_not_waited_for_without_end(tmp_path: Path) -> None:
    async with Lane(direct(open_s=2 * PATIENCE_S), seed=1, logs=tmp_path) as lane:
        await CasePlayer(lane, seed=1).play(FAILING, asks_after=False)

        with pytest.raises(TargetError, match="its breaker may stay open for another"):
            await CasePlayer(lane, seed=1).play(FAILING)


async def test_a_target_of_ours_is_started_afresh_instead_of_a_long_wait(tmp_path: Path) -> None:
    claims = Capabilities(circuit_breaker=Breaker(failures=FAILURES, open_s=500.0))
    async with Lane(replace(target_file(), capabilities=claims), seed=1, logs=tmp_path) as lane:
        pid = lane.pid
        async with aiohttp.ClientSession() as session:
            for _ in range(FAILURES):
                async with session.post(f"{lane.server.url}/v1/chat/completions", data=b"not for us") as answer:
                    await answer.read()
        resting = lane.rest_left_s
        await lane.let_breaker_close()

        assert resting > 0
        assert lane.rest_left_s == 0.0
        assert lane.pid not in (None, pid)
