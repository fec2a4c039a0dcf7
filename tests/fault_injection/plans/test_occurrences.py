from __future__ import annotations

from fault_injection.plans.occurrences import Occurrences


def test_each_identity_is_counted_on_its_own_until_all_are_forgotten() -> None:
    seen = Occurrences()

    assert [seen.meet(identity) for identity in "aaba"] == [1, 2, 1, 3]
    seen.clear()
    assert seen.meet("a") == 1


def test_of_too_many_the_one_that_was_not_met_for_longest_is_forgotten() -> None:
    seen = Occurrences(most=2)

    assert [seen.meet(identity) for identity in "abaca"] == [1, 1, 2, 1, 3]
    assert seen.meet("b") == 1
