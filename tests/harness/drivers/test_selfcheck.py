"""Mutants are judged as any target is: a few of them from start to end, and what becomes of one that cannot start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cli.selfcheck import perform
from harness.core.judging.kill_matrix import Trial
from harness.core.judging.result import unrun
from harness.core.target.file import TargetFile
from harness.drivers import selfcheck
from harness.drivers.selfcheck import SelfCheck, mutated, run_clean, run_mutants
from harness.shell.playing.lane import Lane
from harness.shell.target.targets import load
from reports.record import CaseResult, Verdict
from scenarios.case import Case
from scenarios.mutants import BY_ID, select

REPRESENTATIVE = "end-of-bytes-is-the-end,key-without-temperature,reset-not-retried"
REFERENCE = load("reference")


@pytest.mark.timeout(180)
def test_a_defect_of_parsing_of_keeping_and_of_retrying_is_each_caught_by_its_own_invariant(tmp_path: Path) -> None:
    matrix = perform(select(REPRESENTATIVE), seed=7, jobs=2, out=tmp_path, quiet=True)

    assert matrix is not None
    assert (matrix.survivors, matrix.blamed_clean, matrix.exit_code) == ((), (), 0)
    assert "key-without-temperature" in (tmp_path / "kill-matrix.md").read_text(encoding="utf-8")
    assert '"killed": 3' in (tmp_path / "kill-matrix.json").read_text(encoding="utf-8")


def test_a_mutated_target_claims_what_the_clean_one_claims() -> None:
    made = mutated(REFERENCE, BY_ID["never-opens"])

    assert made.capabilities == REFERENCE.capabilities
    assert made.command is not None
    assert made.command[-2:] == ("--mutant", "never-opens")
    assert selfcheck.CLEAN not in made.command


async def test_a_mutant_that_cannot_start_has_survived(tmp_path: Path) -> None:
    trials: list[Trial] = []
    broken = replace(REFERENCE, command=("{python}", "-c", "raise SystemExit(9)", "{port}", "{upstream}"))

    await run_mutants(select("never-opens"), _settings(broken, tmp_path, trials))

    assert (trials[0].killed, "exit code 9" in trials[0].cause) == (False, True)


@pytest.mark.usefixtures("one_untraced")
async def test_the_clean_proxy_meets_every_case_on_no_more_lanes_than_it_can_use(tmp_path: Path) -> None:
    settings = replace(_settings(REFERENCE, tmp_path, []), jobs=3)
    met: list[tuple[str, int]] = []

    async def judge(cases: Sequence[Case], lanes: Sequence[Lane]) -> list[CaseResult]:
        met.extend((case.id, len(lanes)) for case in cases)
        return []

    await run_clean(select("tokens-trimmed,one-id-for-all"), replace(settings, judge=judge))

    assert met == [("streaming.plain", 1), ("json.ids-differ", 1)]


@pytest.mark.usefixtures("one_untraced")
async def test_what_was_not_caught_beside_others_is_judged_once_more_at_the_end(tmp_path: Path) -> None:
    trials: list[Trial] = []
    met: list[str] = []

    async def judge(cases: Sequence[Case], lanes: Sequence[Lane]) -> list[CaseResult]:
        met.extend(case.id for case in cases)
        return [unrun(case, Verdict.INCONCLUSIVE, "it was late") for case in cases]

    settings = replace(_settings(REFERENCE, tmp_path, trials), judge=judge)
    await run_mutants(select("tokens-trimmed,one-id-for-all"), settings)
    clean = await run_clean(select("tokens-trimmed"), settings)

    assert met == ["streaming.plain", "json.ids-differ"] * 2 + ["streaming.plain"] * 2
    assert [trial.mutant.id for trial in trials] == ["tokens-trimmed", "one-id-for-all"]
    assert [result.id for result in clean] == ["streaming.plain"]


def _settings(target: TargetFile, out: Path, trials: list[Trial]) -> SelfCheck:
    async def judge(cases: Sequence[Case], lanes: Sequence[Lane]) -> list[CaseResult]:
        return []

    return SelfCheck(
        target=target,
        seed=7,
        jobs=1,
        logs=out,
        judge=judge,
        on_result=trials.append,
    )
