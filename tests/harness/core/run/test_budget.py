"""How a run's time is shared out among its suites."""

from __future__ import annotations

from math import inf

from harness.core.run.budget import Budget, shared

LEAST_S = {"properties": 40.0, "load": 20.0}


def test_a_budget_is_over_when_its_time_has_passed() -> None:
    budget = Budget(total_s=10.0, begun_s=100.0)

    assert (budget.ends_s, budget.left_s(104.0), budget.left_s(111.0)) == (110.0, 6.0, 0.0)
    assert not budget.is_over(109.9)
    assert budget.is_over(110.0)


def test_a_part_begins_where_the_whole_does() -> None:
    assert Budget(total_s=10.0, begun_s=100.0).part(0.25).ends_s == 102.5


def test_without_an_end_nothing_is_ever_over() -> None:
    assert not Budget().is_over(1e12)
    assert Budget().part(0.5).left_s(1e12) == inf


def test_a_suite_may_use_what_those_behind_it_do_not_need() -> None:
    first = shared(
        Budget(total_s=100.0, begun_s=0.0), "first", behind=("properties", "load"), least_s=LEAST_S, now_s=10.0
    )
    last = shared(Budget(total_s=100.0, begun_s=0.0), "load", behind=(), least_s=LEAST_S, now_s=30.0)

    assert (first.total_s, first.begun_s) == (30.0, 10.0)
    assert last.total_s == 70.0  # what the others did not use


def test_a_suite_has_a_little_even_when_all_time_is_over() -> None:
    assert shared(Budget(total_s=1.0), "load", behind=(), least_s={}, now_s=50.0).total_s > 0


def test_what_is_left_out_says_whose_time_was_over() -> None:
    cause = Budget(total_s=109.6, owner="conformance").cause

    assert cause == "the 110 s of conformance are used up; take a longer --profile or a less busy machine"
