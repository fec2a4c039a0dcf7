"""A failure is told when it comes again, kept as a file, and told as fixed when it does not fail any more."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from fault_injection.families import sse_ends
from harness.core.failures import Failure
from harness.drivers.properties.ground import Ground
from harness.drivers.properties.kept import confirmed, kept_results, plan_text
from harness.shell.kept_files import kept_in, read_kept
from harness.shell.targets import load
from reports.record import CaseResult, Level, Verdict
from scenarios.case import Step, Upstream
from scenarios.case_file import KeptCase, found_case, show_case
from tests.harness.drivers.properties.grounds import SEED, ground, settings
from tests.targets.trial import right, wrong

CUT = found_case(
    "search.0123456789", [Step()], [Upstream(faults=(sse_ends.Truncate(after=2, end="clean"),), must_strike=False)]
)


async def failure(on: Ground) -> Failure:
    await asyncio.to_thread(on.examine, CUT, kind="search")
    return next(examples[0] for key, examples in on.failures if key[0] == "no-laundering")


async def test_a_failure_that_comes_again_is_written_with_a_line_to_replay_it(tmp_path: Path) -> None:
    results: list[CaseResult] = []
    target = wrong("always-done")
    own = settings(target, tmp_path, results, target_spec="my.toml")
    async with ground(target, tmp_path) as on:
        found = await failure(on)

        told = await asyncio.to_thread(confirmed, on, found.key, [found], own)

    ((path, kept),) = kept_in(tmp_path / "regressions")
    assert told.verdict is Verdict.FAIL
    assert told.id == f"found.{path.stem}"
    assert told.replay == f"edgeproof replay {path} --target my.toml"
    assert [finding.invariant for finding in told.findings] == ["no-laundering"]
    assert (kept.invariant, kept.seed, kept.case.steps) == ("no-laundering", SEED, CUT.steps)


async def test_a_failure_that_does_not_come_again_is_held_against_nobody(tmp_path: Path) -> None:
    results: list[CaseResult] = []
    async with ground(wrong("always-done"), tmp_path / "wrong") as on:
        found = await failure(on)
    target = load(str(right("parser")))
    async with ground(target, tmp_path / "right") as on:
        told = await asyncio.to_thread(confirmed, on, found.key, [found], settings(target, tmp_path, results))

    assert told.verdict is Verdict.INFO
    assert {finding.level for finding in told.findings} == {Level.OBSERVE}
    assert "not again in 3 replays" in told.title
    assert not (tmp_path / "regressions").exists()


@pytest.mark.parametrize(
    ("name", "verdict", "saw"),
    [("always-done", Verdict.FAIL, "200 stream"), ("", Verdict.PASS, "fixed: it does not fail any more. It was no-la")],
)
async def test_what_was_kept_is_played_again(name: str, verdict: Verdict, saw: str, tmp_path: Path) -> None:
    target = wrong(name) if name else load(str(right("parser")))
    kept = KeptCase(case=CUT, seed=3, invariant="no-laundering", seen="it looked whole")
    own = settings(target, tmp_path, [], kept=((Path("a.toml"), kept),))
    async with ground(target, tmp_path) as on:
        (result,) = await asyncio.to_thread(lambda: list(kept_results(on, own)))

    assert result.verdict is verdict
    assert saw in result.saw
    assert result.id == CUT.id
    assert "replay a.toml" in result.replay


def test_a_plan_is_told_in_one_line() -> None:
    assert plan_text(CUT) == "ask (stream); 1 fault(s): sse.truncate(after=2, end=clean)"
    assert plan_text(found_case("a.b", [replace(CUT.steps[0], stream=False)])) == "ask (JSON); 0 fault(s)"


def test_a_file_that_was_kept_can_be_read_by_itself(tmp_path: Path) -> None:
    path = tmp_path / "one.toml"
    path.write_text(show_case(KeptCase(case=CUT, seed=3)))

    assert read_kept(path).case == CUT
