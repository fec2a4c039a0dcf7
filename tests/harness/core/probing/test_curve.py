from __future__ import annotations

from random import Random

import pytest

from harness.core.probing.curve import curve


def _rows(*pauses: float, jitter: float = 0.0, seed: int = 1) -> list[list[float]]:
    rng = Random(seed)
    return [[pause * (1 - jitter * rng.random()) + 0.003 * rng.random() for pause in pauses] for _ in range(10)]


@pytest.mark.parametrize(
    ("pauses", "shape"),
    [
        ((0.0, 0.0, 0.0), "none"),
        ((0.2, 0.2, 0.2), "constant"),
        ((0.2, 0.4, 0.6, 0.8), "linear"),
        ((0.5, 0.8, 1.1, 1.4), "linear"),
        ((0.1, 0.2, 0.4, 0.8), "exponential"),
        ((0.1, 0.3, 0.9), "exponential"),
        ((0.1, 0.2, 0.4, 0.5, 0.5), "exponential"),
        ((0.1, 0.2), "growing"),
        ((0.3,), "single"),
        ((0.5, 0.1, 0.4), "irregular"),
    ],
)
def test_pauses_have_the_shape_they_were_made_with(pauses: tuple[float, ...], shape: str) -> None:
    assert curve(_rows(*pauses)).shape == shape


@pytest.mark.parametrize("seed", range(8))
def test_a_shape_shows_through_jitter(seed: int) -> None:
    found = curve(_rows(0.2, 0.4, 0.8, 1.6, jitter=0.5, seed=seed))

    assert found.jittered
    assert found.shape == "exponential"


def test_a_doubling_is_told_with_its_factor() -> None:
    assert "times 2:" in curve(_rows(0.1, 0.2, 0.4, 0.8)).told()
    assert "with a limit" in curve(_rows(0.1, 0.2, 0.4, 0.5, 0.5)).told()


def test_two_pauses_say_what_they_cannot_tell() -> None:
    assert curve(_rows(0.1, 0.2)).told().endswith("linear and exponential both fit")


def test_no_pauses_are_none() -> None:
    assert curve([]).told() == "at once, without a pause"


@pytest.mark.parametrize("seed", range(8))
def test_a_doubling_through_jitter_is_never_taken_for_constant(seed: int) -> None:
    assert curve(_rows(0.1, 0.2, jitter=0.5, seed=seed)).shape == "growing"


@pytest.mark.parametrize("seed", range(8))
def test_a_constant_pause_shows_through_jitter(seed: int) -> None:
    assert curve(_rows(0.4, 0.4, 0.4, jitter=0.5, seed=seed)).shape == "constant"
