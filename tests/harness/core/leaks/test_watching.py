"""Watched stage by stage, warm-up and garbage are no leak, a leak is found, and the interval holds the truth."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import pytest

from harness.core.leaks.leak import Growth, Limits, Measure, RoundSample, State
from harness.core.leaks.watching import undecided, watched

EXACT = Limits(least_bytes=400, resolution_bytes=4096)
COARSE = Limits(least_bytes=1024, resolution_bytes=32_768)
ROUNDS, REQUESTS, MOST_STAGES = 10, 16, 4
SEEDS = 200
KIB = 1024.0

Held = Callable[[int], float]
"""How many bytes are held when so many requests have been made."""


def played(measure: Measure, held: Held, *, most: int = MOST_STAGES) -> Growth:
    """Play stages until it is decided, as the suite does, and return what it comes to."""
    limits = COARSE if measure.with_garbage else EXACT
    samples = [RoundSample(requests=0, holdings={measure: round(held(0))})]
    starts: list[int] = []
    while True:
        starts.append(len(samples) - 1)
        for _ in range(ROUNDS):
            made = samples[-1].requests + (REQUESTS << (len(starts) - 1))
            samples.append(RoundSample(requests=made, holdings={measure: round(held(made))}))
        found = watched(samples, starts, measure, limits)
        if len(starts) == most or not undecided([found], {measure: limits}):
            return found


def noise(dice: Random) -> Held:
    """What a forced collection leaves goes up and down by some KiB, and now and then by much."""
    return lambda _: 9e6 + dice.gauss(0, 15_000) + (400_000 if dice.random() < 0.02 else 0)


def warm_up(dice: Random) -> Held:
    """Code is compiled and caches fill: much at first, then ever less."""
    rest, amount, life = noise(dice), dice.uniform(5e4, 8e5), dice.uniform(10, 150)
    return lambda made: rest(made) + amount * (1 - math.exp(-made / life))


def saw_tooth(dice: Random) -> Held:
    """Garbage piles up and is collected when there is much of it."""
    a_request, most, at = dice.uniform(2e3, 5e4), dice.uniform(2e6, 1.8e8), dice.uniform(0, 1)
    return lambda made: 6e7 + (a_request * made + at * most) % most + dice.gauss(0, 1e5)


def leaking(held: Held, a_request: float) -> Held:
    """The same with a leak."""
    return lambda made: held(made) + a_request * made


SERIES: dict[str, tuple[Measure, Callable[[Random], Held], float]] = {
    "noise": (Measure.TRACED, noise, 0.0),
    "warm-up": (Measure.TRACED, warm_up, 0.0),
    "saw-tooth": (Measure.UNIQUE, saw_tooth, 0.0),
    "leak under noise": (Measure.TRACED, lambda dice: leaking(noise(dice), KIB), KIB),
    "leak under warm-up": (Measure.TRACED, lambda dice: leaking(warm_up(dice), KIB), KIB),
    "slow leak under a saw-tooth": (Measure.UNIQUE, lambda dice: leaking(saw_tooth(dice), KIB), KIB),
}


def _all(name: str) -> list[Growth]:
    measure, series, _ = SERIES[name]
    return [played(measure, series(Random(f"{name} {seed}"))) for seed in range(SEEDS)]


@pytest.mark.parametrize("name", SERIES)
def test_the_interval_holds_what_a_request_truly_leaves_behind(name: str) -> None:
    truth = SERIES[name][2]
    slopes = [each.slope for each in _all(name)]

    assert sum(each is not None and each.low <= truth <= each.high for each in slopes) >= 0.95 * SEEDS


@pytest.mark.parametrize("name", ["noise", "warm-up", "saw-tooth", "slow leak under a saw-tooth"])
def test_what_may_be_warm_up_or_garbage_is_never_a_leak(name: str) -> None:
    assert [each for each in _all(name) if each.state is State.LEAK] == []


@pytest.mark.parametrize("name", ["leak under noise", "leak under warm-up"])
def test_a_kibibyte_a_request_is_found(name: str) -> None:
    assert sum(each.state is State.LEAK for each in _all(name)) >= 0.95 * SEEDS


def test_what_grows_while_no_collection_was_seen_is_not_said_to_be_steady() -> None:
    found = played(Measure.UNIQUE, lambda made: 6e7 + 6400 * made)

    assert (found.state, found.slope and found.slope.low) == (State.GROWING, 0.0)


def test_more_than_garbage_can_come_to_is_a_leak() -> None:
    assert played(Measure.UNIQUE, lambda made: 6e6 + 1e5 * made).state is State.LEAK


def test_one_stage_only_raises_a_suspicion() -> None:
    found = played(Measure.TRACED, lambda made: 9e6 + 2048 * made, most=1)

    assert found.state is State.GROWING


def test_what_grew_in_the_first_stage_only_is_steady() -> None:
    assert played(Measure.TRACED, lambda made: 9e6 + 2048 * min(made, 160)).state is State.STEADY


def test_what_is_counted_is_decided_at_once_and_by_all_samples() -> None:
    samples = [RoundSample(requests=16 * number, holdings={Measure.TASKS: number}) for number in range(14)]

    found = watched(samples, [0, 10], Measure.TASKS, EXACT)

    assert (found.state, found.slope and found.slope.points) == (State.LEAK, 14)
    assert not undecided([found], {Measure.TASKS: EXACT})


def test_a_last_stage_that_was_broken_off_does_not_judge() -> None:
    samples = [RoundSample(requests=16 * number, holdings={Measure.TRACED: 32_000 * number}) for number in range(14)]

    found = watched(samples, [0, 10], Measure.TRACED, EXACT)

    assert (found.state, found.slope and found.slope.points) == (State.GROWING, 14)
