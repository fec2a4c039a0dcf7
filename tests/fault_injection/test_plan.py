from __future__ import annotations

from itertools import permutations
from math import inf
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from fault_injection.apply import Strike
from fault_injection.families import sse_ends, tcp
from fault_injection.fault import Fault
from fault_injection.plan import SURFACES, ExchangeFacts, Match, Phase, Plan, PlanError, Rule
from fault_injection.plans.deciding import NO_COUNTERS, Count, Counters, Decision, decide

CUT = sse_ends.Truncate(after=1)
LATE = tcp.Latency()
CHAT = ExchangeFacts(surface="ai.chat", model="@cf/meta/llama", nonce="ep-1", headers=(("X-User", "alice"),))


MOST_OFF = 151
"""How far 10,000 draws of a chance of 0.3 lie from 3,000, in 999 of 1,000 cases (z = 3.29)."""


def rule(p: float = 1.0, count: int | None = None, **match: Any) -> Rule:  # noqa: ANN401 - any field of a match
    return Rule(faults=(CUT,), match=Match(**match), p=p, count=count)


def numbers_struck(plan: Plan, of: int = 12, facts: ExchangeFacts = CHAT) -> list[int]:
    """Ask for the same thing so many times, and say which times the plan struck."""
    counters: Counters = NO_COUNTERS
    found = []
    for number in range(1, of + 1):
        decision = decide(plan, counters, facts)
        counters = decision.counters
        if decision.strikes:
            found.append(number)
    return found


@pytest.mark.parametrize(
    ("match", "numbers"),
    [
        ({}, list(range(1, 13))),
        ({"nth": 3}, [3]),
        ({"first": 2}, [1, 2]),
        ({"after": 10}, [11, 12]),
        ({"every": 5}, [5, 10]),
        ({"between": (4, 6)}, [4, 5, 6]),
        ({"after": 3, "every": 4}, [4, 8, 12]),
        ({"first": 8, "after": 6}, [7, 8]),
    ],
)
def test_a_rule_strikes_the_exchanges_meant(match: dict[str, Any], numbers: list[int]) -> None:
    assert numbers_struck(Plan(rules=(rule(**match),))) == numbers


@pytest.mark.parametrize(
    ("match", "accepted"),
    [
        ({}, True),
        ({"surface": "ai.*"}, True),
        ({"surface": "kv.*"}, False),
        ({"model": "@cf/*"}, True),
        ({"model": "@hf/*"}, False),
        ({"nonce": "ep-1"}, True),
        ({"nonce": "ep-2"}, False),
        ({"header": (("x-user", "a*"),)}, True),
        ({"header": (("x-user", "b*"),)}, False),
        ({"header": (("x-user", "a*"), ("x-none", "*"))}, False),
        ({"surface": "ai.chat", "model": "*llama", "nonce": "ep-1"}, True),
        ({"surface": "ai.chat", "model": "*llama", "nonce": "ep-2"}, False),
    ],
)
def test_a_rule_is_about_the_exchanges_that_match(match: dict[str, Any], accepted: bool) -> None:
    assert Match(**match).accepts(CHAT) is accepted
    assert bool(decide(Plan(rules=(rule(**match),)), NO_COUNTERS, CHAT).strikes) is accepted


def test_a_rule_counts_only_what_it_accepts() -> None:
    plan = Plan(rules=(rule(surface="kv.get", nth=1),))

    other = decide(plan, NO_COUNTERS, CHAT)
    meant = decide(plan, other.counters, ExchangeFacts(surface="kv.get"))

    assert other.strikes == ()
    assert other.counters == {}
    assert meant.nth == (1,)


def test_a_bounded_rule_strikes_so_often_and_no_more() -> None:
    assert numbers_struck(Plan(rules=(rule(count=2, every=3),))) == [3, 6]


def test_all_rules_that_match_give_their_faults_in_order() -> None:
    late = Rule(faults=(LATE, LATE))
    plan = Plan(rules=(rule(), rule(surface="kv.*"), late))

    decision = decide(plan, NO_COUNTERS, CHAT)

    assert decision.faults == (CUT, LATE, LATE)
    assert decision.rules == (0, 2)
    assert decision.nth == (1, 1)
    assert len({strike.seed for strike in decision.strikes}) == 3


