"""Loads have an end, and leave room for whatever they are put on."""

from __future__ import annotations

import pytest

from scenarios.load import ELSEWHERE, MOST_DURATION_S, MOST_USERS, OVERHEAD, PROFILES, RIGHT, LoadProfile
from scenarios.profiles import PROFILES as RUNS
from scenarios.prompt import Prompt


def test_every_profile_of_a_run_has_its_load_and_puts_it_on_last() -> None:
    assert list(PROFILES) == list(RUNS)
    assert {run.suites[-1] for run in RUNS.values() if "load" in run.suites} == {"load"}


@pytest.mark.parametrize("profile", [*PROFILES.values(), ELSEWHERE, LoadProfile()])
def test_every_load_is_bounded(profile: LoadProfile) -> None:
    assert 1 <= profile.users <= MOST_USERS
    assert 0 < profile.duration_s <= MOST_DURATION_S
    assert profile.asked_per_s < 50


def test_a_quick_load_is_short_and_another_machine_is_asked_for_less() -> None:
    assert PROFILES["quick"].duration_s <= 10
    assert ELSEWHERE.users < PROFILES["quick"].users


def test_an_answer_takes_its_first_token_and_the_gaps_behind_it() -> None:
    assert LoadProfile(prompt=Prompt(tokens=11, pace_s=0.1, first_s=0.5)).answer_s == pytest.approx(1.5)


@pytest.mark.parametrize("deadline_s", [0.1, 1.0, 2.0, 15.0])
def test_answers_fit_into_the_deadline_of_a_target(deadline_s: float) -> None:
    fitted = LoadProfile().fitted(deadline_s)

    assert fitted.prompt.tokens >= 2
    assert fitted.answer_s <= max(deadline_s / 2, 0.176)


def test_an_answer_that_fits_is_left_as_it_is() -> None:
    assert LoadProfile().fitted(15.0) == LoadProfile()
    assert LoadProfile(prompt=Prompt(tokens=900, first_s=9.0)).fitted(1.0).prompt.tokens == 900


def test_the_cases_of_a_load_say_what_they_promise() -> None:
    assert (RIGHT.id, RIGHT.level) == ("load.right", "must")
    assert (OVERHEAD.id, OVERHEAD.level) == ("load.overhead", "observe")
