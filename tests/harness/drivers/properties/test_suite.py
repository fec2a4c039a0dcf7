"""The whole suite on a right and a wrong target, and how long each profile lets it search."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from math import inf
from pathlib import Path
from typing import Any

import pytest

from harness.core.judging.failures import Failures
from harness.core.target.file import TargetFile
from harness.drivers import properties
from harness.drivers.properties import settings as settings_module
from harness.drivers.properties.company import play
from harness.drivers.properties.ground import SearchEnd
from harness.shell.playing.lane import Lane
from harness.shell.playing.trial import Trials, Tried
from harness.shell.target.targets import load
from reports.record import CaseResult, Verdict
from scenarios.case import Case
from scenarios.searching.openings import openings
from scenarios.searching.properties import SEARCHES
from scenarios.searching.reach import Reach
from scenarios.searching.sweep import GOLDEN
from tests.harness.drivers.properties.grounds import SEED, settings
from tests.targets.trial import right, wrong

SEARCHING = "properties: searching on"
Heard = Callable[[Case, Tried], None]


def hurry(monkeypatch: pytest.MonkeyPatch, profile: str, opening: str) -> None:
    """Let a search come soon, behind one thin sweep and one opening, and a quick one be over soon."""
    monkeypatch.setattr(settings_module, "_SWEEP_EVERY", {profile: 600})
    monkeypatch.setattr(settings_module, "_SEARCH_S", {"quick": 2.0, "standard": 2.0, "soak": inf})
    monkeypatch.setattr("harness.drivers.properties.sweep.GOLDEN", GOLDEN[:1])
    one = [case for case in openings(Reach()) if case.id == f"pairs.{opening}"]
    monkeypatch.setattr("harness.drivers.properties.suite.openings", lambda _: iter(one))


async def played(
    target: TargetFile, folder: Path, *, lanes: int, monkeypatch: pytest.MonkeyPatch, search_s: float
) -> tuple[dict[str, CaseResult], Mapping[str, Any]]:
    results: list[CaseResult] = []
    monkeypatch.setattr(settings_module, "_SEARCH_S", {"quick": search_s, "standard": search_s})
    monkeypatch.setattr(settings_module, "_SWEEP_EVERY", {"quick": 600})
    async with AsyncExitStack() as stack:
        running = [Lane(target, seed=SEED, logs=folder / str(at)) for at in range(lanes)]
        await asyncio.gather(*(stack.enter_async_context(lane) for lane in running))
        own = settings(target, folder, results)
        await properties.run(running, own)
    return {result.id: result for result in results}, own.section


@pytest.mark.acceptance
@pytest.mark.timeout(180)
@pytest.mark.parametrize("lanes", [1, 4])
async def test_a_right_target_passes_every_search(lanes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = load(str(right("cache")))
    if lanes == 1:
        hurry(monkeypatch, "quick", "declined")
    results, section = await played(target, tmp_path, lanes=lanes, monkeypatch=monkeypatch, search_s=6)

    swept = GOLDEN[:1] if lanes == 1 else GOLDEN
    planned = {case.id for case in SEARCHES} | {golden.whole.id for golden in swept}
    judged = {result.verdict for result in results.values()}
    assert results.keys() == planned
    assert judged == {Verdict.PASS, Verdict.NOT_APPLICABLE}
    assert section["failures"] == 0
    assert section["cases"] == sum(each["cases"] for each in section["by_search"])
    assert "does not claim rate_limit" in results["properties.rate-walk"].cause


@pytest.mark.acceptance
@pytest.mark.alone
@pytest.mark.timeout(180)
async def test_a_wrong_target_is_found_out_and_the_search_says_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurry(monkeypatch, "quick", "streams")
    results, section = await played(wrong("eof-is-the-end"), tmp_path, lanes=2, monkeypatch=monkeypatch, search_s=4)

    found = [result for result in results.values() if result.id.startswith("found.no-laundering")]
    assert found
    assert found[0].verdict is Verdict.FAIL
    assert any(found[0].id in result.saw for result in results.values() if result.id.startswith("properties."))
    assert section["failures"] >= 1


@pytest.mark.parametrize(("profile", "search_s"), [("ci", 10), ("quick", 20), ("standard", 120), ("soak", inf)])
def test_a_profile_says_how_long_the_search_is(profile: str, search_s: float, tmp_path: Path) -> None:
    own = settings(load("reference"), tmp_path, [], profile=profile)

    assert [own.search_s(lanes) for lanes in (1, 4)] == [search_s, search_s]
    assert own.search_s(8) == search_s / 2


def test_only_a_quick_sweep_is_thin(tmp_path: Path) -> None:
    every = [settings(load("reference"), tmp_path, [], profile=name).sweep_every for name in ("quick", "standard")]

    assert every[0] > 1
    assert every[1] == 1


def test_a_replay_line_names_the_target_and_what_else_it_needs(tmp_path: Path) -> None:
    own = settings(
        load("reference"), tmp_path, [], target_spec="my proxy.toml", target_options=("--upstream-port", "9")
    )

    assert own.replay("a.toml") == "edgeproof replay a.toml --target 'my proxy.toml' --upstream-port 9"
    assert (
        own.replay("sweep.text-1")
        == "edgeproof replay sweep.text-1 --seed 7 --target 'my proxy.toml' --upstream-port 9"
    )
    assert "--suite properties --seed 7 --profile quick --target" in own.replay_suite()


@pytest.mark.timeout(180)
async def test_a_soak_that_is_stopped_tells_what_it_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results: list[CaseResult] = []
    hurry(monkeypatch, "soak", "declined")
    target = load(str(right("pipe")))
    said: list[str] = []
    own = settings(target, tmp_path, results, profile="soak", say=said.append)
    async with Lane(target, seed=SEED, logs=tmp_path) as lane:
        run = asyncio.create_task(properties.run([lane], own))
        async with asyncio.timeout(120):
            while own.coverage.exchanges < 20 or SEARCHING not in said:  # noqa: ASYNC110 - another thread plays what it counts
                await asyncio.sleep(0.01)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run

    told = {result.id: result.verdict for result in results}
    assert told["properties.search"] is Verdict.PASS
    assert own.section["exchanges"] >= 20


async def test_what_was_found_before_a_run_was_stopped_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results: list[CaseResult] = []
    hurry(monkeypatch, "quick", "streams")
    target = wrong("always-done")
    own = settings(target, tmp_path, results)

    loop = asyncio.get_running_loop()

    def stop(*_: object) -> CaseResult:
        loop.call_soon_threadsafe(run.cancel)
        raise SearchEnd

    monkeypatch.setattr("harness.drivers.properties.suite.confirmed", stop)
    async with Lane(target, seed=SEED, logs=tmp_path) as lane:
        run = asyncio.create_task(properties.run([lane], own))
        with pytest.raises(asyncio.CancelledError):
            await run

    found = [result for result in results if result.id.startswith("found.")]
    assert found
    assert {result.verdict for result in found} == {Verdict.INFO}
    assert list((tmp_path / "regressions").glob("*.toml"))


async def test_what_the_openings_found_before_a_run_was_stopped_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results: list[CaseResult] = []
    hurry(monkeypatch, "quick", "torn")
    target = wrong("takes-what-came")
    own = settings(target, tmp_path, results)

    async def stopped(
        waiting: Iterator[Case], lane: Lane, trials: Trials, failures: Failures, on_tried: Heard, **_: float
    ) -> None:
        await play(waiting, lane, trials, failures, on_tried)
        run.cancel()

    monkeypatch.setattr("harness.drivers.properties.suite.play", stopped)
    async with Lane(target, seed=SEED, logs=tmp_path) as lane:
        run = asyncio.create_task(properties.run([lane], own))
        with pytest.raises(asyncio.CancelledError):
            await run

    assert any(result.id.startswith("found.valid-framing") for result in results)
    assert list((tmp_path / "regressions").glob("*.toml"))
    assert own.section["cases"] > 0
