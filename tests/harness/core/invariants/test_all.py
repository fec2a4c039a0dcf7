"""Every invariant catches its plain breach; on what a right target does all of them are silent."""

from __future__ import annotations

import pytest

from harness.core.invariants import ALL
from tests.harness.core.histories import breaches
from tests.harness.core.invariants.caught import CAUGHT
from tests.harness.core.invariants.right import RIGHT


def test_every_invariant_has_an_example() -> None:
    assert set(CAUGHT) == set(ALL)


@pytest.mark.parametrize("invariant", CAUGHT)
def test_a_plain_breach_is_caught_and_told_in_words(invariant: str) -> None:
    build, words = CAUGHT[invariant]

    found = breaches(invariant, build())

    assert [words in breach.message for breach in found] == [True]
    assert found[0].level is None


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_target_is_not_blamed(name: str) -> None:
    of = RIGHT[name]()

    found = {invariant: [breach.message for breach in breaches(invariant, of)] for invariant in ALL}

    assert {invariant: told for invariant, told in found.items() if told} == {}


def test_every_rule_is_told_in_one_sentence() -> None:
    for invariant in ALL.values():
        assert invariant.rule.endswith(".")
        assert len(invariant.rule) < 120
