"""Every variant is a case that can be played, keeps the step it is about, and is no larger."""

from __future__ import annotations

from hypothesis import given, settings

from fault_injection.families import http
from harness.core.judging.failures import elements
from harness.core.judging.simpler import alone, variants
from scenarios.case import Case, Step, Upstream
from scenarios.case_file import found_case
from scenarios.searching.reach import Reach
from scenarios.searching.strategies import cases

EVERYTHING = Reach(second_model=True, cache=True, kv=True, restart=True)


def requests(case: Case) -> int:
    return sum(step.times * step.together for step in case.steps)


@settings(max_examples=60)
@given(cases(EVERYTHING))
def test_a_variant_can_be_played_and_is_no_larger(case: Case) -> None:
    label = case.steps[-1].label

    for variant in variants(case, label):
        assert label in {step.label for step in variant.steps}
        assert variant.steps[0].start == "after"
        assert (elements(variant), requests(variant)) <= (elements(case), requests(case))
        assert variant != case


def test_the_boldest_is_the_step_alone_with_its_own_rule() -> None:
    steps = [Step(label=f"ask-{at}", question=f"q-{at}") for at in range(6)]
    rules = [Upstream(faults=(http.Status(),), question=step.question) for step in steps]
    case = found_case("upstream-walk.1", steps, rules)

    first = next(variants(case, "ask-3"))

    assert first == alone(case, "ask-3")
    assert [step.label for step in first.steps] == ["ask-3"]
    assert [rule.question for rule in first.upstream] == ["q-3"]
    assert first.id.startswith("upstream-walk.")


def test_every_rule_and_every_other_step_is_tried_without() -> None:
    steps = [Step(label="a"), Step(label="b", params={"seed": 1})]
    rules = [Upstream(faults=(http.Status(code=code),)) for code in (500, 503)]

    made = list(variants(found_case("search.1", steps, rules), "b"))

    assert any(len(case.upstream) == 1 and len(case.steps) == 2 for case in made)
    assert any([step.label for step in case.steps] == ["b"] for case in made)
    assert any(not case.steps[-1].params for case in made if len(case.steps) == 2)


def test_a_plain_step_with_one_rule_has_nothing_simpler() -> None:
    assert list(variants(found_case("search.1", [Step()], [Upstream(faults=(http.Status(),))]), "ask")) == []
