"""Broken proxies are found under load, right ones are blamed for nothing, not even while upstream breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from fault_injection.plan import Match, Plan, Rule
from fault_injection.spec import parse_all
from harness.core.observed.redact import Redactor
from harness.core.target.file import TargetFile
from harness.drivers import load
from harness.drivers.load import LoadSettings
from harness.shell.loop import run
from harness.shell.playing.lane import Lane
from harness.shell.target.targets import load as load_target
from reports.record import CaseResult, Level, Verdict
from scenarios.load import LoadProfile
from scenarios.prompt import Prompt
from tests.targets.trial import right, wrong

pytestmark = [pytest.mark.acceptance, pytest.mark.alone, pytest.mark.timeout(240)]

PROFILE = LoadProfile(
    users=10, duration_s=2.0, prompt=Prompt(tokens=20, pace_s=0.02, first_s=0.02), think_s=0.1, cancel=0.1, repeats=0.3
)
CUT = Rule(faults=parse_all("sse.truncate(after=6)"), match=Match(surface="ai.*"), p=0.2)
REFUSED = Rule(faults=parse_all("http.status(code=503)"), match=Match(surface="ai.*"), p=0.2)
CUTS = Plan(rules=(CUT,), seed=5)
BROKEN = {
    "reads-all": "not-buffered",
    "done-twice": "one-terminal",
    "reorders": "order-kept",
    "always-done": "no-laundering",
}
"""Which invariant each broken proxy breaks; the last only where upstream breaks, too."""
BY_TIME = "reads-all"
"""It is told by when its pieces come, which a machine with other work excuses: nothing is played beside it."""
FEW = replace(PROFILE, users=3)
"""Its load: light enough to leave the machine room, so that only a machine that others take whole excuses it."""
_ATTEMPTS = 8
"""How often that load is put on until the harness was in time for it."""
RIGHT = ("pipe", "cache")
PLANS: Mapping[str, Plan | None] = {"clean": None, "breaking": Plan(rules=(CUT, REFUSED), seed=5)}
_AT_ONCE = 2
"""Ten users mostly wait for the next piece, so two loads leave a machine of two cores punctual."""

Told: TypeAlias = tuple[CaseResult, dict[str, Any]]


def _loads() -> dict[str, tuple[TargetFile, Plan | None]]:
    broken = {name: (wrong(name), CUTS if name == "always-done" else None) for name in BROKEN}
    rights = {f"{kind} {name}": (load_target(str(right(kind))), plan) for kind in RIGHT for name, plan in PLANS.items()}
    return broken | rights


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Told]:
    """What every load came to: its result, and the record's section."""

    async def together() -> dict[str, Told]:
        turns, loads = asyncio.Semaphore(_AT_ONCE), _loads()

        async def one(name: str) -> Told:
            async with turns:
                profile = FEW if name == BY_TIME else PROFILE
                return await _put_on(*loads[name], profile, tmp_path_factory.mktemp("logs"))

        first = await one(BY_TIME)
        for _ in range(_ATTEMPTS - 1):
            if first[1]["harness"] != "in time":
                first = await one(BY_TIME)
        others = [name for name in loads if name != BY_TIME]
        return {BY_TIME: first, **dict(zip(others, await asyncio.gather(*map(one, others)), strict=True))}

    return run(together())


async def _put_on(target: TargetFile, plan: Plan | None, profile: LoadProfile, logs: Path) -> Told:
    results: list[CaseResult] = []
    section: dict[str, Any] = {}
    async with Lane(target, seed=7, logs=logs) as lane:
        settings = LoadSettings(
            seed=7,
            profile=profile,
            redactor=Redactor(),
            on_result=results.append,
            on_section=section.update,
            say=lambda _: None,
            logs=logs,
            plan=plan,
        )
        await load.run(lane, settings)
    return results[0], section


@pytest.mark.parametrize("defect", BROKEN)
def test_a_broken_proxy_is_found_under_load(defect: str, told: dict[str, Told]) -> None:
    found, section = told[defect]

    broken = {finding.invariant for finding in found.findings if finding.level is Level.MUST}
    assert found.verdict is Verdict.FAIL, found
    assert BROKEN[defect] in broken
    assert section["errors_by_target"] > 0


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("kind", RIGHT)
def test_a_right_proxy_is_blamed_for_nothing_that_must_hold(kind: str, plan: str, told: dict[str, Told]) -> None:
    found, section = told[f"{kind} {plan}"]

    said = {finding.invariant for finding in found.findings}
    assert found.verdict in (Verdict.PASS, Verdict.NON_STRICT), found
    assert said <= {"error-shape"}, found.findings  # a pipe passes on upstream's page of HTML
    assert section["errors_by_target"] == 0
    assert section["own_error_rate"] == 0.0
    assert bool(section["struck_by_faults"]) is (PLANS[plan] is not None)
