from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import get_args

import pytest

from harness.core.load.shape import arrivals, share, spawned_per_s, users_at
from scenarios.load import LoadProfile, Shape
from tests.harness.core.load.loads import PROFILE

OPEN = replace(PROFILE, arrivals="constant", rate_per_s=50.0)


@pytest.mark.parametrize(
    ("shape", "begin", "middle", "end"),
    [("constant", 1, 1, 1), ("ramp", 0, 0.5, 1), ("spike", 0.2, 1, 0.2), ("soak", 0, 1, 1)],
)
def test_a_shape_goes_as_it_is_called(shape: Shape, begin: float, middle: float, end: float) -> None:
    assert (share(shape, 0.0), share(shape, 0.5), share(shape, 1.0)) == (begin, middle, end)


@pytest.mark.parametrize("shape", get_args(Shape))
def test_there_is_at_least_one_user_and_never_more_than_asked_for(shape: Shape) -> None:
    profile = replace(PROFILE, shape=shape, users=30)

    users = [users_at(profile, at_s) for at_s in (-1.0, 0.0, 0.1, 3.0, 5.0, 9.99, 10.0, 99.0)]

    assert min(users) >= 1
    assert max(users) <= 30


def test_users_do_not_all_start_at_once() -> None:
    assert spawned_per_s(replace(PROFILE, users=100, duration_s=30.0)) == pytest.approx(100 / 3)
    assert spawned_per_s(replace(PROFILE, users=1)) == 1.0


@pytest.mark.parametrize("kind", ["constant", "poisson"])
@pytest.mark.parametrize(("shape", "full"), [("constant", 1.0), ("ramp", 0.5), ("soak", 0.95), ("spike", 7 / 15)])
def test_open_arrivals_come_in_order_and_as_many_as_the_shape_holds(shape: Shape, full: float, kind: str) -> None:
    profile: LoadProfile = replace(OPEN, shape=shape, arrivals=kind)  # type: ignore[arg-type]  # one of the literals

    times = list(arrivals(profile, seed=3))

    assert times == sorted(times)
    assert 0 <= times[0] <= times[-1] <= 10.0
    assert len(times) == pytest.approx(500 * full, abs=2 if kind == "constant" else 60)


def test_constant_arrivals_are_evenly_spaced() -> None:
    gaps = [later - earlier for earlier, later in pairwise(arrivals(OPEN, seed=1))]

    assert gaps == pytest.approx([0.02] * len(gaps))


def test_poisson_arrivals_follow_from_the_seed() -> None:
    poisson = replace(OPEN, arrivals="poisson")

    assert list(arrivals(poisson, seed=1)) == list(arrivals(poisson, seed=1))
    assert list(arrivals(poisson, seed=1)) != list(arrivals(poisson, seed=2))


def test_without_a_rate_open_arrivals_ask_as_much_as_closed_users_would() -> None:
    profile = replace(PROFILE, users=30, think_s=2.0, prompt=replace(PROFILE.prompt, tokens=11, pace_s=0.1))

    assert profile.asked_per_s == pytest.approx(10.0)
