"""One scenario when it is over: what was measured, what it comes to, and why nothing can be said when nothing can.

The one rule: nothing is blamed for filling up. A leak goes on growing after everything has been warm, for measurably
more than noise, and what could not be measured well enough is inconclusive with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from harness.core.leaks.leak import Growth, Limits, Measure, State, bytes_text, joined
from harness.core.leaks.watching import undecided, watched
from harness.core.observed.redact import Redactor
from harness.core.statistics.slope import fewest_points
from harness.core.target.claims import RESIDENT_SHARE, Cache
from harness.shell.playing.leak_player import Played
from reports.record import Finding, Level
from scenarios.leaks import LeakScenario

_LEAST_ANSWERED: Final = 0.9
_LEAST_TRACED_BYTES: Final = 400.0
_LEAST_UNIQUE_BYTES: Final = 1024.0
_TOLD_SITES: Final = 5
_UNSEEN: Final = "no collection can be forced in this target, so that may be garbage that nobody has collected yet"


@dataclass(slots=True)
class Outcome:
    """One scenario that was played; `cause` says why it was broken off, if it was."""

    scenario: LeakScenario
    played: Played
    cache: Cache | None = None
    """What the target claims to keep."""
    growths: list[Growth] = field(default_factory=list)
    cause: str = ""
    duration_s: float = 0.0

    @property
    def leaks(self) -> list[Growth]:
        """What leaks."""
        return [each for each in self.growths if each.state is State.LEAK]

    @property
    def memory(self) -> Growth | None:
        """The growth of memory, by the best measure there is."""
        return next((each for each in self.growths if each.measure.in_bytes), None)

    @property
    def doubt(self) -> str:
        """Why nothing can be said of it where nothing was found, or nothing at all."""
        return self.cause or _doubt(self)

    @property
    def all_well(self) -> str:
        """What is said of a scenario in which nothing leaks."""
        played, memory = self.played, self.memory
        if any(each.state is State.ALLOWED for each in self.growths) and memory:
            return f"{memory.text} a request stays in {played.samples[-1].requests}, within cache.max_bytes so far"
        full = joined([str(each.measure) for each in self.growths if each.state is State.PLATEAU] or [""])
        most = max(0.0, memory.slope.high) if memory and memory.slope else 0.0
        return (
            f"nothing grows in {played.samples[-1].requests} requests: at most {bytes_text(most)} a request, "
            f"{'traced' if played.traced else 'as the system counts'}"
            + (f"; {full} filled up and stopped" if full else "")
        )

    def findings(self, redactor: Redactor) -> tuple[Finding, ...]:
        """Return what is wrong."""
        return (*(_finding(each, self, redactor) for each in self.leaks), *_others(self, redactor))


def growths_of(scenario: LeakScenario, played: Played, cache: Cache | None = None) -> list[Growth]:
    """Return the growth of all that can be judged so far; `cache` is what the target claims to keep."""
    limits = _limits(scenario)
    found = [watched(played.samples, played.stages, each, limits[each]) for each in _measures(played)]
    return [_allowed(each, scenario, played, cache) for each in found]


def is_undecided(scenario: LeakScenario, played: Played, cache: Cache | None = None) -> bool:
    """Whether more rounds could still tell whether memory leaks, or grows beyond what the target may keep."""
    growths = growths_of(scenario, played, cache)
    return undecided(growths, _limits(scenario)) or any(each.state is State.ALLOWED for each in growths)


def _allowed(found: Growth, scenario: LeakScenario, played: Played, cache: Cache | None) -> Growth:
    """Return the growth, allowed where kept answers explain it that the target may keep."""
    if not (found.measure.in_bytes and found.state in {State.LEAK, State.GROWING} and _fills(scenario, cache)):
        return found
    held = [sample.holdings[found.measure] for sample in played.samples if found.measure in sample.holdings]
    if cache is None or cache.max_bytes is None or held[-1] - held[0] > RESIDENT_SHARE * cache.max_bytes:
        return found
    return replace(found, state=State.ALLOWED)


def _fills(scenario: LeakScenario, cache: Cache | None) -> bool:
    """Whether the scenario fills a cache that the target claims."""
    return cache is not None and scenario.name == "unique-prompts"


def _measures(played: Played) -> list[Measure]:
    """Return what can be judged: what most samples have. Memory is judged as exactly as it is known."""
    enough = fewest_points()
    there = [each for each in Measure if sum(each in sample.holdings for sample in played.samples) >= enough]
    return [each for each in there if each is not Measure.UNIQUE or Measure.TRACED not in there]


def _limits(scenario: LeakScenario) -> Mapping[Measure, Limits]:
    size = scenario.answer_bytes
    # The larger the answers, the more a pool of buffers goes up and down.
    exact = Limits(least_bytes=max(_LEAST_TRACED_BYTES, size / 256), resolution_bytes=max(4096.0, size / 4))
    coarse = Limits(least_bytes=max(_LEAST_UNIQUE_BYTES, size / 64), resolution_bytes=max(32_768.0, size / 2))
    return {each: coarse if each.with_garbage else exact for each in Measure}


def _finding(leak: Growth, outcome: Outcome, redactor: Redactor) -> Finding:
    measure, slope, played = leak.measure, leak.slope, outcome.played
    low, high = (measure.amount(slope.low), measure.amount(slope.high)) if slope else ("-", "-")
    first, last = played.samples[0], played.samples[-1]
    from_to = (
        f"{measure.amount(first.holdings.get(measure, 0))} before, {measure.amount(last.holdings.get(measure, 0))} "
        f"after {last.requests} requests in {len(played.samples) - 1} rounds, {outcome.scenario.warm_up} before them"
    )
    sites = [
        redactor.text(f"{each['site']} grew by {bytes_text(each['bytes'])} in {played.requests_of_sites} requests")
        for each in played.sites[:_TOLD_SITES]
    ]
    heap = played.of_heap and measure is Measure.TRACED
    much, beside = (f"{leak.text} of heap", [_beside(played)]) if heap else (leak.text, [])
    cache = outcome.cache if measure.in_bytes and _fills(outcome.scenario, outcome.cache) else None
    return Finding(
        invariant="cache-bounded" if cache else "no-leak",
        level=Level.OBSERVE if cache and cache.max_bytes is None else Level.MUST,  # no bound is claimed
        message=f"{outcome.scenario.name} leaks {much} a request (between {low} and {high})",
        evidence=(from_to, *beside, *(sites if measure.in_bytes or measure is Measure.TASKS else ())),
    )


def _beside(played: Played) -> str:
    """Say what the heap's growth is, and what the system saw of the process meanwhile."""
    first, last = (each.holdings.get(Measure.UNIQUE, 0) for each in (played.samples[0], played.samples[-1]))
    return (
        "this is what the program itself still references: V8's inspector counted it after a collection; the process "
        f"as a whole went from {bytes_text(first)} to {bytes_text(last)}"
    )


