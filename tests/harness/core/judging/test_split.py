"""A case is by chance where nothing says in which reads its answers come; then it can be made to come either way."""

from __future__ import annotations

import pytest

from fault_injection.spec import parse_all
from harness.core.judging.failures import elements
from harness.core.judging.split import MOST_ELEMENTS, apart, is_by_chance, together
from scenarios.case import Case, Step, Upstream
from scenarios.case_file import KeptCase, found_case, read_case, show_case
from scenarios.prompt import Prompt


def case(*specs: str, prompt: Prompt | None = None) -> Case:
    rules = [Upstream(faults=parse_all(spec), must_strike=False) for spec in specs]
    return found_case("search.0123456789", [Step(prompt=prompt or Prompt())], rules)


@pytest.mark.parametrize("specs", [(), ("sse.truncate(after=2)",), ("http.status(code=503)", "sse.nul_byte")])
def test_how_an_answer_comes_is_left_to_chance_by_most_plans(specs: tuple[str, ...]) -> None:
    assert is_by_chance(case(*specs))


@pytest.mark.parametrize(
    "spec", ["tcp.slice", "tcp.coalesce", "tcp.reset(at_byte=9)", "sse.trickle", "sse.merge_events"]
)
def test_a_plan_may_say_how_an_answer_comes(spec: str) -> None:
    assert not is_by_chance(case("sse.nul_byte", spec))


def test_a_paced_answer_comes_apart_by_itself() -> None:
    assert not is_by_chance(case(prompt=Prompt(pace_s=0.05)))


def test_a_plan_that_is_full_is_left_alone() -> None:
    assert not is_by_chance(case(*["sse.nul_byte"] * MOST_ELEMENTS))


def test_either_way_is_one_more_fault_of_every_answer_and_another_case() -> None:
    plain = case("sse.nul_byte")

    for variant, spec in ((apart(plain), "sse.trickle(wait_s=0.03)"), (together(plain), "tcp.coalesce")):
        assert variant.steps == plain.steps
        assert variant.upstream[:-1] == plain.upstream
        assert str(variant.upstream[-1].faults[0]) == spec
        assert variant.upstream[-1].question is None
        assert elements(variant) == elements(plain) + 1
        assert (variant.family, variant.id == plain.id) == (plain.family, False)
        assert not is_by_chance(variant)
        assert read_case(show_case(KeptCase(case=variant, seed=7))).case == variant
