"""Profiles leave out what they say, and no promise is left untested."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core.judging.invariants import ALL as INVARIANTS
from scenarios.index import ALL, BY_ID, select
from scenarios.mutants import ALL as MUTANTS
from scenarios.mutants import Mutant
from scenarios.profiles import PROFILES, Profile


def test_the_profiles_of_the_command_line_are_there() -> None:
    assert list(PROFILES) == ["ci", "quick", "standard", "soak"]
    assert all(name == profile.name and profile.summary for name, profile in PROFILES.items())


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: str(profile.name))
def test_every_invariant_is_what_some_case_of_the_profile_is_about(profile: Profile) -> None:
    about = {name for case in ALL if profile.includes(case) for name in case.focus}

    assert set(INVARIANTS) - about == set()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: str(mutant.id))
def test_a_pull_request_meets_a_case_for_every_known_mistake(mutant: Mutant) -> None:
    suffice = select(",".join(mutant.cases))

    assert [case.id for case in suffice if PROFILES["ci"].includes(case)]


def test_a_profile_plays_what_it_names_and_nothing_else() -> None:
    short = replace(PROFILES["quick"], plays=frozenset({"cache.expires", "kv.write-lost"}), leaves_out=("kv.*",))

    assert [case.id for case in ALL if short.includes(case)] == ["cache.expires"]


def test_what_is_left_out_is_not_included() -> None:
    short = replace(PROFILES["quick"], leaves_out=("kv.*", "endings.done-twice"))

    left_out = [case.id for case in ALL if not short.includes(case)]

    assert set(left_out) == {case.id for case in ALL if case.family == "kv"} | {"endings.done-twice"}
    assert short.includes(BY_ID["cache.expires"])


def test_a_bigger_profile_plays_what_a_smaller_one_plays() -> None:
    ci, quick, standard, soak = (set(profile.suites) for profile in PROFILES.values())

    assert ci <= quick <= standard <= soak
    assert {case.id for case in ALL if PROFILES["ci"].includes(case)} < {*BY_ID}
