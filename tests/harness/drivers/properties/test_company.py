"""What fails in company is noted alone where it fails alone, and with its company where it does not."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from fault_injection.families import http, http_framing, sse_ends
from harness.core.judging.failures import Failures, elements
from harness.core.judging.resilience import reach_of
from harness.core.judging.result import unrun
from harness.core.judging.view import CaseView
from harness.drivers.properties.company import note_failures, play
from harness.drivers.properties.ground import Ground
from harness.shell.playing.lane import Lane
from harness.shell.playing.trial import STARVED_S, Trials, Tried
from harness.shell.target.targets import load
from reports.record import CaseResult, Finding, Level, Verdict
from scenarios.case import Case, Step, Upstream
from scenarios.case_file import found_case
from scenarios.prompt import Prompt
from scenarios.searching.openings import openings
from tests.harness.drivers.properties.grounds import ground, played
from tests.targets.trial import right, wrong


async def noted(case: Case, on: Ground) -> Failures:
    failures = Failures()
    tried = await played(on, case)
    await note_failures(case, tried.result, on.lane, on.trials, failures)
    return failures


async def test_what_an_opening_breaks_is_noted(tmp_path: Path) -> None:
    target = wrong("takes-what-came")
    failures, played = Failures(), Counter[str]()
    async with ground(target, tmp_path) as on:
        waiting = openings(reach_of(target))
        await play(waiting, on.lane, on.trials, failures, lambda case, _: played.update([case.id]))

    assert played == Counter(case.id for case in openings(reach_of(target)))
    assert "valid-framing" in {key[0] for key, _ in failures}


async def test_lanes_share_what_waits_and_a_right_target_breaks_none_of_it(tmp_path: Path) -> None:
    target = load(str(right("parser")))
    failures, played = Failures(), Counter[str]()
    async with ground(target, tmp_path / "one") as one, ground(target, tmp_path / "other") as other:
        waiting = openings(reach_of(target))
        async with asyncio.TaskGroup() as group:
            for on in (one, other):
                heard = play(waiting, on.lane, on.trials, failures, lambda case, _: played.update([case.id]))
                group.create_task(heard)

    assert played == Counter(case.id for case in openings(reach_of(target)))
    assert [key for key, _ in failures] == []


class ToldTrials:
    """Trials whose verdicts are written down, play by play; the target was starved in each."""

    def __init__(self, *verdicts: Verdict) -> None:
        self._verdicts = iter(verdicts)

    async def searched(self, case: Case, _: object, *, attempt: int) -> Tried:
        result = self.unrun(case, next(self._verdicts), "")
        lost = Finding(invariant="no-loss", level=Level.MUST, message="ask: lost 3 words")
        findings = (lost,) if result.verdict is Verdict.FAIL else ()
        return Tried(
            result=result.model_copy(update={"findings": findings}), view=None, late_s=0.0, starved_s=STARVED_S
        )

    def unrun(self, case: Case, verdict: Verdict, cause: str) -> CaseResult:
        return unrun(case, verdict, cause)


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        ((Verdict.FAIL, Verdict.PASS), Verdict.PASS),
        ((Verdict.FAIL, Verdict.FAIL), Verdict.FAIL),
        ((Verdict.FAIL, Verdict.INCONCLUSIVE), Verdict.INCONCLUSIVE),
        ((Verdict.INFO,), Verdict.INFO),
    ],
)
async def test_what_a_starved_target_breaks_counts_when_it_shows_twice_and_what_is_only_observed_is_none(
    seen: tuple[Verdict, ...], told: Verdict
) -> None:
    heard: list[Verdict] = []
    trials, failures = cast("Trials", ToldTrials(*seen)), Failures()

    cases = iter([found_case("pairs.one", [Step()])])
    await play(cases, cast("Lane", None), trials, failures, lambda _, tried: heard.append(tried.result.verdict))

    assert (heard, len(list(failures))) == ([told], told is Verdict.FAIL)


async def test_what_fails_alone_as_well_is_noted_alone(tmp_path: Path) -> None:
    steps = [Step(label="cut", question="q"), Step(label="zipped", question="r", start="with")]
    rules = [
        Upstream(faults=(sse_ends.Truncate(after=2, end="clean"),), question="q", must_strike=False),
        Upstream(faults=(http_framing.Gzip(),), question="r", must_strike=False),
    ]
    async with ground(wrong("always-done"), tmp_path) as on:
        failures = await noted(found_case("pairs.two", steps, rules), on)

    (examples,) = [examples for key, examples in failures if key[0] == "no-laundering"]
    assert [step.label for step in examples[0].case.steps] == ["cut"]
    assert elements(examples[0].case) == 1


async def test_what_needs_its_company_is_noted_with_it(tmp_path: Path) -> None:
    steps = [Step(label="down", question="q", stream=False), Step(label="next", question="r", stream=False)]
    down = Upstream(faults=(http.Status(code=503),), question="q", model="main", must_strike=False)
    async with ground(wrong("stays-on-fallback"), tmp_path) as on:
        failures = await noted(found_case("pairs.both", steps, [down]), on)

    (examples,) = [examples for key, examples in failures if key[0] == "fallback-not-sticky"]
    assert [step.label for step in examples[0].case.steps] == ["down", "next"]


async def test_of_many_requests_with_the_same_failure_a_few_are_played_again(tmp_path: Path) -> None:
    steps = [Step(label=f"cut-{at}", question=f"q-{at}", start="with" if at else "after") for at in range(7)]
    case = found_case("pairs.many", steps)
    findings = tuple(
        Finding(invariant="no-loss", level=Level.MUST, message=f"{step.label}: lost {step.question!r}")
        for step in steps
    )
    result = unrun(case, Verdict.FAIL, "").model_copy(update={"findings": findings})
    played: list[str] = []

    def counted(small: Case, view: CaseView) -> tuple[Finding, ...]:
        played.extend(step.label for step in small.steps)
        return ()

    async with ground(load(str(right("parser"))), tmp_path) as on:
        await note_failures(case, result, on.lane, replace(on.trials, also=counted), Failures())

    assert played == ["cut-0", "cut-1", "cut-2", "cut-3"]


async def test_what_is_looked_for_alone_in_vain_is_looked_for_no_more(tmp_path: Path) -> None:
    steps = [Step(label="first", question="q"), Step(label="second", question="r")]
    played: list[str] = []

    def counted(small: Case, view: CaseView) -> tuple[Finding, ...]:
        played.append(small.id)
        return ()

    failures = Failures()
    async with ground(load(str(right("parser"))), tmp_path) as on:
        for tokens in range(4, 12):
            case = found_case(f"pairs.{tokens}", [replace(step, prompt=Prompt(tokens=tokens)) for step in steps])
            lost = Finding(invariant="no-loss", level=Level.MUST, message="second: lost 3 words")
            result = unrun(case, Verdict.FAIL, "").model_copy(update={"findings": (lost,)})
            await note_failures(case, result, on.lane, replace(on.trials, also=counted), failures)

    assert len(played) == 4
    assert [[len(each.case.steps) for each in examples] for _, examples in failures] == [[2, 2]]


async def test_a_failure_with_two_examples_of_one_request_needs_no_more(tmp_path: Path) -> None:
    def found(name: str, *labels: str, tokens: int) -> tuple[Case, CaseResult]:
        prompt = Prompt(tokens=tokens)
        case = found_case(f"pairs.{name}", [Step(label=label, question=label, prompt=prompt) for label in labels])
        lost = Finding(invariant="no-loss", level=Level.MUST, message=f"{labels[-1]}: lost 3 words")
        return case, unrun(case, Verdict.FAIL, "").model_copy(update={"findings": (lost,)})

    failures = Failures()
    async with ground(load(str(right("parser"))), tmp_path) as on:
        for case, result in (found("a", "q", tokens=4), found("b", "q", tokens=5), found("c", "q", "r", tokens=6)):
            await note_failures(case, result, on.lane, on.trials, failures)

    assert [[len(each.case.steps) for each in examples] for _, examples in failures] == [[1, 1]]
