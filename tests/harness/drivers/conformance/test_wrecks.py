"""A target that a case leaves unusable is told of once, and the cases behind it get a fresh one."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest

from harness.core.judging.result import unrun
from harness.drivers.conformance.wrecks import Wrecks
from harness.errors import TargetError
from harness.shell.playing.lane import Lane
from harness.shell.playing.trial import Trials, Tried
from reports.record import CaseResult, Finding, Level, Verdict
from scenarios.case import Case
from tests.harness.core.histories import view

DIED = "its process ended with exit code 3"
HANGS = "it answers no clean request any more"


def case(name: str) -> Case:
    return Case(id=f"test.{name}", promise="", reference="", focus=("no-loss",))


@dataclass
class FakeLane:
    """A lane that counts how often its target was started afresh."""

    starts: bool = True
    afresh: int = 0
    target_file: Any = field(default_factory=lambda: SimpleNamespace(command=("run",)))

    async def start_afresh(self) -> None:
        self.afresh += 1

    async def ensure_alive(self) -> None:
        if not self.starts:
            raise TargetError("it ended before it was ready")


class FakeTrials:
    """Trials whose outcomes are written down by case: `ok`, `died` or `hung` for each play, `ok` from then on."""

    seed = 7

    def __init__(self, **outcomes: list[str]) -> None:
        self._outcomes = {f"test.{name}": list(plays) for name, plays in outcomes.items()}
        self.played: list[str] = []

    async def once(self, some: Case, _: object, *, attempt: int) -> Tried:
        self.played.append(some.id)
        plays = self._outcomes.get(some.id, [])
        how = plays.pop(0) if plays else "ok"
        verdict = Verdict.PASS if how == "ok" else Verdict.FAIL
        finding = Finding(invariant="alive-after", level=Level.MUST, message=how)
        result = unrun(some, verdict, "").model_copy(update={"findings": () if how == "ok" else (finding,)})
        deaths = ("ended with exit code 3",) if how == "died" else ()
        return Tried(
            result=result, view=view(deaths=deaths), late_s=0.0, wreck={"ok": "", "died": DIED, "hung": HANGS}[how]
        )

    def unrun(self, some: Case, verdict: Verdict, cause: str) -> CaseResult:
        return unrun(some, verdict, cause)


async def alone(name: str, trials: FakeTrials, lane: FakeLane, wrecks: Wrecks | None = None) -> CaseResult:
    judge = wrecks or Wrecks(cast("Trials", trials))
    return (await judge.alone(case(name), cast("Lane", lane))).result


async def one_of(names: str, trials: FakeTrials, lane: FakeLane, how: str) -> dict[str, CaseResult]:
    wrecks = Wrecks(cast("Trials", trials))
    return {
        some.id.removeprefix("test."): tried.result
        async for some, tried in wrecks.one_of([case(name) for name in names], cast("Lane", lane), how=how)
    }


async def test_a_case_that_leaves_the_target_well_is_played_once() -> None:
    trials, lane = FakeTrials(), FakeLane()

    assert (await alone("a", trials, lane)).verdict is Verdict.PASS
    assert (trials.played, lane.afresh) == (["test.a"], 0)


async def test_a_hang_is_blamed_once_and_the_next_case_has_a_fresh_target() -> None:
    trials, lane = FakeTrials(a=["hung"]), FakeLane()

    assert (await alone("a", trials, lane)).verdict is Verdict.FAIL
    assert (trials.played, lane.afresh) == (["test.a"], 1)


async def test_a_death_that_comes_again_on_a_fresh_target_is_blamed_on_its_case() -> None:
    trials, lane = FakeTrials(a=["died", "died"]), FakeLane()
    result = await alone("a", trials, lane)

    assert [finding.message for finding in result.findings] == ["died"]
    assert (len(trials.played), lane.afresh) == (2, 2)


async def test_a_death_that_no_case_brings_about_alone_is_told_once() -> None:
    trials, lane = FakeTrials(a=["died"], b=["died"]), FakeLane()
    wrecks = Wrecks(cast("Trials", trials))

    first = await alone("a", trials, lane, wrecks)
    second = await alone("b", trials, lane, wrecks)

    assert (first.verdict, second.verdict) == (Verdict.FAIL, Verdict.PASS)
    assert first.findings[0].invariant == "alive-after"
    assert first.findings[0].message.startswith(f"the target was lost ({DIED}) in the course of this case")


@pytest.mark.parametrize("how", ["died", "hung"])
async def test_of_cases_that_ran_at_once_the_one_that_did_it_is_found(how: str) -> None:
    lane = FakeLane()
    results = await one_of("abc", FakeTrials(b=[how]), lane, DIED)

    assert {name: result.verdict for name, result in results.items()} == {
        "a": Verdict.PASS,
        "b": Verdict.FAIL,
        "c": Verdict.PASS,
    }
    assert lane.afresh >= 3  # each suspect meets a fresh target


async def test_what_cases_did_only_together_is_told_of_one_of_them() -> None:
    results = await one_of("abc", FakeTrials(), FakeLane(), HANGS)
    failed = [result for result in results.values() if result.verdict is Verdict.FAIL]

    assert [result.id for result in failed] == ["test.a"]
    assert "while these ran at once: test.a, test.b, test.c; alone, none of them did it" in failed[0].saw


async def test_a_target_that_does_not_start_again_is_lost_and_the_reason_names_the_case() -> None:
    trials, lane = FakeTrials(a=["hung"]), FakeLane(starts=False)
    wrecks = Wrecks(cast("Trials", trials))
    await alone("a", trials, lane, wrecks)

    assert wrecks.lost(cast("Lane", lane)).startswith("not judged: test.a left the target unable to start again")
    assert not wrecks.lost(cast("Lane", FakeLane()))
