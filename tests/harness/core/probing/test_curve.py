from __future__ import annotations

from random import Random

import pytest

from harness.core.probing.curve import Curve, curve
from harness.core.probing.pauses import Observed

_HOP_S = 0.004


def _rows(
    *pauses: float, jitter: float = 0.0, seed: int = 1, late_s: float = 0.0, told: bool = True, often: int = 10
) -> list[list[Observed]]:
    """Rows of pauses, each up to `late_s` late on a busy machine, whether the harness was `told` of that or not."""
    rng = Random(seed)
    rows = []
    for _ in range(often):
        late = late_s * rng.random()
        unsure = late_s if told else 0.0
        rows.append(
            [
                Observed(
                    pause_s=pause * (1 - jitter * rng.random()) + 0.003 * rng.random() + late * rng.random(),
                    early_s=_HOP_S + unsure,
                    late_s=unsure,
                )
                for pause in pauses
            ]
        )
    return rows


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


def test_a_shape_mostly_shows_through_jitter_and_is_never_another() -> None:
    found = [curve(_rows(0.2, 0.4, 0.8, 1.6, jitter=0.5, seed=seed)) for seed in range(40)]

    assert all(each.jittered for each in found)
    assert {each.shape for each in found} <= {"exponential", "growing"}
    assert sum(each.shape == "exponential" for each in found) > len(found) / 2


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


def test_a_constant_pause_mostly_shows_through_jitter_and_never_grows() -> None:
    found = [curve(_rows(0.4, 0.4, 0.4, jitter=0.5, seed=seed)).shape for seed in range(40)]

    assert {*found} <= {"constant", "unclear"}
    assert found.count("constant") > len(found) / 2


_TRUE = {
    "exponential": (0.05, 0.1, 0.2),
    "linear": (0.05, 0.1, 0.15),
    "constant": (0.1, 0.1, 0.1),
}
_NEVER = {
    "exponential": {"linear", "constant"},
    "linear": {"exponential", "constant"},
    "constant": {"exponential", "linear"},
}


@pytest.mark.parametrize("shape", _TRUE)
@pytest.mark.parametrize("late_s", [0.02, 0.1, 0.5])
@pytest.mark.parametrize("jitter", [0.0, 0.5])
def test_lateness_that_is_known_never_makes_one_shape_of_another(shape: str, late_s: float, jitter: float) -> None:
    named = {curve(_rows(*_TRUE[shape], jitter=jitter, late_s=late_s, seed=seed)).shape for seed in range(40)}

    assert named.isdisjoint(_NEVER[shape])


@pytest.mark.parametrize("shape", _TRUE)
@pytest.mark.parametrize("jitter", [0.0, 0.5])
def test_on_a_quiet_machine_no_shape_is_taken_for_another(shape: str, jitter: float) -> None:
    named = {curve(_rows(*_TRUE[shape], jitter=jitter, seed=seed)).shape for seed in range(40)}

    assert named.isdisjoint(_NEVER[shape])


def _with_one_late(*pauses: float, late_s: float) -> Curve:
    rows = _rows(*pauses)
    rows[3] = [Observed(pause_s=each.pause_s + late_s, early_s=_HOP_S) for each in rows[3]]
    return curve(rows)


@pytest.mark.parametrize("late_s", [0.05, 0.3, 2.0])
def test_one_question_that_came_late_changes_nothing(late_s: float) -> None:
    found = _with_one_late(0.1, 0.2, 0.4, late_s=late_s)

    assert (found.shape, found.jittered) == ("exponential", False)


def test_what_is_known_too_badly_to_tell_is_unclear() -> None:
    found = curve(_rows(0.1, 0.1, 0.1, late_s=0.4))

    assert (found.shape, found.jittered) == ("unclear", None)
    assert "too late" in found.told()


def test_three_pauses_with_jitter_are_too_few_to_tell_how_they_grow() -> None:
    assert curve(_rows(0.1, 0.2, 0.3, jitter=0.5)).shape == "growing"


def test_two_questions_are_too_few_for_jitter() -> None:
    assert curve(_rows(0.4, 0.4, jitter=0.9, often=2, seed=2)).jittered is None


def test_more_than_exponential_is_irregular() -> None:
    assert curve(_rows(0.1, 0.2, 0.4, 3.0)).shape == "irregular"


def test_a_line_with_a_limit_is_a_line() -> None:
    assert curve(_rows(0.2, 0.4, 0.6, 0.8, 0.8, 0.8)).told().startswith("linear, with a limit: ")
