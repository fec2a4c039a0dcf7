from __future__ import annotations

from typing import Any

import pytest

from fault_injection.families import tcp
from fault_injection.plan import ExchangeFacts, Phase, Plan, Rule
from fault_injection.reply import Headers
from harness.core.gateway.guard import MOST_TTL_S, RUN_HEADER, SILENCE_S, Caps, Guard, GuardError, State

ALWAYS = Plan(rules=(Rule(faults=(tcp.Reset(),)),), ttl_s=60.0)
MARK: Headers = ((RUN_HEADER, "r1"),)
MARKED = ExchangeFacts(surface="ai.chat", nonce="ep-0123456789ab", headers=MARK)


def armed(plan: Plan = ALWAYS, **more: Any) -> Guard:  # noqa: ANN401 - whatever arm takes
    guard = Guard()
    guard.arm(plan, run="r1", now_s=100.0, **{"watched": False, **more})
    return guard


def struck(guard: Guard, facts: ExchangeFacts = MARKED, now_s: float = 101.0) -> bool:
    decision = guard.decide(facts, now_s=now_s)
    return decision is not None and bool(decision.strikes)


def test_a_gateway_is_transparent_until_it_is_told_otherwise() -> None:
    guard = Guard()

    assert guard.look(0.0) is State.TRANSPARENT
    assert not struck(guard)
    assert not guard.may_strike(0.0)


@pytest.mark.parametrize(
    ("headers", "marked"),
    [
        (MARK, True),
        (((RUN_HEADER.lower(), "r1"),), True),
        (((RUN_HEADER, "r2"),), False),
        ((("baggage", "userId=alice , edgeproof=r1;ttl=5, x=y"),), True),
        ((("baggage", "a=b"), ("Baggage", "edgeproof=r1")), True),
        ((("baggage", "edgeproof=r10"),), False),
        ((("baggage", "notedgeproof=r1"),), False),
        ((), False),
    ],
)
def test_only_what_bears_the_runs_mark_is_struck(headers: Headers, marked: bool) -> None:
    assert struck(armed(), ExchangeFacts(surface="ai.chat", headers=headers)) is marked


@pytest.mark.parametrize(
    ("by_nonce", "nonce", "marked"), [(True, "ep-1", True), (True, "", False), (False, "ep-1", False)]
)
def test_a_nonce_is_a_mark_where_that_was_said(by_nonce: bool, nonce: str, marked: bool) -> None:
    guard = armed(by_nonce=by_nonce)

    assert struck(guard, ExchangeFacts(surface="ai.chat", nonce=nonce)) is marked


def test_where_only_a_target_of_the_run_can_come_everything_is_the_runs() -> None:
    guard = Guard(all_is_ours=True)
    before = guard.marks((), "")
    guard.arm(ALWAYS, run="r1", now_s=100.0, watched=False)

    assert not before
    assert struck(guard, ExchangeFacts(surface="kv.get"))


def test_ten_thousand_requests_without_a_mark_are_not_touched() -> None:
    guard = armed()

    found = sum(
        struck(guard, ExchangeFacts(surface="ai.chat", nonce=f"ep-{number:012x}", headers=((RUN_HEADER, "r2"),)))
        for number in range(10_000)
    )

    assert (found, guard.requests, guard.faulted) == (0, 0, 0)


def test_a_plan_ends_with_its_lifetime() -> None:
    guard = armed()

    assert struck(guard, now_s=159.9)
    guard.over(struck_at_s=159.9)
    assert not struck(guard, now_s=160.0)
    assert (guard.state, guard.why) == (State.TRANSPARENT, "the plan's lifetime is over")


def test_a_controller_that_falls_silent_ends_the_plan() -> None:
    guard = armed(watched=True)
    guard.beat(103.0)

    assert guard.look(103.0 + SILENCE_S) is State.ARMED
    assert guard.look(103.1 + SILENCE_S) is State.TRANSPARENT
    assert "nothing was heard" in guard.why


def test_a_plan_that_has_ended_does_not_come_back_with_a_late_sign_of_life() -> None:
    guard = armed(watched=True)
    guard.look(200.0)
    guard.beat(200.0)

    assert not struck(guard, now_s=200.0)


