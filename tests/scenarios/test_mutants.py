"""The mutants leave no invariant unproved, and each one names what there is."""

from __future__ import annotations

from collections import Counter

import pytest

from harness.core.judging.invariants import ALL as INVARIANTS
from harness.core.judging.needs import missing_claim
from harness.shell.target.targets import load
from reports.record import Level
from scenarios.index import select as cases
from scenarios.mutants import ALL, BY_ID, Mutant, UnknownMutantError, select
from tests.targets.chatting.defects import DEFECTS as CHATTING
from tests.targets.talking.defects import DEFECTS as TALKING
from tests.targets.workers.defects import DEFECTS as WORKERS

IDS = [mutant.id for mutant in ALL]


def test_no_two_mutants_share_an_id() -> None:
    assert [name for name, times in Counter(IDS).items() if times > 1] == []


def test_there_are_sixty_mutants_at_least() -> None:
    assert len(ALL) >= 60


def test_every_invariant_has_a_mutant_or_another_broken_proxy_that_it_must_catch() -> None:
    of_others = {each.invariant for defects in (WORKERS, TALKING, CHATTING) for each in defects.values()}

    assert {mutant.invariant for mutant in ALL} | of_others == set(INVARIANTS)


def test_no_two_mutants_tell_of_the_same_defect() -> None:
    assert len({mutant.defect for mutant in ALL}) == len(ALL)


@pytest.mark.parametrize("mutant", ALL, ids=IDS)
def test_a_mutants_cases_exist_and_apply_to_the_reference(mutant: Mutant) -> None:
    target = load(mutant.target)

    assert [case.id for case in cases(",".join(mutant.cases)) if missing_claim(case, target)] == []


@pytest.mark.parametrize("mutant", ALL, ids=IDS)
def test_a_mutants_cases_may_blame_it_at_full_weight(mutant: Mutant) -> None:
    level = INVARIANTS[mutant.invariant].level

    strict = [case for case in cases(",".join(mutant.cases)) if level is Level.SHOULD or case.level == "must"]

    assert strict


@pytest.mark.parametrize("mutant", ALL, ids=IDS)
def test_a_defect_is_told_in_one_sentence(mutant: Mutant) -> None:
    assert mutant.defect[0].isupper()
    assert mutant.defect.endswith(".")


def test_a_glob_picks_mutants_in_their_order() -> None:
    found = [mutant.id for mutant in select("key-*, never-opens")]

    assert found == [name for name in IDS if name.startswith("key-") or name == "never-opens"]


@pytest.mark.parametrize(
    ("globs", "words"),
    [("never-opnes", "did you mean never-opens"), ("qqqq*", "selfcheck --mutant"), (" ,", "no mutant is named")],
)
def test_a_glob_that_picks_nothing_is_refused(globs: str, words: str) -> None:
    with pytest.raises(UnknownMutantError, match=words):
        select(globs)


def test_an_id_finds_its_mutant() -> None:
    assert BY_ID["never-opens"].invariant == "breaker-opens"
