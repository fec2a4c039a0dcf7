from __future__ import annotations

import math
from collections.abc import Callable
from random import Random

import pytest

from harness.core.leaks.leak import Growth, Limits, Measure, RoundSample, State, attribution, bytes_text, growth
from harness.core.statistics.slope import Slope, fewest_points

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


def test_what_stopped_in_the_middle_is_a_plateau_however_it_grew_before() -> None:
    assert _state(Measure.TRACED, lambda number: 1e6 * min(number, 8), rounds=14) is State.PLATEAU


def test_what_is_counted_and_stopped_before_the_last_third_is_a_plateau() -> None:
    assert _state(Measure.TASKS, lambda number: 9 * min(number, 8), rounds=13) is State.PLATEAU
    assert _state(Measure.TASKS, lambda number: min(number, 9)) is State.LEAK


def test_what_stood_still_for_two_rounds_only_has_not_stopped() -> None:
    assert _state(Measure.TRACED, lambda number: 1e6 * min(number, 9)) is State.GROWING


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


@pytest.mark.parametrize(("in_pairs", "expected"), [(8, State.STEADY), (7, State.LEAK)])
def test_what_is_counted_leaks_when_more_than_one_stays_in_two_rounds(in_pairs: int, expected: State) -> None:
    """One thing stays every four requests; rounds are shorter where there are two at one place."""
    counts = sorted([*range(9), *range(1, in_pairs + 1)])
    samples = [RoundSample(requests=4 + 4 * count, holdings={Measure.TASKS: count}) for count in counts]

    assert growth(samples, Measure.TASKS, LIMITS).state is expected


@pytest.mark.parametrize(("a_request", "expected"), [(256, State.STEADY), (257, State.LEAK)])
def test_memory_is_blamed_from_over_its_least_on(a_request: int, expected: State) -> None:
    assert _state(Measure.TRACED, lambda number: a_request * A_ROUND * number) is expected


def test_memory_is_steady_when_it_grows_by_no_more_than_the_resolution_above_what_it_seems_to() -> None:
    dice = Random(5)
    samples = _series(Measure.TRACED, lambda _: 5e6 + dice.gauss(0, 2e5))
    slope = growth(samples, Measure.TRACED, LIMITS).slope
    assert slope is not None

    states = [
        growth(
            samples, Measure.TRACED, Limits(least_bytes=1e9, resolution_bytes=(slope.high - slope.value) * share)
        ).state
        for share in (1.0, 0.999)
    ]

    assert states == [State.STEADY, State.UNCLEAR]


def test_as_many_samples_as_an_interval_needs_are_enough() -> None:
    assert _state(Measure.TRACED, lambda number: 1e6 * number, rounds=fewest_points()) is State.LEAK


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


def test_one_scenario_alone_is_every_request() -> None:
    assert attribution({"cut": [_leaking(Measure.TRACED, 1024)]}) == "every request leaks: 1.0 KiB"


@pytest.mark.parametrize(("others", "named"), [(("cut", "clean"), "clean"), (("cut", "gone"), "cut")])
def test_what_every_request_leaks_is_measured_in_plain_ones_where_there_are_any(
    others: tuple[str, ...], named: str
) -> None:
    leaks = {name: [_leaking(Measure.TRACED, 1024)] for name in others}

    assert attribution(leaks) == f"every request leaks: 1.0 KiB in {named}"


@pytest.mark.parametrize(
    ("cut", "more"),
    [
        (_leaking(Measure.TRACED, 1536), ""),
        (_leaking(Measure.TRACED, 1537), "; over and above that cut"),
        (_leaking(Measure.DESCRIPTORS, 0.5), "; over and above that cut"),
    ],
    ids=["half as much again", "more than that", "another thing"],
)
def test_over_and_above_is_more_than_half_as_much_again(cut: Growth, more: str) -> None:
    leaks = {"clean": [_leaking(Measure.TRACED, 1024)], "cut": [cut], "cached": []}

    assert attribution(leaks) == (f"clean and cut leak, cached does not: clean 1.0 KiB; cut {cut.text} a request{more}")


def test_those_that_do_not_leak_are_all_named() -> None:
    leaks = {"a": [], "b": [], "c": [], "d": [_leaking(Measure.TASKS, 1)], "e": [_leaking(Measure.TASKS, 1)]}

    assert attribution(leaks).startswith("d and e leak, a, b and c do not: ")


def test_nothing_leaks_where_nothing_leaks() -> None:
    assert (attribution({"clean": []}), attribution({})) == ("nothing leaks", "")


def test_amounts_are_told_in_their_unit() -> None:
    assert [bytes_text(512), bytes_text(4200), bytes_text(3 << 20)] == ["512 B", "4.1 KiB", "3.0 MiB"]
    assert [bytes_text(1023), bytes_text(1024), bytes_text(-(1 << 20))] == ["1023 B", "1.0 KiB", "-1.0 MiB"]
    assert Measure.CHILDREN.amount(0.5) == "0.5 child processes"
    assert Measure.THREADS.amount(1234.5) == "1234 threads"


def test_a_bound_that_is_known_is_in_the_record() -> None:
    found = Growth(measure=Measure.TASKS, state=State.LEAK, slope=Slope(value=2.0, low=1.0, high=3.0, points=12))

    assert found.to_json() == {"state": "leak", "per_request": 2.0, "low": 1.0, "high": 3.0}


def test_a_slope_without_bounds_has_null_bounds() -> None:
    slope = Slope(value=2.0, low=-math.inf, high=math.inf, points=3)

    assert Growth(measure=Measure.TASKS, state=State.UNCLEAR, slope=slope).to_json() == {
        "state": "unclear",
        "per_request": 2.0,
        "low": None,
        "high": None,
    }


def test_a_bound_that_is_not_known_is_null_in_the_record() -> None:
    few = growth(_series(Measure.TRACED, lambda number: number, rounds=3), Measure.TRACED, LIMITS)

    assert few.to_json() == {"state": "unclear", "per_request": None, "low": None, "high": None}
