"""Broken proxies are found under load, right ones are blamed for nothing, not even while upstream breaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fault_injection.plan import Match, Plan, Rule
from fault_injection.spec import parse_all
from harness.core.observed.redact import Redactor
from harness.core.target.file import TargetFile
from harness.drivers import load
from harness.drivers.load import LoadSettings
from harness.shell.playing.lane import Lane
from harness.shell.target.targets import load as load_target
from reports.record import CaseResult, Level, Verdict
from scenarios.load import LoadProfile
from scenarios.prompt import Prompt
from tests.targets.trial import right, wrong

pytestmark = [pytest.mark.acceptance, pytest.mark.alone, pytest.mark.timeout(120)]

PROFILE = LoadProfile(
    users=10, duration_s=2.0, prompt=Prompt(tokens=20, pace_s=0.02, first_s=0.02), think_s=0.1, cancel=0.1, repeats=0.3
)
CUTS = Plan(rules=(Rule(faults=parse_all("sse.truncate(after=6)"), match=Match(surface="ai.*"), p=0.2),), seed=5)
REFUSALS = Plan(rules=(Rule(faults=parse_all("http.status(code=503)"), match=Match(surface="ai.*"), p=0.2),), seed=5)


async def _put_on(target: TargetFile, plan: Plan | None, logs: Path) -> tuple[CaseResult, dict[str, Any]]:
    results: list[CaseResult] = []
    section: dict[str, Any] = {}
    async with Lane(target, seed=7, logs=logs) as lane:
        settings = LoadSettings(
            seed=7,
            profile=PROFILE,
            redactor=Redactor(),
            on_result=results.append,
            on_section=section.update,
            say=lambda _: None,
            logs=logs,
            plan=plan,
        )
        await load.run(lane, settings)
    return results[0], section


@pytest.mark.parametrize(
    ("defect", "plan", "invariant"),
    [
        ("done-twice", None, "one-terminal"),
        ("reorders", None, "order-kept"),
        ("reads-all", None, "not-buffered"),
        ("always-done", CUTS, "no-laundering"),
    ],
    ids=["done-twice", "reorders", "reads-all", "always-done"],
)
async def test_a_broken_proxy_is_found_under_load(
    defect: str, plan: Plan | None, invariant: str, tmp_path: Path
) -> None:
    found, section = await _put_on(wrong(defect), plan, tmp_path)

    broken = {finding.invariant for finding in found.findings if finding.level is Level.MUST}
    assert found.verdict is Verdict.FAIL
    assert invariant in broken
    assert section["errors_by_target"] > 0


@pytest.mark.parametrize("plan", [None, CUTS, REFUSALS], ids=["clean", "cuts", "refusals"])
@pytest.mark.parametrize("kind", ["pipe", "cache"])
async def test_a_right_proxy_is_blamed_for_nothing_that_must_hold(kind: str, plan: Plan | None, tmp_path: Path) -> None:
    found, section = await _put_on(load_target(str(right(kind))), plan, tmp_path)

    said = {finding.invariant for finding in found.findings}
    assert found.verdict in (Verdict.PASS, Verdict.NON_STRICT), found
    assert said <= {"error-shape"}, found.findings  # a pipe passes on upstream's page of HTML
    assert section["errors_by_target"] == 0
    assert section["own_error_rate"] == 0.0
    assert bool(section["struck_by_faults"]) is (plan is not None)
