"""Hypothesis finds, shrinks and tells apart; the smallest example that was seen is what counts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis.errors import Flaky

from harness.core.judging.failures import Failure, Failures, failures_of
from harness.core.judging.resilience import Coverage
from harness.core.judging.result import unrun
from harness.core.observed.redact import Redactor
from harness.drivers.properties.ground import Ground, SearchEnd
from harness.drivers.properties.search import BreachError, Chooser, breach_type, one_round, search
from harness.drivers.properties.settings import PropertySettings
from harness.drivers.properties.walks import walk
from reports.record import Finding, Level, Verdict
from scenarios.case import Case, Step
from scenarios.case_file import found_case
from scenarios.searching.properties import CACHE
from scenarios.searching.reach import Reach
from scenarios.searching.strategies import cases

REACH = Reach(cache=True)


class FakeGround(Ground):
    """A ground without a lane: what breaks is decided by a function of the case, and the time is a number of cases."""

    def __init__(self, breaks: Callable[[Case], list[str]], *, most: int = 150) -> None:
        loop = asyncio.new_event_loop()
        loop.close()
        super().__init__(
            lane=None, trials=None, loop=loop, failures=Failures(), on_view=lambda *_: None, ends_s=0.0,  # type: ignore[arg-type]
        )  # fmt: skip
        self._breaks = breaks
        self._left = most

    def examine(self, case: Case, *, kind: str) -> list[Failure]:
        del kind
        if not self._left:
            raise SearchEnd
        self._left -= 1
        findings = tuple(
            Finding(invariant=name, level=Level.MUST, message=f"ask: {name}") for name in self._breaks(case)
        )
        result = unrun(case, Verdict.FAIL, "").model_copy(update={"findings": findings})
        found = [failure for failure in failures_of(case, result) if failure.key not in self.told]
        for failure in found:
            self.failures.add(failure)
        return found


def searched(breaks: Callable[[Case], list[str]], **more: int) -> FakeGround:
    ground = FakeGround(breaks, **more)
    with pytest.raises(SearchEnd):
        search(ground, strategy=cases(REACH), run_seed=7, kind="search")
    return ground


def smallest(ground: Ground) -> dict[str, Case]:
    return {key[0]: examples[0].case for key, examples in ground.failures}


@pytest.mark.usefixtures("one_unmeasured")
def test_a_failure_is_found_and_made_small() -> None:
    ground = searched(lambda case: ["no-loss"] if any(rule.first == 1 for rule in case.upstream) else [])

    case = smallest(ground)["no-loss"]
    assert len(case.steps) == 1
    assert sum(len(rule.faults) for rule in case.upstream) == 1


@pytest.mark.acceptance
def test_several_failures_are_each_found_and_told_once() -> None:
    ground = searched(
        lambda case: (["no-loss"] if case.upstream else []) + (["order-kept"] if len(case.steps) > 1 else []), most=400
    )

    found = smallest(ground)
    assert found.keys() == {"no-loss", "order-kept"}
    assert len(found["order-kept"].steps) == 2


@pytest.mark.usefixtures("one_unmeasured")
def test_the_same_seed_thinks_up_the_same_cases() -> None:
    seen: list[list[Case]] = []
    for _ in range(2):
        drawn: list[Case] = []
        searched(lambda case, drawn=drawn: drawn.append(case) or [], most=30)  # type: ignore[misc]
        seen.append(drawn)

    assert seen[0] == seen[1]
    assert len(seen[0]) == 30


def test_an_end_of_time_passes_through_and_keeps_what_was_found() -> None:
    ground = searched(lambda case: ["no-loss"] if case.upstream else [], most=8)

    assert "no-loss" in smallest(ground)


def test_an_example_stands_for_the_failure_that_is_being_made_small() -> None:
    ground = FakeGround(lambda _: [])
    chooser = Chooser(ground)
    both = [_failure("no-loss"), _failure("order-kept")]

    with pytest.raises(breach_type(both[1].key)):
        chooser.check(both[1:])
    with pytest.raises(breach_type(both[1].key)):
        chooser.check(both)

    chooser.check([])


def test_each_failure_has_a_type_of_its_own() -> None:
    first, again, other = (breach_type(key) for key in (("no-loss", "a"), ("no-loss", "a"), ("no-loss", "b")))

    assert first is again
    assert first is not other
    assert first.__name__ == "NoLossError"


@pytest.mark.parametrize(
    "error", [BreachError("broken"), Flaky("not again"), ExceptionGroup("two", [BreachError("a")])]
)
def test_a_round_that_found_something_is_followed_by_one_that_looks_for_something_else(error: Exception) -> None:
    ground = FakeGround(lambda _: [])
    ground.failures.add(_failure("no-loss"))

    def holds() -> None:
        raise error

    one_round(ground, holds)

    assert ground.told == {key for key, _ in ground.failures}


def test_an_end_beside_what_was_found_is_an_end() -> None:
    def holds() -> None:
        raise BaseExceptionGroup("both", [BreachError("one"), SearchEnd()])

    with pytest.raises(SearchEnd):
        one_round(FakeGround(lambda _: []), holds)


def test_what_is_wrong_with_the_search_itself_is_not_hidden() -> None:
    def holds() -> None:
        raise TypeError("ours")

    with pytest.raises(TypeError, match="ours"):
        one_round(FakeGround(lambda _: []), holds)


def test_a_walk_is_made_small_too() -> None:
    ground = FakeGround(lambda case: ["cache-isolated"] if any(step.identity == "b" for step in case.steps) else [])

    with pytest.raises(SearchEnd):
        walk(CACHE, ground, own=_settings())

    assert len(smallest(ground)["cache-isolated"].steps) == 1


def _settings() -> PropertySettings:
    return PropertySettings(
        seed=7,
        profile="quick",
        target_spec="reference",
        redactor=Redactor(),
        on_result=lambda _: None,
        say=lambda _: None,
        coverage=Coverage(REACH),
        folder=Path("nowhere"),
    )


def _failure(invariant: str) -> Failure:
    case = found_case("search.plain", [Step()])
    finding = Finding(invariant=invariant, level=Level.MUST, message=f"ask: {invariant}")
    return Failure(case=case, finding=finding, result=unrun(case, Verdict.FAIL, ""))
