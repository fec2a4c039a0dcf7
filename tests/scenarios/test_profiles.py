"""Profiles leave out what they say, and no promise is left untested."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core.judging.invariants import ALL as INVARIANTS
from scenarios.index import ALL, BY_ID
from scenarios.profiles import PROFILES, Profile


def test_the_profiles_of_the_command_line_are_there() -> None:
    assert list(PROFILES) == ["ci", "quick", "standard", "soak"]
    assert all(name == profile.name and profile.summary for name, profile in PROFILES.items())


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: str(profile.name))
def test_every_invariant_is_what_some_case_of_the_profile_is_about(profile: Profile) -> None:
    about = {name for case in ALL if profile.includes(case) for name in case.focus}

    assert set(INVARIANTS) - about == set()


def test_what_is_left_out_is_not_included() -> None:
    short = replace(PROFILES["quick"], leaves_out=("kv.*", "endings.done-twice"))

    left_out = [case.id for case in ALL if not short.includes(case)]

    assert set(left_out) == {case.id for case in ALL if case.family == "kv"} | {"endings.done-twice"}
    assert short.includes(BY_ID["cache.expires"])


def test_a_bigger_profile_plays_what_a_smaller_one_plays() -> None:
    ci, quick, standard, soak = (set(profile.suites) for profile in PROFILES.values())

    assert ci <= quick <= standard <= soak
    assert {case.id for case in ALL if PROFILES["ci"].includes(case)} < {*BY_ID}