def _others(outcome: Outcome, redactor: Redactor) -> list[Finding]:
    """Return what is wrong besides growth: upstream calls that nobody waits for, and a target that died of it."""
    found = []
    running = [sample.holdings.get(Measure.UPSTREAM, 0) for sample in outcome.played.samples]
    if running and min(running) > 0 and not any(each.measure is Measure.UPSTREAM for each in outcome.leaks):
        message = f"at least {Measure.UPSTREAM.amount(min(running))} still ran 2 s after every client had gone"
        found.append(Finding(invariant="no-leak", level=Level.MUST, message=message))
    for death in outcome.played.deaths:
        message, _, words = redactor.text(death).partition("\n")
        found.append(
            Finding(
                invariant="alive-after",
                level=Level.MUST,
                message=f"the target {message}",
                evidence=tuple(words.splitlines()),
            )
        )
    return found


def _most(found: Growth) -> str:
    return found.measure.amount(found.slope.high) if found.slope else "-"


def _doubt(outcome: Outcome) -> str:
    played, case = outcome.played, outcome.scenario.case
    if len(played.samples) < fewest_points():
        return f"{len(played.samples)} samples are too few to tell growth from noise; {fewest_points()} are needed"
    if played.answered < _LEAST_ANSWERED * played.asked:
        return f"only {played.answered} of {played.asked} requests were answered, so the scenario was barely played"
    if case.upstream and played.struck < len(played.samples):
        return f"its faults struck only {played.struck} times, so the scenario was barely played"
    unclear = [each for each in outcome.growths if each.state is State.UNCLEAR and each.slope]
    if unclear:
        how = ", ".join(f"{each.measure} may grow by up to {_most(each)} a request" for each in unclear)
        return f"too much noise to tell: {how}; give it more rounds or more requests"
    growing = [each for each in outcome.growths if each.state is State.GROWING and each.slope]
    if growing:
        requests = played.samples[-1].requests
        how = ", ".join(f"{each.measure} grew by {each.text} a request" for each in growing)
        why = _UNSEEN if any(each.measure.with_garbage for each in growing) else "that may still be warm-up"
        return f"{how} in {requests} requests, and {why}; give it more rounds or more requests"
    if outcome.memory is None:
        return "the target's memory could not be measured"
    return ""
