"""A search begins with what chance meets late, and asks a target only for what it claims."""

from __future__ import annotations

from fault_injection.families import http
from harness.core.judging.invariants.ends.afterwards import CANCEL_WITHIN_S
from scenarios.case import Case
from scenarios.case_file import KeptCase, read_case, show_case
from scenarios.searching.openings import openings
from scenarios.searching.reach import Reach

EVERYTHING = Reach(second_model=True, cache=True, kv=True, restart=True, breaker_failures=5, fallback=True)


def named(reach: Reach) -> dict[str, Case]:
    return {case.id.partition(".")[2]: case for case in openings(reach)}


def test_a_plain_pipe_is_asked_for_nothing_that_it_does_not_claim() -> None:
    assert set(named(Reach(streaming=False))) == {"declined", "torn"}
    assert set(named(EVERYTHING)) - set(named(Reach())) == {"too-old", "outage", "one-model-down"}
    assert set(named(Reach())) == {"declined", "torn", "streams", "unread", "left"}


def test_a_store_is_only_outlived_where_the_target_can_be_started_afresh() -> None:
    assert "too-old" not in named(Reach(cache=True, kv=True))


def test_nobody_reads_an_answer_that_no_buffer_holds() -> None:
    (step,) = named(Reach())["unread"].steps

    assert step.prompt.tokens * step.prompt.token_bytes > 32 << 20
    assert [fault.id for fault in step.faults] == ["client.slow_reader", "client.abort_after"]


def test_an_answer_goes_on_long_after_its_client_has_left() -> None:
    (step,) = named(Reach())["left"].steps

    assert (step.prompt.tokens - 3) * step.prompt.pace_s > 2 * CANCEL_WITHIN_S
    assert [fault.id for fault in step.faults] == ["client.abort_after"]


def test_every_fault_has_a_question_of_its_own_and_strikes_once() -> None:
    for name in ("declined", "torn"):
        case = named(Reach())[name]
        assert [rule.question for rule in case.upstream] == [step.question for step in case.steps]
        assert {rule.first for rule in case.upstream} == {1}
        assert not any(step.stream for step in case.steps)


def test_what_is_declined_would_not_be_mended_by_another_attempt() -> None:
    faults = [fault for rule in named(Reach())["declined"].upstream for fault in rule.faults]

    codes = {fault.code for fault in faults if isinstance(fault, http.Status)}
    assert len(codes) == len(faults)
    assert all(400 <= code < 500 for code in codes)
    assert not codes & {408, 409, 425, 429}


def test_an_outage_lasts_longer_than_a_breaker_looks_on_and_is_over_before_its_rest() -> None:
    case = named(EVERYTHING)["outage"]

    assert case.steps[0].times > EVERYTHING.breaker_failures
    assert [step.pause for step in case.steps] == ["none", "none", "breaker-open", "none"]
    assert [rule.question for rule in case.upstream] == ["in-vain"]


def test_one_model_is_down_for_one_question_only() -> None:
    case = named(EVERYTHING)["one-model-down"]

    assert [step.question for step in case.steps] == ["down", "well"]
    assert [(rule.question, rule.model) for rule in case.upstream] == [("down", "main")]


def test_what_is_too_old_outlives_the_answer_that_took_its_place() -> None:
    case = named(EVERYTHING)["too-old"]

    assert [(step.pause, step.restart) for step in case.steps] == [
        ("none", False),
        ("cache-ttl", False),
        ("cache-ttl", True),
    ]
    assert len({step.question for step in case.steps}) == 1


def test_an_opening_can_be_kept_as_a_file() -> None:
    for case in openings(EVERYTHING):
        assert read_case(show_case(KeptCase(case=case, seed=1))).case == case
