from __future__ import annotations

from math import inf

from fault_injection.plan_file import read_plan
from harness.core.load.chaos.phases import Stretch, felt, recovered_after_s, stretches
from tests.harness.core.load.chaos.answers import answer, call

PLAN = read_plan(
    """
    ttl_s = 60

    [[phase]]
    name = "healthy"
    lasts_s = 10

    [[phase]]
    name = "outage"
    lasts_s = 5

    [[phase]]
    name = "recovery"
    start_s = 20
    lasts_s = 10

    [[rule]]
    match = { phase = "outage" }
    fault = "tcp.reset"
    """
)


def test_a_plan_is_cut_into_its_phases_and_says_which_of_them_inject() -> None:
    found = stretches(PLAN, start_s=100.0, end_s=130.0)

    assert [(each.name, each.start_s, each.end_s, each.injects) for each in found] == [
        ("healthy", 100.0, 110.0, False),
        ("outage", 110.0, 115.0, True),
        ("after outage", 115.0, 120.0, False),
        ("recovery", 120.0, 130.0, False),
    ]


def test_a_plan_that_was_taken_away_early_has_only_the_phases_it_came_to() -> None:
    found = stretches(PLAN, start_s=100.0, end_s=112.0)

    assert [(each.name, each.end_s) for each in found] == [("healthy", 110.0), ("outage", 112.0)]


def test_the_moment_until_a_plan_is_gone_belongs_to_its_last_phase() -> None:
    found = stretches(PLAN, start_s=100.0, end_s=130.2, lasts_s=30.0)

    assert [(each.name, each.end_s) for each in found][-2:] == [("after outage", 120.0), ("recovery", 130.2)]


def test_a_plan_without_phases_is_one_stretch() -> None:
    (one,) = stretches(read_plan('ttl_s = 9\n[[rule]]\nfault = "tcp.reset"'), start_s=0.0, end_s=9.0)

    assert (one.name, one.start_s, one.end_s, one.injects) == ("the plan", 0.0, 9.0, True)


def test_answers_and_faults_are_counted_in_the_phase_in_which_they_began() -> None:
    stretch = Stretch(name="x", start_s=10.0, end_s=20.0, injects=True)
    answers = [
        answer(9.9),
        answer(10.0, ttft_s=0.1),
        answer(12.0, ttft_s=0.3),
        answer(13.0, ending="status 503"),
        answer(14.0, broke="no-laundering"),
        answer(20.0),
    ]
    calls = [call(9.9, "tcp.reset"), call(10.0, "tcp.reset"), call(19.9, "tcp.reset", "tcp.latency"), call(15.0)]

    found = felt(stretch, answers, calls)

    assert (found.asked, found.right, found.failed, found.wrong, found.struck) == (4, 2, 1, 1, 2)
    assert found.faults == (("tcp.latency", 1), ("tcp.reset", 2))
    assert (found.ttft_p50_s, found.ttft_p95_s) == (0.2, 0.3)


def test_a_target_has_recovered_once_it_answers_rightly_several_times_in_a_row() -> None:
    answers = [answer(1.0), answer(5.0), answer(6.0, ending="status 503"), answer(7.0), answer(8.0), answer(9.0)]

    assert recovered_after_s(answers, from_s=4.0, in_a_row=3) == 3.0
    assert recovered_after_s(answers, from_s=4.0, in_a_row=4) is None
    assert Stretch(name="x", start_s=4.0, end_s=inf).holds(1e9)
