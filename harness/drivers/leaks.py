"""The leak suite: requests of one kind over and over again, and what the target holds between them.

The one rule: nothing is blamed for filling up. A leak goes on growing after everything has been warm, for surely more
than noise, and what could not be measured well enough is inconclusive with the reason.
"""

from __future__ import annotations

import asyncio
import shlex
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from harness.core.leak import Growth, Limits, Measure, State, attribution, bytes_text, growth, joined, told
from harness.core.needs import missing_claim
from harness.core.redact import Redactor
from harness.core.slope import fewest_points
from harness.core.target_file import TargetFile
from harness.errors import HarnessError
from harness.shell.lane import Lane
from harness.shell.leak_player import LeakPlayer, Played
from reports.record import CaseResult, Finding, Level, Verdict
from scenarios.leaks import SCENARIOS, LeakScenario

PLANNED: Final = tuple(item.case.id for item in SCENARIOS)
"""The id of every scenario."""

_PATIENCE_S: Final = {"soak": 3600.0}
_USUAL_PATIENCE_S: Final = 150.0
_ROUNDS: Final = {"quick": 10, "standard": 18, "soak": 60}
_TIMES_THE_REQUESTS: Final = {"soak": 5}
_LEAST_ANSWERED: Final = 0.9
_LEAST_TRACED_BYTES: Final = 400.0
_LEAST_UNIQUE_BYTES: Final = 1024.0
_TOLD_SITES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakSettings:
    """What a leak run needs besides its lanes. `on_result` hears of every scenario as it ends, `say` of its progress.

    `agents` is the folder where agents of the lanes' targets listen, if they were started with them. `rounds` and
    `requests` (in a round) are the profile's when they are None.
    """

    seed: int
    target_spec: str
    redactor: Redactor
    on_result: Callable[[CaseResult], None]
    say: Callable[[str], None]
    profile: str = "quick"
    target_options: tuple[str, ...] = ()
    agents: Path | None = None
    scenarios: tuple[LeakScenario, ...] = SCENARIOS
    rounds: int | None = None
    requests: int | None = None

    def rounds_played(self) -> int:
        """How many rounds each scenario has."""
        return self.rounds or _ROUNDS.get(self.profile, _ROUNDS["standard"])

    def requests_a_round(self, scenario: LeakScenario) -> int:
        """How many requests a round has."""
        return self.requests or scenario.requests * _TIMES_THE_REQUESTS.get(self.profile, 1)


@dataclass(slots=True)
class _Outcome:
    """One scenario when it is over: what was measured, and what it comes to."""

    scenario: LeakScenario
    played: Played
    growths: list[Growth] = field(default_factory=list)
    cause: str = ""
    duration_s: float = 0.0

    @property
    def leaks(self) -> list[Growth]:
        return [each for each in self.growths if each.state is State.LEAK]


async def run(lanes: Sequence[Lane], settings: LeakSettings) -> dict[str, Any]:
    """Run the scenarios on the lanes, one at a time on each, and return what the record says of them.

    The lanes' targets are started afresh for every scenario.
    """
    target = lanes[0].target_file
    waiting: deque[LeakScenario] = deque()
    outcomes: dict[str, _Outcome] = {}
    for scenario in settings.scenarios:
        missing = missing_claim(scenario.case, target)
        if missing:
            settings.on_result(
                _result(scenario, Verdict.NOT_APPLICABLE, settings, cause=f"the target does not claim {missing}")
            )
        elif target.command is None:
            cause = "the target runs already, so what its process holds cannot be measured; add target.command"
            settings.on_result(_result(scenario, Verdict.INCONCLUSIVE, settings, cause=cause))
        else:
            waiting.append(scenario)
    longest_first = deque(sorted(waiting, key=lambda item: -item.warm_up * item.answer_bytes))

    async def on_lane(lane: Lane) -> None:
        while longest_first:
            outcome = await _play(longest_first.popleft(), lane, settings)
            outcomes[outcome.scenario.case.id] = outcome
            settings.on_result(_judged(outcome, target, settings))

    async with asyncio.TaskGroup() as group:
        for lane in lanes:
            group.create_task(on_lane(lane))
    ordered = [outcomes[item.case.id] for item in settings.scenarios if item.case.id in outcomes]
    section = _section(ordered, settings)
    settings.say(section["attribution"])
    return section


