from __future__ import annotations

from dataclasses import replace

import pytest

from harness.core.judging.invariants import ALL
from harness.core.judging.invariants.rule import Invariant
from harness.core.load.answer import FINISHED
from harness.core.load.judgement import judge_alike
from harness.core.observed.history import ClientEnd, UpstreamEnd
from reports.record import Level
from tests.harness.core.histories import FALLBACK, RESILIENT, STREAMING, client, cut, failure, stream
from tests.harness.core.load.loads import BAR, asked, called, job

JOB = job()
WORDS = stream("one ", "two ", "three", wait_s=0.05)


def test_what_upstream_sent_and_the_client_got_is_right() -> None:
    (found,) = judge_alike([asked(client(WORDS), JOB, "0/0")], [called(WORDS, JOB, "0/0")], BAR)

    assert found.is_right
    assert not found.is_error
    assert found.findings == ()
    assert found.asked_upstream
    assert found.in_time


def test_a_fast_wrong_answer_is_an_error() -> None:
    (found,) = judge_alike([asked(client(stream("one ", "two ")), JOB, "0/0")], [called(WORDS, JOB, "0/0")], BAR)

    assert found.answer.ending == FINISHED
    assert found.is_wrong
    assert found.is_error
    assert not found.is_right
    assert "no-loss" in {finding.invariant for finding in found.findings}


def test_a_broken_promise_is_found_although_a_fault_struck() -> None:
    broken = cut(WORDS, 2)
    call = called(broken, JOB, "0/0", faults=("sse.truncate(after=2)",), end=UpstreamEnd.CLOSED)

    (found,) = judge_alike([asked(client(stream("one ", "two ")), JOB, "0/0")], [call], BAR)

    assert {finding.invariant for finding in found.findings if finding.level is Level.MUST} == {"no-laundering"}
    assert found.faults == ("sse.truncate(after=2)",)
    assert found.struck_s == call.arrived_s


def test_one_answer_says_nothing_about_retries_and_breakers() -> None:
    exchange = asked(client(failure(503)), JOB, "0/0")
    calls = [called(failure(503), JOB, "0/0")]

    (found,) = judge_alike([exchange], calls, replace(BAR, claims=RESILIENT))

    assert found.findings == ()
    assert found.is_error


def test_a_fallback_may_answer_for_the_model_that_was_asked() -> None:
    exchange = asked(client(WORDS, at=0.5, late_s=0.5), JOB, "0/0")
    fallen = called(WORDS, JOB, "0/0", at=0.7)
    calls = [called(failure(503), JOB, "0/0", at=0.5), replace(fallen, model=FALLBACK)]

    blamed, fine = (judge_alike([exchange], calls, replace(BAR, claims=own))[0] for own in (STREAMING, RESILIENT))

    assert [finding.invariant for finding in blamed.findings] == ["request-true"]
    assert fine.findings == ()


def test_what_a_late_harness_measured_by_the_clock_is_held_against_nobody() -> None:
    paced = stream(*"abcdefghij", wait_s=0.05)
    held = asked(client(stream(*"abcdefghij"), late_s=2.0), JOB, "0/0")
    calls = [called(paced, JOB, "0/0")]

    late, punctual = (judge_alike([held], calls, BAR, punctual=in_time)[0] for in_time in (False, True))

    assert late.findings == ()
    assert "not-buffered" in {finding.invariant for finding in punctual.findings}


def test_of_answers_to_one_question_only_the_wrong_one_is_blamed() -> None:
    mine = [asked(client(WORDS), JOB, "0/0"), asked(client(stream("two "), at=5.0), JOB, "0/0")]
    mine[1] = replace(mine[1], label="0/9")

    first, second = judge_alike(mine, [called(WORDS, JOB, "0/0")], BAR)

    assert first.is_right
    assert second.is_wrong
    assert not second.asked_upstream


def test_an_answer_too_slow_for_an_objective_is_right_but_not_in_time() -> None:
    slow = asked(client(WORDS, late_s=2.0), JOB, "0/0")

    (found,) = judge_alike([slow], [called(WORDS, JOB, "0/0", at=2.0)], BAR)

    assert found.is_right
    assert not found.in_time


def test_a_client_that_left_is_no_error() -> None:
    left = replace(asked(client(WORDS), JOB, "0/0"), end=ClientEnd.LEFT)

    (found,) = judge_alike([left], [called(WORDS, JOB, "0/0")], BAR)

    assert not found.is_error
    assert not found.is_right


def test_a_check_that_crashes_is_the_harness_s_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setitem(ALL, "no-loss", Invariant("no-loss", Level.MUST, crash))  # type: ignore[arg-type]  # crashes

    (found,) = judge_alike([asked(client(WORDS), JOB, "0/0")], [called(WORDS, JOB, "0/0")], BAR)

    assert found.crash == "a check crashed: ZeroDivisionError: oh"
    assert not found.is_wrong
