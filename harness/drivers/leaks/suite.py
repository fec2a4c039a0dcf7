"""The leak suite played: every scenario on a fresh target, measured round by round and told as soon as it is over."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from typing import Any

from harness.core.judging.needs import missing_claim
from harness.core.leaks.leak import Measure, State, told
from harness.core.target.file import TargetFile
from harness.drivers.leaks.outcome import Outcome, growths_of, is_undecided
from harness.drivers.leaks.section import section
from harness.drivers.leaks.settings import LeakSettings
from harness.errors import HarnessError
from harness.shell.playing.lane import Lane
from harness.shell.playing.leak_player import LeakPlayer, Played
from reports.record import CaseResult, Finding, Level, Verdict
from scenarios.leaks import LeakScenario


async def run(lanes: Sequence[Lane], settings: LeakSettings) -> dict[str, Any]:
    """Run the scenarios on the lanes, one at a time on each, and return what the record says of them.

    The lanes' targets are started afresh for every scenario.
    """
    target = lanes[0].target_file
    waiting: deque[LeakScenario] = deque()
    outcomes: dict[str, Outcome] = {}
    for scenario in settings.scenarios:
        missing = missing_claim(scenario.case, target)
        if missing:
            settings.on_result(
                _result(scenario, Verdict.NOT_APPLICABLE, settings, cause=f"the target does not claim {missing}")
            )
        elif target.command is None:
            cause = "the target is already running, so what its process holds cannot be measured; add target.command"
            settings.on_result(_result(scenario, Verdict.INCONCLUSIVE, settings, cause=cause))
        else:
            waiting.append(scenario)
    longest_first = deque(sorted(waiting, key=lambda item: -item.warm_up * item.answer_bytes))

    async def on_lane(lane: Lane) -> None:
        while longest_first:
            if settings.budget.is_over(time.monotonic()):
                settings.on_result(
                    _result(longest_first.popleft(), Verdict.INCONCLUSIVE, settings, cause=settings.budget.cause)
                )
                continue
            outcome = await _play(longest_first.popleft(), lane, settings)
            outcomes[outcome.scenario.case.id] = outcome
            settings.on_result(_judged(outcome, target, settings))

    async with asyncio.TaskGroup() as group:
        for lane in lanes:
            group.create_task(on_lane(lane))
    ordered = [outcomes[item.case.id] for item in settings.scenarios if item.case.id in outcomes]
    record = section(ordered, settings)
    settings.say(record["attribution"])
    return record


async def _play(scenario: LeakScenario, lane: Lane, settings: LeakSettings) -> Outcome:
    player = LeakPlayer(lane, scenario, seed=settings.seed, agents=settings.agents)
    cache = lane.target_file.capabilities.cache
    outcome = Outcome(scenario, player.played, cache)
    rounds, requests = settings.rounds_played(), settings.requests_a_round(scenario)

    def suspects(played: Played) -> bool:
        leaks = [each.measure for each in growths_of(scenario, played, cache) if each.state is State.LEAK]
        return Measure.TRACED in leaks or Measure.TASKS in leaks

    started_s = stage_s = time.monotonic()
    patience_s = min(settings.patience_s(), settings.budget.left_s(started_s))

    def plays_on(played: Played) -> bool:
        nonlocal stage_s
        now_s = time.monotonic()
        last_s, stage_s = now_s - stage_s, now_s
        stages = len(played.stages)
        if settings.budget.left_s(now_s) < 2 * last_s:
            return False
        return is_undecided(scenario, played, cache) and settings.may_go_on(
            spent_s=now_s - started_s, stages=stages, last_s=last_s
        )

    settings.say(f"{scenario.case.id}: {rounds} rounds of {requests} requests")
    try:
        async with asyncio.timeout(patience_s):
            await player.play(rounds=rounds, requests=requests, plays_on=plays_on, suspects=suspects)
    except TimeoutError:
        played = f"{max(0, len(player.played.samples) - 1)} of {rounds} rounds were played"
        over = settings.budget.is_over(time.monotonic())
        outcome.cause = f"{played}; {settings.budget.cause}" if over else f"{played} in {patience_s:.0f} s"
    except HarnessError as error:
        outcome.cause = settings.redactor.text(str(error))
    outcome.duration_s = round(time.monotonic() - started_s, 3)
    outcome.growths = growths_of(scenario, player.played, cache)
    return outcome


def _judged(outcome: Outcome, target: TargetFile, settings: LeakSettings) -> CaseResult:
    """Return the verdict on one scenario with its findings."""
    scenario = outcome.scenario
    findings = outcome.findings(settings.redactor)
    if findings:
        saw = f"{told(outcome.leaks)} a request" if outcome.leaks else findings[0].message
        fails = any(finding.level is Level.MUST for finding in findings)
        verdict = Verdict.FAIL if fails else Verdict.INFO
        return _result(scenario, verdict, settings, outcome=outcome, saw=saw, findings=findings)
    if outcome.doubt:
        return _result(scenario, Verdict.INCONCLUSIVE, settings, outcome=outcome, cause=outcome.doubt)
    return _result(scenario, Verdict.PASS, settings, outcome=outcome, saw=outcome.all_well)


def _result(
    scenario: LeakScenario,
    verdict: Verdict,
    settings: LeakSettings,
    *,
    outcome: Outcome | None = None,
    saw: str = "",
    findings: tuple[Finding, ...] = (),
    cause: str = "",
) -> CaseResult:
    case = scenario.case
    specs = dict.fromkeys(str(fault) for rule in case.upstream for fault in rule.faults)
    specs.update(dict.fromkeys(str(fault) for step in case.steps for fault in step.faults))
    return CaseResult(
        id=case.id,
        title=case.promise,
        suite="leaks",
        family="leaks",
        level=Level.MUST,
        verdict=verdict,
        duration_s=outcome.duration_s if outcome else 0.0,
        promised=case.promise,
        saw=saw,
        findings=findings,
        faults=tuple(specs),
        replay=settings.replay(scenario),
        reference=case.reference,
        cause=cause,
    )