async def _play(scenario: LeakScenario, lane: Lane, settings: LeakSettings) -> _Outcome:
    player = LeakPlayer(lane, scenario, seed=settings.seed, agents=settings.agents)
    outcome = _Outcome(scenario, player.played)
    rounds, requests = settings.rounds_played(), settings.requests_a_round(scenario)
    limits = _limits(scenario)

    def suspects(played: Played) -> bool:
        leaks = [each.measure for each in _growths(played, limits) if each.state is State.LEAK]
        return Measure.TRACED in leaks or Measure.TASKS in leaks

    patience_s = _PATIENCE_S.get(settings.profile, _USUAL_PATIENCE_S)
    started_s = time.monotonic()
    settings.say(f"{scenario.case.id}: {rounds} rounds of {requests} requests")
    try:
        async with asyncio.timeout(patience_s):
            await player.play(rounds=rounds, requests=requests, suspects=suspects)
    except TimeoutError:
        outcome.cause = (
            f"gave up after {patience_s:g} s and {max(0, len(player.played.samples) - 1)} of {rounds} rounds"
        )
    except HarnessError as error:
        outcome.cause = settings.redactor.text(str(error))
    outcome.duration_s = round(time.monotonic() - started_s, 3)
    outcome.growths = _growths(player.played, limits)
    return outcome


def _growths(played: Played, limits: Callable[[Measure], Limits]) -> list[Growth]:
    return [growth(played.samples, each, limits(each)) for each in _measures(played)]


def _measures(played: Played) -> list[Measure]:
    """Return what can be judged: what most samples have. Memory is judged as exactly as it is known."""
    enough = fewest_points()
    there = [each for each in Measure if sum(each in sample.holdings for sample in played.samples) >= enough]
    return [each for each in there if each is not Measure.UNIQUE or Measure.TRACED not in there]


def _limits(scenario: LeakScenario) -> Callable[[Measure], Limits]:
    size = scenario.answer_bytes

    def limits(measure: Measure) -> Limits:
        if measure is Measure.TRACED:  # the larger the answers, the more a pool of buffers goes up and down
            return Limits(least_bytes=max(_LEAST_TRACED_BYTES, size / 256), resolution_bytes=max(4096.0, size / 4))
        return Limits(least_bytes=max(_LEAST_UNIQUE_BYTES, size / 64), resolution_bytes=max(32_768.0, size / 2))

    return limits


def _judged(outcome: _Outcome, target: TargetFile, settings: LeakSettings) -> CaseResult:
    """Return the verdict on one scenario with its findings."""
    scenario, played = outcome.scenario, outcome.played
    findings = [_finding(each, outcome, target, settings) for each in outcome.leaks]
    findings += _others(outcome, settings)
    if findings:
        saw = f"{told(outcome.leaks)} a request" if outcome.leaks else findings[0].message
        return _result(scenario, Verdict.FAIL, settings, outcome=outcome, saw=saw, findings=tuple(findings))
    if cause := outcome.cause or _doubt(outcome):
        return _result(scenario, Verdict.INCONCLUSIVE, settings, outcome=outcome, cause=cause)
    return _result(scenario, Verdict.PASS, settings, outcome=outcome, saw=_all_well(outcome, played))


def _finding(leak: Growth, outcome: _Outcome, target: TargetFile, settings: LeakSettings) -> Finding:
    measure, slope, played = leak.measure, leak.slope, outcome.played
    low, high = (measure.amount(slope.low), measure.amount(slope.high)) if slope else ("-", "-")
    first, last = played.samples[0], played.samples[-1]
    from_to = (
        f"{measure.amount(first.holdings.get(measure, 0))} before, {measure.amount(last.holdings.get(measure, 0))} "
        f"after {last.requests} requests in {len(played.samples) - 1} rounds, {outcome.scenario.warm_up} before them"
    )
    sites = [
        settings.redactor.text(
            f"{each['site']} grew by {bytes_text(each['bytes'])} in {played.requests_of_sites} requests"
        )
        for each in played.sites[:_TOLD_SITES]
    ]
    fills_memory = measure.in_bytes and outcome.scenario.name == "unique-prompts" and target.capabilities.cache
    return Finding(
        invariant="cache-bounded" if fills_memory else "no-leak",
        level=Level.MUST,
        message=f"{outcome.scenario.name} leaks {leak.text} a request (surely between {low} and {high})",
        evidence=(from_to, *(sites if measure.in_bytes or measure is Measure.TASKS else ())),
    )


def _others(outcome: _Outcome, settings: LeakSettings) -> list[Finding]:
    """Return what is wrong besides growth: upstream calls that nobody waits for, and a target that died of it."""
    found = []
    running = [sample.holdings.get(Measure.UPSTREAM, 0) for sample in outcome.played.samples]
    if running and min(running) > 0 and not any(each.measure is Measure.UPSTREAM for each in outcome.leaks):
        message = f"at least {Measure.UPSTREAM.amount(min(running))} still ran 2 s after every client had gone"
        found.append(Finding(invariant="no-leak", level=Level.MUST, message=message))
    for death in outcome.played.deaths:
        message, _, words = settings.redactor.text(death).partition("\n")
        found.append(
            Finding(
                invariant="alive-after",
                level=Level.MUST,
                message=f"the target {message}",
                evidence=tuple(words.splitlines()),
            )
        )
    return found


