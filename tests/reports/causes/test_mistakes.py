"""The vocabulary: every mutant and broken proxy makes one known mistake, told in plain words."""

from __future__ import annotations

from collections import Counter

import pytest

from reports.causes.mistakes import ALL, MADE_BY, Mistake
from scenarios.index import BY_ID
from tests.signatures.subjects import wrong_ones
from tests.signatures.unplayed import UNPLAYED

pytestmark = pytest.mark.usefixtures("unmeasured")

_LONGEST_SENTENCE = 120


def test_every_mutant_and_broken_proxy_makes_one_mistake() -> None:
    made = Counter(name for mistake in ALL for name in mistake.made_by)

    assert {name for name, times in made.items() if times > 1} == set()
    assert set(made) == {*wrong_ones(), *UNPLAYED}
    assert set(MADE_BY) == set(made)


def test_every_mistake_has_an_id_of_its_own() -> None:
    assert len({mistake.id for mistake in ALL}) == len(ALL)


@pytest.mark.parametrize("mistake", ALL, ids=lambda mistake: mistake.id)
def test_two_proxies_at_least_that_make_a_mistake_are_played(mistake: Mistake) -> None:
    assert len({*mistake.made_by} & {*wrong_ones()}) > 1


@pytest.mark.parametrize("mistake", ALL, ids=lambda mistake: mistake.id)
def test_a_mistake_is_told_in_one_short_sentence_and_says_what_mends_it(mistake: Mistake) -> None:
    assert mistake.sentence.endswith(".")
    assert len(mistake.sentence) <= _LONGEST_SENTENCE
    assert mistake.mends.endswith(".")


@pytest.mark.parametrize("mistake", ALL, ids=lambda mistake: mistake.id)
def test_the_cases_that_show_a_mistake_best_exist(mistake: Mistake) -> None:
    assert mistake.best
    assert set(mistake.best) <= set(BY_ID)
