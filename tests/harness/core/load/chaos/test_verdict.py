from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core.load.chaos.phases import Felt, Stretch, felt
from harness.core.load.chaos.verdict import Baseline, findings_of, phase, recovery, steady, told
from harness.core.load.judgement import Judged
from reports.record import Level, Verdict
from tests.harness.core.load.chaos.answers import answer, call

STRETCH = Stretch(name="x", start_s=0.0, end_s=100.0, injects=True)
RIGHT = [answer(float(second), ttft_s=0.1) for second in range(10)]


def state(answers: list[Judged], *, struck: int = 1, injects: bool = True) -> Felt:
    calls = [call(1.0, "tcp.reset") for _ in range(struck)]
    return felt(replace(STRETCH, injects=injects), answers, calls)


def test_a_steady_state_that_holds_is_a_pass() -> None:
    found = steady(state(RIGHT), RIGHT, Baseline(ttft_p95_s=0.5))

    assert (found.verdict, found.cause) == (Verdict.PASS, "")


@pytest.mark.parametrize(
    ("answers", "bar", "why"),
    [
        (RIGHT[:2], Baseline(), "2 answers are too few"),
        ([*RIGHT, answer(11.0, ending="no answer: refused")], Baseline(), "91% of the answers were right, and 99%"),
        (RIGHT, Baseline(ttft_p95_s=0.05), "the first token came within 0.1 s for 95 %, not 0.05 s"),
        ([*RIGHT, answer(11.0, broke="no-loss")], Baseline(), "91% of the answers were right"),
    ],
)
def test_anything_else_is_told_as_a_baseline_that_is_not_met(answers: list[Judged], bar: Baseline, why: str) -> None:
    found = steady(state(answers), answers, bar)

    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.cause.startswith(f"baseline-not-met: {why}")


def test_a_phase_in_which_no_fault_struck_is_inconclusive_however_right_it_was() -> None:
    found = phase(state(RIGHT, struck=0), RIGHT)

    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.cause == "fault-not-met: no fault struck in this phase; the plan's rules matched nothing in it"


def test_a_phase_that_injects_nothing_needs_nothing_to_strike() -> None:
    assert phase(state(RIGHT, struck=0, injects=False), RIGHT).verdict is Verdict.PASS


def test_a_promise_that_was_broken_counts_whether_or_not_a_fault_struck() -> None:
    wrong = [*RIGHT, answer(11.0, broke="no-laundering"), answer(12.0, broke="no-laundering")]

    found = phase(state(wrong, struck=0), wrong)

    assert found.verdict is Verdict.FAIL
    assert [(each.invariant, each.message) for each in found.findings] == [
        ("no-laundering", "it broke no-laundering (2 times)")
    ]


def test_answers_that_fail_and_say_so_are_no_breach() -> None:
    failed = [answer(float(second), ending="status 502") for second in range(10)]

    assert phase(state(failed), failed).verdict is Verdict.PASS


@pytest.mark.parametrize(("level", "verdict"), [(Level.SHOULD, Verdict.NON_STRICT), (Level.OBSERVE, Verdict.INFO)])
def test_a_lesser_breach_weighs_less(level: Level, verdict: Verdict) -> None:
    lesser = [*RIGHT, answer(11.0, broke="cadence", level=level)]

    assert phase(state(lesser), lesser).verdict is verdict


def test_a_phase_that_was_cut_short_or_crashed_a_check_is_inconclusive() -> None:
    crashed = [*RIGHT, answer(11.0, crash="a check crashed")]

    assert phase(state(RIGHT), RIGHT, stopped="error_rate above 0.5").cause.endswith("error_rate above 0.5")
    assert phase(state(crashed), crashed).cause == "a check crashed"


def test_a_target_that_does_not_come_back_has_broken_a_promise() -> None:
    quiet = state(RIGHT, struck=0, injects=False)

    assert recovery(quiet, RIGHT, after_s=1.5, within_s=10.0).verdict is Verdict.PASS
    gone = recovery(quiet, RIGHT, after_s=None, within_s=10.0)
    assert gone.verdict is Verdict.FAIL
    assert gone.findings[-1].invariant == "alive-after"


def test_a_recovery_in_which_little_was_asked_is_inconclusive() -> None:
    assert recovery(state([], injects=False), [], after_s=None, within_s=1.0).verdict is Verdict.INCONCLUSIVE


def test_a_phase_is_told_in_one_line() -> None:
    mixed = [*RIGHT, answer(11.0, ending="status 503"), answer(12.0, broke="no-loss")]

    assert told(state(mixed)) == (
        "12 asked, 10 right, 1 failed, 1 wrong, 1 struck, first token 0.100 s, 0.100 s for 95 %"
    )
    assert told(state([])) == "nothing was asked"
    assert findings_of(RIGHT) == ()


def test_a_target_that_had_no_time_to_recover_is_blamed_for_nothing() -> None:
    answers = [answer(number, ending="status 503") for number in range(4)]
    state = felt(Stretch(name="after the plan", start_s=0.0, end_s=9.0), answers, [])

    blamed = recovery(state, answers, after_s=None, within_s=9.0)
    spared = recovery(state, answers, after_s=None, within_s=9.0, excuse="the machine was busy")
    wrong = [*answers, answer(5.0, broke="no-loss")]
    broken = recovery(state, wrong, after_s=None, within_s=9.0, excuse="the machine was busy")

    assert (blamed.verdict, spared.verdict, broken.verdict) == (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.FAIL)
    assert spared.cause == "the machine was busy"