def _doubt(outcome: _Outcome) -> str:
    """Say why nothing can be said, or nothing at all."""
    played, case = outcome.played, outcome.scenario.case
    if len(played.samples) < fewest_points():
        return f"{len(played.samples)} samples are too few to tell growth from noise; {fewest_points()} are needed"
    if played.answered < _LEAST_ANSWERED * played.asked:
        return f"only {played.answered} of {played.asked} requests were answered, so the scenario was hardly played"
    if case.upstream and played.struck < len(played.samples):
        return f"its faults struck {played.struck} times only, so the scenario was hardly played"
    unclear = [each for each in outcome.growths if each.state is State.UNCLEAR]
    if unclear:
        how = ", ".join(
            f"{each.measure} is known to within {each.measure.amount(each.slope.half_width)} a request only"
            for each in unclear
            if each.slope
        )
        return f"too much noise to tell: {how}; give it more rounds or more requests"
    if not any(each.measure.in_bytes for each in outcome.growths):
        return "the target's memory could not be measured"
    return ""


def _all_well(outcome: _Outcome, played: Played) -> str:
    memory = next(each for each in outcome.growths if each.measure.in_bytes)
    full = joined([str(each.measure) for each in outcome.growths if each.state is State.PLATEAU] or [""])
    most = max(0.0, memory.slope.high) if memory.slope else 0.0
    return (
        f"nothing grows in {played.samples[-1].requests} requests: at most {bytes_text(most)} a request, "
        f"{'traced' if played.traced else 'as the system counts'}" + (f"; {full} filled up and stopped" if full else "")
    )


def _result(
    scenario: LeakScenario,
    verdict: Verdict,
    settings: LeakSettings,
    *,
    outcome: _Outcome | None = None,
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
        replay=_replay(scenario, settings),
        reference=case.reference,
        cause=cause,
    )


def _replay(scenario: LeakScenario, settings: LeakSettings) -> str:
    words = ["edgeproof", "leaks", "--only", scenario.case.id, "--seed", str(settings.seed)]
    words += [] if settings.target_spec == "reference" else ["--target", settings.target_spec]
    words += [] if settings.profile == "quick" else ["--profile", settings.profile]
    words += [] if settings.rounds is None else ["--rounds", str(settings.rounds)]
    words += [] if settings.requests is None else ["--requests", str(settings.requests)]
    return shlex.join([*words, *settings.target_options])


def _section(outcomes: Sequence[_Outcome], settings: LeakSettings) -> dict[str, Any]:
    judged = {each.scenario.name: each.leaks for each in outcomes if each.leaks or not (each.cause or _doubt(each))}
    return {
        "attribution": attribution(judged),
        "profile": settings.profile,
        "summary": [_row(each) for each in outcomes],
        "scenarios": {each.scenario.name: _described(each, settings) for each in outcomes},
    }


def _row(outcome: _Outcome) -> Mapping[str, Any]:
    memory = next((each for each in outcome.growths if each.measure.in_bytes and each.slope), None)
    slope = memory.slope if memory else None
    return {
        "scenario": outcome.scenario.name,
        "asked": outcome.played.asked,
        "bytes_per_request": round(slope.value, 1) if slope else None,
        "surely_between": [round(slope.low, 1), round(slope.high, 1)] if slope else None,
        "leaks": told(outcome.leaks) if outcome.leaks else "nothing",
    }


def _described(outcome: _Outcome, settings: LeakSettings) -> Mapping[str, Any]:
    memory = next((each for each in outcome.growths if each.measure.in_bytes), None)
    played = outcome.played
    return {
        "id": outcome.scenario.case.id,
        "warm_up": outcome.scenario.warm_up,
        "rounds": max(0, len(played.samples) - 1),
        "asked": played.asked,
        "traced": played.traced,
        "bytes_per_request": memory.slope.value if memory and memory.slope else None,
        "growth": {str(each.measure): each.to_json() for each in outcome.growths},
        "samples": {
            "requests": [sample.requests for sample in played.samples],
            **{str(each): [sample.holdings.get(each) for sample in played.samples] for each in Measure},
        },
        "sites": [{**each, "site": settings.redactor.text(str(each["site"]))} for each in played.sites],
    }
