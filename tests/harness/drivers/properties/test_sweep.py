"""Lanes share the parts of all sweeps, and each sweep is told once, whole, as soon as it is over."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.judging.failures import Failures
from harness.core.target.file import TargetFile
from harness.drivers.properties import settings as settings_module
from harness.drivers.properties.sweep import Sweep
from harness.shell.target.targets import load
from reports.record import CaseResult, Verdict
from scenarios.searching.sweep import GOLDEN
from tests.harness.drivers.properties.grounds import ground, settings
from tests.targets.trial import right, wrong

SWEPT = (GOLDEN[0], GOLDEN[2])


async def swept(target: TargetFile, folder: Path) -> tuple[list[CaseResult], list[str], Failures]:
    results: list[CaseResult] = []
    says: list[str] = []
    failures = Failures()
    own = settings(target, folder, results, say=says.append)
    async with ground(target, folder / "one") as one, ground(target, folder / "other") as other:
        sweep = Sweep(target, one.trials, own, failures)
        async with asyncio.TaskGroup() as group:
            group.create_task(sweep.on_lane(one.lane))
            group.create_task(sweep.on_lane(other.lane))
    return results, says, failures


@pytest.fixture(autouse=True)
def _thin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings_module, "_SWEEP_EVERY", {"quick": 600})
    monkeypatch.setattr("harness.drivers.properties.sweep.GOLDEN", SWEPT)


async def test_every_sweep_is_told_once_with_all_its_cuts(tmp_path: Path) -> None:
    results, says, failures = await swept(load(str(right("parser"))), tmp_path)

    assert sorted(result.id for result in results) == sorted(golden.whole.id for golden in SWEPT)
    assert {result.verdict for result in results} == {Verdict.PASS}
    assert says[0] == "properties: sweep.text, 6 of 2400 ways to cut it"
    assert next(result for result in results if result.id == "sweep.text").saw.startswith("6 ways to cut the stream")
    assert not list(failures)


@pytest.mark.acceptance
async def test_a_sweep_that_fails_is_told_with_its_smallest_cut_and_the_failure_is_noted(tmp_path: Path) -> None:
    results, _, failures = await swept(wrong("decodes-reads"), tmp_path)

    text = next(result for result in results if result.id == "sweep.text")
    assert text.verdict is Verdict.FAIL
    assert "of 6 ways to cut the stream; first cut-1" in text.saw
    assert list(failures)


async def test_what_the_target_does_not_claim_is_not_swept(tmp_path: Path) -> None:
    target = load(str(right("parser")))
    whole = replace(target, capabilities=replace(target.capabilities, streaming=False))
    results, _, failures = await swept(whole, tmp_path)

    assert {result.verdict for result in results} == {Verdict.NOT_APPLICABLE}
    assert "does not claim streaming" in results[0].cause
    assert not list(failures)
