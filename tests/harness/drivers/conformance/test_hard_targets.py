"""Targets that hang, die or have no timeouts are told of once, and the cases beside them are judged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.target.claims import Limits
from harness.core.target.file import TargetFile
from harness.shell.target.targets import load
from reports.record import Verdict
from scenarios.case import Step
from scenarios.index import select
from scenarios.prompt import Prompt
from tests.harness.drivers.conformance.playing import case, judge
from tests.targets.trial import HERE

pytestmark = pytest.mark.usefixtures("untraced")


def hard(name: str) -> TargetFile:
    """Return a hard target that claims a short deadline, so that its hangs cost little."""
    return replace(load(str(HERE / "hard" / f"{name}.toml")), limits=Limits(deadline_s=1.0))


@pytest.mark.acceptance
async def test_of_cases_side_by_side_only_the_one_that_hangs_the_target_is_blamed(tmp_path: Path) -> None:
    large = Prompt(tokens=4, token_bytes=65_536, ascii=True)
    slow = Prompt(tokens=4, pace_s=0.1)
    cases = [case("large", Step(prompt=large)), *(case(name, Step(prompt=slow)) for name in ("a", "b", "c"))]
    found = await judge(cases, hard("hangs-at-large"), tmp_path)

    assert {name: result.verdict for name, result in found.items()} == {
        "test.large": Verdict.FAIL,
        "test.a": Verdict.PASS,
        "test.b": Verdict.PASS,
        "test.c": Verdict.PASS,
    }


async def test_a_target_that_dies_now_and_then_is_told_of_once(tmp_path: Path) -> None:
    found = await judge([case(f"a{at}", alone=True) for at in range(12)], hard("dies-often"), tmp_path)
    failed = [result for result in found.values() if result.verdict is Verdict.FAIL]

    assert len(failed) == 1
    assert "its process ended with exit code 3" in failed[0].saw
    assert {result.verdict for result in found.values()} == {Verdict.FAIL, Verdict.PASS}


async def test_a_target_without_timeouts_is_told_of_once(tmp_path: Path) -> None:
    stalls = [
        replace(each, alone=True) for each in select("endings.stall-for-ever,endings.stall-before-the-first-event")
    ]
    found = await judge(stalls, hard("endless"), tmp_path)

    first, second = sorted(found.values(), key=lambda result: result.verdict is not Verdict.FAIL)
    assert (first.verdict, second.verdict) == (Verdict.FAIL, Verdict.INCONCLUSIVE)
    assert {finding.invariant for finding in first.findings} == {"ends-in-time"}
    assert second.cause.startswith(f"not judged: {first.id} showed")
