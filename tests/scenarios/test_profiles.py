"""Profiles leave out what they say, and no promise is left untested."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.judging.invariants import ALL as INVARIANTS
from scenarios.dialects import DIALECTS, plain_id
from scenarios.globs import matching
from scenarios.index import ALL, BY_ID, VARIANTS, select, variants
from scenarios.mutants import ALL as MUTANTS
from scenarios.profiles import PROFILES, Profile

SIGNATURES = Path(__file__).parent.parent.parent / "reports/causes/signatures.json"


def test_the_profiles_of_the_command_line_are_there() -> None:
    assert list(PROFILES) == ["ci", "quick", "standard", "soak"]
    assert all(name == profile.name and profile.summary for name, profile in PROFILES.items())


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: str(profile.name))
def test_every_invariant_is_what_some_case_of_the_profile_is_about(profile: Profile) -> None:
    about = {name for case in ALL if profile.includes(case) for name in case.focus}

    assert set(INVARIANTS) - about == set()


def test_a_pull_request_meets_a_case_for_every_known_mistake() -> None:
    played = {case.id for case in ALL if PROFILES["ci"].includes(case)}
    shown: dict[str, set[str]] = {
        f"mutant:{mutant.id}": {case.id for case in select(",".join(mutant.cases))} & {*BY_ID} for mutant in MUTANTS
    }
    for mistake, row in json.loads(SIGNATURES.read_text(encoding="utf-8"))["wrong"].items():
        cases = {case for level in ("must", "should") for cases in row[level].values() for case in cases}
        shown[mistake] = cases & {*BY_ID} or shown.get(mistake, set())

    assert {mistake for mistake, cases in shown.items() if cases and not cases & played} == set()


def test_a_short_run_takes_the_same_few_cases_of_every_further_dialect_and_a_long_one_all() -> None:
    of_each = {name: [case.id for case in VARIANTS.values() if PROFILES[name].includes(case)] for name in PROFILES}

    assert of_each["standard"] == of_each["soak"] == [*VARIANTS]
    for name in ("ci", "quick"):
        shares = PROFILES[name].shares or ()
        assert {*of_each[name]} == {each.id for each in VARIANTS.values() if plain_id(each.id) in shares}
    assert len(of_each["ci"]) == 3 * len(DIALECTS)
    assert {case.dialect for case in variants(["ag-ui"])} == {"ag-ui"}


def test_a_profile_plays_what_it_names_and_nothing_else() -> None:
    short = replace(PROFILES["quick"], plays=frozenset({"cache.expires", "kv.write-lost"}), leaves_out=("kv.*",))

    assert [case.id for case in ALL if short.includes(case)] == ["cache.expires"]


def test_what_is_left_out_is_not_included() -> None:
    short = replace(PROFILES["quick"], leaves_out=("kv.*", "endings.done-twice"))

    left_out = [case.id for case in ALL if not short.includes(case)]

    assert set(left_out) == {case.id for case in ALL if case.family == "kv"} | {"endings.done-twice"}
    assert short.includes(BY_ID["cache.expires"])


@pytest.mark.parametrize("profile", PROFILES.values(), ids=lambda profile: str(profile.name))
def test_what_a_profile_leaves_out_is_there(profile: Profile) -> None:
    assert [glob for glob in profile.leaves_out if not matching(BY_ID, (glob,))] == []


def test_a_bigger_profile_plays_what_a_smaller_one_plays() -> None:
    ci, quick, standard, soak = (set(profile.suites) for profile in PROFILES.values())

    assert ci <= quick <= standard <= soak
    assert {case.id for case in ALL if PROFILES["ci"].includes(case)} < {*BY_ID}
