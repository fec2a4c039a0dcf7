"""Walks put cases together that can be played, and hand each over once, as a whole."""

from __future__ import annotations

from functools import cache
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from scenarios.case import Case
from scenarios.searching.reach import Reach
from scenarios.searching.walks import BreakerWalk, CacheWalk, RateWalk, UpstreamWalk, Walk

HOW = settings(
    max_examples=80, stateful_step_count=7, database=None, derandomize=True, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
EVERYTHING = Reach(cache=True, kv=True, restart=True, breaker_failures=5, rate_per_minute=10)


@cache
def walked(machine: type[Walk], reach: Reach) -> list[Case]:
    """Every case of many walks; each machine is walked once for all that is asked of them."""
    made: list[Case] = []

    class Known(machine):  # type: ignore[valid-type,misc]  # which machine it is, is known only now
        reach: ClassVar[Reach]

        def over(self, case: Case) -> None:
            made.append(case)

    Known.reach = reach
    run_state_machine_as_test(Known, settings=HOW)
    return made


@pytest.mark.parametrize("machine", [CacheWalk, UpstreamWalk, BreakerWalk, RateWalk])
def test_a_walk_is_a_case_with_every_step_in_its_order(machine: type[Walk]) -> None:
    made = walked(machine, EVERYTHING)

    assert made
    for case in made:
        assert case.id == f"{machine.name}.case"
        assert case.steps[0].start == "after"
        assert [step.label for step in case.steps] == [f"ask-{at}" for at in range(1, len(case.steps) + 1)]
    assert max(len(case.steps) for case in made) > 3


def test_a_cache_is_walked_through_every_state() -> None:
    made = walked(CacheWalk, EVERYTHING)
    steps = [step for case in made for step in case.steps]

    assert {step.identity for step in steps} == {"a", "b"}
    assert {"cache-ttl", "most-of-cache-ttl", "none"} == {step.pause for step in steps}
    assert any(step.restart for step in steps)
    assert any(step.together > 1 for step in steps)
    assert {rule.surface for case in made for rule in case.upstream} >= {"kv.get", "kv.*"}


def test_no_walk_waits_more_often_than_it_may() -> None:
    for machine in (CacheWalk, UpstreamWalk, BreakerWalk):
        waits = [sum(step.pause != "none" for step in case.steps) for case in walked(machine, EVERYTHING)]

        assert max(waits) == machine.most_pauses


def test_a_breaker_has_a_probe_of_every_outcome_behind_its_rest() -> None:
    made = walked(BreakerWalk, EVERYTHING)
    probes = [step for case in made for step in case.steps if step.question.startswith("probe-")]
    faults = {rule.faults[0].id for case in made for rule in case.upstream}

    assert all(case.steps[0].times == 5 for case in made)
    assert {step.pause for step in probes} == {"breaker-open"}
    assert any(step.faults for step in probes)
    assert faults == {"http.status", "sse.truncate", "tcp.reset"}


def test_what_a_target_does_not_have_is_not_walked_through() -> None:
    made = walked(CacheWalk, Reach(cache=True)) + walked(UpstreamWalk, Reach(streaming=False))

    assert not any(step.restart for case in made for step in case.steps)
    assert not any(rule.surface.startswith("kv.") for case in made for rule in case.upstream)
    assert not any(step.pause == "breaker-open" for case in made for step in case.steps)


def test_a_rate_limit_is_walked_over_by_one_caller_on_a_fresh_target() -> None:
    made = walked(RateWalk, EVERYTHING)

    assert all(case.fresh for case in made)
    assert max(step.together for case in made for step in case.steps) > 2 * 10
    assert any(step.faults for case in made for step in case.steps)
    assert all(sum(step.identity == "a" for step in case.steps) <= 2 for case in made)


def test_a_walk_that_is_over_has_to_be_taken_by_somebody() -> None:
    walk = UpstreamWalk()
    walk.ask(question="q")

    with pytest.raises(NotImplementedError):
        walk.teardown()
