from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from harness.core.leak import Growth, Limits, Measure, RoundSample, State, attribution, bytes_text, growth
from harness.core.slope import Slope

LIMITS = Limits(least_bytes=256, resolution_bytes=32_768)
A_ROUND = 20


def _series(measure: Measure, value: Callable[[int], float], rounds: int = 12) -> list[RoundSample]:
    return [
        RoundSample(requests=number * A_ROUND, holdings={measure: round(value(number))}) for number in range(rounds)
    ]


def _state(measure: Measure, value: Callable[[int], float], rounds: int = 12) -> State:
    return growth(_series(measure, value, rounds), measure, LIMITS).state


def _leaking(measure: Measure, amount: float) -> Growth:
    return Growth(measure=measure, state=State.LEAK, slope=Slope(value=amount, low=amount, high=amount, points=12))


def test_a_kibibyte_a_request_is_a_leak_of_a_kibibyte() -> None:
    dice = Random(3)

    found = growth(
        _series(Measure.TRACED, lambda number: 5e6 + 1024 * A_ROUND * number + dice.gauss(0, 3000)),
        Measure.TRACED,
        LIMITS,
    )

    assert (found.state, found.text) == (State.LEAK, "1.0 KiB")


def test_noise_is_steady() -> None:
    for seed in range(100):
        dice = Random(seed)
        assert _state(Measure.TRACED, lambda _, dice=dice: 5e6 + dice.gauss(0, 20_000)) is State.STEADY  # type: ignore[misc]


def test_noise_that_hides_everything_is_unclear() -> None:
    dice = Random(5)

    assert _state(Measure.UNIQUE, lambda _: 5e6 + dice.gauss(0, 2e7)) is State.UNCLEAR


@pytest.mark.parametrize("full_at", [1, 3, 6, 7])
def test_a_cache_that_fills_and_stops_is_no_leak(full_at: int) -> None:
    assert _state(Measure.TRACED, lambda number: 1e6 * min(number, full_at)) is not State.LEAK


def test_what_filled_and_stopped_late_is_called_a_plateau() -> None:
    assert _state(Measure.TRACED, lambda number: 1e6 * min(number, 7)) is State.PLATEAU


def test_few_samples_are_unclear() -> None:
    assert _state(Measure.TRACED, lambda number: 1e6 * number, rounds=5) is State.UNCLEAR


def test_what_nobody_measured_is_unclear() -> None:
    samples = _series(Measure.TRACED, lambda _: 1)

    assert growth(samples, Measure.TASKS, LIMITS) == Growth(measure=Measure.TASKS, state=State.UNCLEAR)


@pytest.mark.parametrize("measure", [Measure.DESCRIPTORS, Measure.THREADS, Measure.TASKS, Measure.UPSTREAM])
def test_one_more_a_round_leaks(measure: Measure) -> None:
    assert _state(measure, lambda number: 10 + number) is State.LEAK


def test_a_pool_that_goes_up_and_down_is_steady() -> None:
    dice = Random(2)

    assert _state(Measure.DESCRIPTORS, lambda _: 20 + dice.randrange(6)) is State.STEADY


def test_three_descriptors_in_twelve_rounds_are_steady() -> None:
    assert _state(Measure.DESCRIPTORS, lambda number: 20 + number // 4) is State.STEADY


def test_memory_that_shrinks_is_steady() -> None:
    assert _state(Measure.TRACED, lambda number: 5e6 - 2000 * number) is State.STEADY


def test_one_scenario_that_leaks_is_named_with_everything_it_leaks() -> None:
    leaks = {
        "clean": [],
        "cut": [],
        "client-gone": [_leaking(Measure.TRACED, 4200), _leaking(Measure.DESCRIPTORS, 1.0)],
    }

    assert attribution(leaks) == "only client-gone leaks: 4.1 KiB and 1 descriptor a request"


def test_what_every_request_leaks_is_not_blamed_on_one_scenario() -> None:
    leaks = {name: [_leaking(Measure.TRACED, 1024)] for name in ("clean", "cut", "cached")}

    assert attribution(leaks) == "every request leaks: 1.0 KiB in clean"


def test_a_scenario_that_leaks_more_than_every_request_is_named() -> None:
    leaks = {"clean": [_leaking(Measure.TRACED, 1024)], "cut": [_leaking(Measure.TRACED, 9000)]}

    assert attribution(leaks) == "every request leaks: 1.0 KiB in clean; over and above that cut"


def test_several_that_leak_are_told_from_those_that_do_not() -> None:
    leaks = {"clean": [], "cut": [_leaking(Measure.TASKS, 1)], "client-gone": [_leaking(Measure.TASKS, 2)]}

    assert attribution(leaks) == (
        "cut and client-gone leak, clean does not: cut 1 asyncio task; client-gone 2 asyncio tasks a request"
    )


def test_nothing_leaks_where_nothing_leaks() -> None:
    assert (attribution({"clean": []}), attribution({})) == ("nothing leaks", "")


def test_amounts_are_told_in_their_unit() -> None:
    assert [bytes_text(512), bytes_text(4200), bytes_text(3 << 20)] == ["512 B", "4.1 KiB", "3.0 MiB"]
    assert Measure.CHILDREN.amount(0.5) == "0.5 child processes"


def test_a_bound_that_is_not_known_is_null_in_the_record() -> None:
    few = growth(_series(Measure.TRACED, lambda number: number, rounds=3), Measure.TRACED, LIMITS)

    assert few.to_json() == {"state": "unclear", "per_request": None, "low": None, "high": None}