def test_a_stopping_rule_ends_the_list_when_it_strikes() -> None:
    stopping = Rule(faults=(CUT,), match=Match(nth=2), stop=True)
    plan = Plan(rules=(stopping, Rule(faults=(LATE,))))

    first = decide(plan, NO_COUNTERS, CHAT)
    second = decide(plan, first.counters, CHAT)
    third = decide(plan, second.counters, CHAT)

    assert [first.faults, second.faults, third.faults] == [(LATE,), (CUT,), (LATE,)]
    assert third.counters == {0: Count(3, 1), 1: Count(2, 2)}


def test_deciding_changes_nothing_but_its_result() -> None:
    plan = Plan(rules=(rule(nth=1),))

    assert decide(plan, NO_COUNTERS, CHAT) == decide(plan, NO_COUNTERS, CHAT)
    assert NO_COUNTERS == {}


def facts_of(number: int) -> ExchangeFacts:
    return ExchangeFacts(surface="ai.chat", nonce=f"ep-{number % 4}", occurrence=1 + number // 4)


@given(order=st.permutations(range(12)), seed=st.integers(-(2**63), 2**63 - 1), p=st.floats(0, 1))
def test_draws_do_not_depend_on_the_order_of_arrival(order: list[int], seed: int, p: float) -> None:
    plan = Plan(rules=(rule(p=p), Rule(faults=(LATE,), p=0.5, name="late")), seed=seed)

    def struck(order: list[int]) -> dict[int, tuple[tuple[Fault, int], ...]]:
        counters: Counters = NO_COUNTERS
        found = {}
        for number in order:
            decision = decide(plan, counters, facts_of(number))
            counters = decision.counters
            found[number] = tuple((strike.fault, strike.seed) for strike in decision.strikes)
        return found

    assert struck(order) == struck(list(range(12)))


def test_requests_without_a_nonce_are_told_apart_by_their_identity() -> None:
    plan = Plan(rules=(rule(p=0.5),), seed=1)

    outcomes = {
        bool(decide(plan, NO_COUNTERS, ExchangeFacts(surface="ai.chat", identity=str(number))).strikes)
        for number in range(20)
    }

    assert outcomes == {True, False}


def test_a_chance_comes_out_about_as_often_as_it_says() -> None:
    plan = Plan(rules=(rule(p=0.25),), seed=3)

    struck = sum(
        bool(decide(plan, NO_COUNTERS, ExchangeFacts(surface="ai.chat", nonce=f"ep-{number}")).strikes)
        for number in range(2_000)
    )

    assert 400 < struck < 600


@pytest.mark.parametrize(("p", "struck"), [(0.0, []), (1.0, [1, 2, 3])])
def test_never_and_always_are_exact(p: float, struck: list[int]) -> None:
    assert numbers_struck(Plan(rules=(rule(p=p),)), of=3) == struck


def test_another_seed_draws_otherwise() -> None:
    faults = {tuple(numbers_of(seed)) for seed in range(5)}

    assert len(faults) == 5


def numbers_of(seed: int) -> list[int]:
    plan = Plan(rules=(rule(p=0.5),), seed=seed)
    return [
        number
        for number in range(40)
        if decide(plan, NO_COUNTERS, ExchangeFacts(surface="ai.chat", nonce="ep-1", occurrence=number)).strikes
    ]


def test_a_named_rule_draws_alike_wherever_it_stands() -> None:
    named = Rule(faults=(CUT,), p=0.5, name="cut")

    for number in range(20):
        facts = ExchangeFacts(surface="ai.chat", nonce=f"ep-{number}")
        alone = decide(Plan(rules=(named,)), NO_COUNTERS, facts)
        behind = decide(Plan(rules=(rule(surface="kv.*"), named)), NO_COUNTERS, facts)
        assert alone.strikes == behind.strikes


def test_a_phase_has_its_rules_in_force_for_its_time() -> None:
    phases = (Phase(name="calm", end_s=10.0), Phase(name="storm", start_s=10.0, end_s=20.0))
    plan = Plan(rules=(rule(phase="storm"),), phases=phases)

    struck = [
        bool(decide(plan, NO_COUNTERS, ExchangeFacts(surface="ai.chat", at_s=at_s)).strikes)
        for at_s in (0.0, 9.9, 10.0, 19.9, 20.0)
    ]

    assert struck == [False, False, True, True, False]


def test_a_rule_lives_as_long_as_it_says() -> None:
    plan = Plan(rules=(Rule(faults=(CUT,), ttl_s=5.0),))

    assert decide(plan, NO_COUNTERS, ExchangeFacts(surface="ai.chat", at_s=4.9)).strikes
    assert decide(plan, NO_COUNTERS, ExchangeFacts(surface="ai.chat", at_s=5.0)) == Decision()


@pytest.mark.parametrize(
    ("match", "accepted"),
    [
        ({"method": "POST"}, True),
        ({"method": "GET"}, False),
        ({"path": "/client/v4/*/ai/*"}, True),
        ({"path": "/client/v4/accounts/*/storage/*"}, False),
        ({"path": "/client"}, False),
    ],
)
def test_a_rule_can_be_about_a_method_and_a_path(match: dict[str, Any], accepted: bool) -> None:
    facts = ExchangeFacts(surface="ai.run", method="POST", path="/client/v4/accounts/a/ai/run/@cf/m")

    assert Match(**match).accepts(facts) is accepted


def test_a_ramp_multiplies_a_rules_chance_by_what_it_has_come_to() -> None:
    ramp = Phase(name="brownout", start_s=10.0, end_s=30.0, p_from=0.0, p_to=0.5)
    brown = rule(phase="brownout", p=0.8)
    plan = Plan(rules=(brown,), phases=(ramp,))

    chances = [plan.chance(brown, at_s) for at_s in (9.9, 10.0, 20.0, 29.999999, 30.0)]

    assert chances == pytest.approx([0.0, 0.0, 0.2, 0.4, 0.0], abs=1e-6)


def test_a_rule_without_a_phase_has_its_own_chance_whatever_the_phases_say() -> None:
    anywhere = rule(p=0.3)

    assert Plan(rules=(anywhere,), phases=(Phase(name="x", p_from=0.0, p_to=0.0),)).chance(anywhere, 5.0) == 0.3


def test_a_plan_lives_as_long_as_it_says() -> None:
    plan = Plan(rules=(rule(),), ttl_s=5.0)

    assert decide(plan, NO_COUNTERS, ExchangeFacts(surface="ai.chat", at_s=4.9)).strikes
    assert not decide(plan, NO_COUNTERS, ExchangeFacts(surface="ai.chat", at_s=5.0)).strikes


@pytest.mark.parametrize(
    ("plan", "ends_s"),
    [
        (Plan(), inf),
        (Plan(phases=(Phase(name="a", end_s=3.0),)), 3.0),
        (Plan(phases=(Phase(name="a", end_s=3.0),), ttl_s=9.0), 9.0),
        (Plan(phases=(Phase(name="a"),)), inf),
    ],
)
def test_a_plan_knows_when_it_is_over(plan: Plan, ends_s: float) -> None:
    assert plan.ends_s == ends_s


def test_a_plan_knows_which_phase_is_on() -> None:
    plan = Plan(phases=(Phase(name="calm", end_s=10.0), Phase(name="storm", start_s=10.0, end_s=20.0)))

    assert [plan.phase_at(at_s) for at_s in (0.0, 10.0, 20.0)] == ["calm", "storm", ""]


@pytest.mark.parametrize("seed", [0, 7, 2026])
def test_a_chance_of_three_in_ten_lies_in_its_interval_over_ten_thousand_requests(seed: int) -> None:
    plan = Plan(rules=(rule(p=0.3),), seed=seed)

    struck = sum(bool(decide(plan, NO_COUNTERS, facts_of(number)).strikes) for number in range(10_000))

    assert 3_000 - MOST_OFF <= struck <= 3_000 + MOST_OFF


def test_rules_for_other_nonces_are_not_even_looked_at() -> None:
    plan = Plan(rules=(rule(), *(rule(nonce=f"ep-{number}") for number in range(500)), rule()))

    assert plan.candidates("ep-7") == (0, 8, 501)
    assert plan.candidates("ep-none") == (0, 501)
    assert plan.candidates("") == (0, 501)


def test_rules_with_and_without_a_nonce_keep_their_order() -> None:
    plan = Plan(rules=(rule(nonce="ep-1"), Rule(faults=(LATE,)), rule(nonce="ep-1")))

    assert decide(plan, NO_COUNTERS, CHAT).rules == (0, 1, 2)


def test_a_strike_of_a_plan_is_the_same_each_time() -> None:
    plan = Plan(rules=(rule(),), seed=7)

    (strike,) = decide(plan, NO_COUNTERS, CHAT).strikes

    assert strike == Strike(fault=CUT, nth=1, seed=strike.seed)
    assert strike.seed != decide(Plan(rules=(rule(),), seed=8), NO_COUNTERS, CHAT).strikes[0].seed


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Match(surface="ai.chats"), r"match.surface='ai.chats' matches no surface; they are ai.chat, ai.run"),
        (lambda: Match(nth=0), r"match.nth=0 never matches; exchanges count from 1"),
        (lambda: Match(first=-1), r"match.first=-1 never matches"),
        (lambda: Match(every=0), r"match.every=0 never matches"),
        (lambda: Match(after=-1), r"match.after=-1 is less than none"),
        (lambda: Match(between=(3, 2)), r"match.between=\[3, 2\] is empty"),
        (lambda: Match(between=(0, 2)), r"match.between=\[0, 2\] is empty"),
        (lambda: Rule(faults=()), r"fault is missing; a rule without one does nothing"),
        (lambda: Rule(faults=(CUT,), p=1.5), r"p=1.5 is no chance; it lies between 0 and 1"),
        (lambda: Rule(faults=(CUT,), p=float("nan")), r"p=nan is no chance"),
        (lambda: Rule(faults=(CUT,), count=0), r"count=0 never strikes"),
        (lambda: Rule(faults=(CUT,), ttl_s=0.0), r"ttl_s=0.0 is no lifetime"),
        (lambda: Rule(faults=(CUT,), ttl_s=inf), r"ttl_s=inf is no lifetime"),
        (lambda: Phase(name="x", start_s=2.0, end_s=1.0), r"phase 'x' from 2.0 to 1.0 seconds is empty"),
        (lambda: Plan(rules=(rule(), rule(phase="x"))), r"rule 2: match.phase='x' is unknown; the plan has no phases"),
        (
            lambda: Plan(rules=(rule(phase="x"),), phases=(Phase(name="y"), Phase(name="z"))),
            r"rule 1: match.phase='x' is unknown; the phases are y, z",
        ),
        (lambda: Phase(name="x", p_to=1.5), r"phase 'x': p_to=1.5 is no share; it lies between 0 and 1"),
        (lambda: Phase(name="x", p_from=0.0), r"phase 'x' has no end, so its chance has no time to change"),
        (lambda: Plan(ttl_s=0.0), r"ttl_s=0.0 is no lifetime"),
        (lambda: Plan(phases=(Phase(name="y"), Phase(name="y"))), r"2 phases are called 'y'; a name is for one"),
        (lambda: Plan(rules=(Rule(faults=(CUT,), name="a"),) * 3), r"3 rules are called 'a'"),
    ],
)
def test_a_plan_that_contradicts_itself_is_refused(build: Any, message: str) -> None:  # noqa: ANN401 - any maker
    with pytest.raises(PlanError, match=message):
        build()


def test_every_surface_can_be_matched_by_its_name() -> None:
    for one, other in permutations(SURFACES, 2):
        assert Match(surface=one).accepts(ExchangeFacts(surface=one))
        assert not Match(surface=one).accepts(ExchangeFacts(surface=other))


def test_any_host_that_a_worker_calls_can_be_matched_and_nothing_else_that_is_unknown() -> None:
    assert Match(surface="fetch.*").accepts(ExchangeFacts(surface="fetch.api.example.com"))
    assert not Match(surface="fetch.api.example.com").accepts(ExchangeFacts(surface="fetch.example.com"))
    with pytest.raises(PlanError, match="matches no surface"):
        Match(surface="fetched.a")