def test_a_plan_without_a_controller_needs_no_sign_of_life() -> None:
    assert armed().look(159.0) is State.ARMED


@pytest.mark.parametrize(
    ("plan", "run", "message"),
    [
        (Plan(), "r1", "no ttl_s"),
        (Plan(ttl_s=MOST_TTL_S + 1), "r1", "ttl_s=86401 is longer than 86400"),
        (ALWAYS, "", f"nothing marks the run's exchanges; name the value of {RUN_HEADER}"),
    ],
)
def test_an_experiment_without_an_end_or_a_mark_is_refused(plan: Plan, run: str, message: str) -> None:
    guard = Guard()

    with pytest.raises(GuardError, match=message):
        guard.arm(plan, run=run, now_s=0.0)
    assert guard.state is State.TRANSPARENT


def test_the_cap_on_faulted_requests_holds_to_the_request() -> None:
    guard = armed(caps=Caps(faulted=3))

    assert [struck(guard) for _ in range(5)] == [True, True, True, False, False]
    assert guard.faulted == 3
    assert guard.why == "3 requests have been faulted, and no more may"


def test_the_cap_on_all_requests_holds_to_the_request() -> None:
    never = Plan(rules=(Rule(faults=(tcp.Reset(),), p=0.0),), ttl_s=60.0)
    guard = armed(never, caps=Caps(requests=3))

    seen = [guard.decide(MARKED, now_s=101.0) is not None for _ in range(5)]

    assert seen == [True, True, True, False, False]
    assert guard.state is State.TRANSPARENT


def test_the_cap_on_tokens_ends_the_plan_once_it_is_passed() -> None:
    guard = armed(caps=Caps(tokens=10))
    guard.spend(10)
    before = guard.state
    guard.spend(1)

    assert (before, guard.state) == (State.ARMED, State.TRANSPARENT)


@pytest.mark.parametrize("wrong", [{"requests": -1}, {"faulted": 100_001}, {"tokens": 10_000_001}])
def test_no_cap_can_be_higher_than_any_may_be(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="is out of bounds"):
        Caps(**wrong)


def test_reverting_is_seen_until_the_last_answer_with_faults_is_over() -> None:
    guard = armed()
    struck(guard)
    struck(guard)
    guard.revert("somebody said so")

    states = [guard.state]
    guard.over(struck_at_s=101.0)
    states.append(guard.state)
    guard.over(struck_at_s=None)
    states.append(guard.state)

    assert states == [State.REVERTING, State.REVERTING, State.TRANSPARENT]
    assert not struck(guard)


def test_what_was_struck_is_counted_by_phase_and_only_when_it_was() -> None:
    phases = (Phase(name="calm", end_s=10.0), Phase(name="storm", start_s=10.0, end_s=20.0))
    guard = armed(Plan(rules=ALWAYS.rules, phases=phases, ttl_s=60.0))
    for at_s in (105.0, 112.0, 113.0, 130.0):
        struck(guard, now_s=at_s)
        guard.over(struck_at_s=None if at_s == 113.0 else at_s)

    assert guard.struck == {"calm": 1, "storm": 1, "": 1}


def test_a_plan_in_force_is_replaced_at_once_and_counts_from_its_start() -> None:
    guard = armed(caps=Caps(faulted=1))
    struck(guard)
    guard.over(struck_at_s=101.0)
    never = Plan(rules=(Rule(faults=(tcp.Reset(),), p=0.0),), ttl_s=5.0)
    guard.arm(never, run="r1", now_s=150.0, watched=False)

    assert not guard.may_strike(151.0)
    assert (guard.requests, guard.faulted) == (0, 0)
    assert guard.look(155.0) is State.TRANSPARENT


def test_a_plan_whose_time_has_not_come_lets_requests_pass_unread() -> None:
    later = Plan(rules=(Rule(faults=(tcp.Reset(),), ttl_s=5.0),), phases=(Phase(name="x", start_s=9.0),), ttl_s=60.0)
    guard = armed(later)

    assert guard.may_strike(101.0)
    assert not guard.may_strike(106.0)
