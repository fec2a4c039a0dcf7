from __future__ import annotations

import pytest

from harness.core.probing.experiments.settling import NotServedError
from harness.core.probing.facts import Fact, Notes, State
from harness.core.probing.terms import Bounds
from tests.harness.core.probing.simulated import Simulated


def _fact(notes: Notes, key: str) -> Fact:
    fact = notes.get(key)
    assert fact is not None
    return fact


@pytest.mark.parametrize("attempts", [2, 3, 4, 6])
def test_attempts_are_counted_whatever_their_number(attempts: int) -> None:
    notes = Simulated(attempts=attempts).found("retries")

    assert _fact(notes, "retry.max_attempts").value == attempts
    assert _fact(notes, "retry.statuses").value == (429, 500, 502, 503, 504)
    assert _fact(notes, "retry.lost_connection").value is True


def test_only_the_statuses_that_are_retried_are_told() -> None:
    notes = Simulated(attempts=2, retried=frozenset({"502", "409"})).found("retries")

    assert _fact(notes, "retry.statuses").value == (409, 502)
    assert _fact(notes, "retry.lost_connection").state is State.ABSENT


def test_one_attempt_is_no_retry() -> None:
    notes = Simulated(attempts=1).found("retries")

    assert _fact(notes, "retry.max_attempts").state is State.ABSENT
    assert _fact(notes, "retry.pauses").state is State.ABSENT


def test_a_breaker_that_opens_amid_the_attempts_makes_them_a_lower_bound() -> None:
    target = Simulated(attempts=6, retried=frozenset({"503"}), failures=4, open_s=30)
    fact = _fact(target.found("retries"), "retry.max_attempts")

    assert (fact.value, fact.low) == (4, 4)
    assert "it may be more" in fact.how


def test_jitter_is_told_from_its_absence() -> None:
    steady, jittered = Simulated(attempts=3).found("retries"), Simulated(attempts=3, jitter=0.5).found("retries")

    assert _fact(steady, "retry.jitter").state is State.ABSENT
    assert _fact(jittered, "retry.jitter").value is True


@pytest.mark.parametrize("late_s", [0.05, 0.2, 1.0])
def test_a_late_harness_names_no_wrong_shape_and_no_wrong_jitter(late_s: float) -> None:
    notes = [Simulated(attempts=4, late_s=late_s, seed=seed).found("retries") for seed in range(10)]
    shapes = {str(_fact(each, "retry.pauses").value).partition(":")[0].partition(",")[0] for each in notes}

    assert not any(each.startswith(("linear", "constant", "irregular")) for each in shapes)
    assert {_fact(each, "retry.jitter").state for each in notes} <= {State.ABSENT, State.UNKNOWN}


@pytest.mark.parametrize(("honours", "told"), [(True, "waits as long as asked"), (False, "does not wait for it")])
def test_retry_after_is_told(honours: bool, told: str) -> None:
    notes = Simulated(attempts=2, honours=honours).found("retries")

    assert told in str(_fact(notes, "retry.retry_after").value)
    assert _fact(notes, "retry_after_kept").value is True


@pytest.mark.parametrize("failures", [1, 2, 3, 5, 8, 13])
@pytest.mark.parametrize("open_s", [0.3, 1.0, 4.0])
def test_a_breaker_is_found_with_its_numbers(failures: int, open_s: float) -> None:
    notes = Simulated(failures=failures, open_s=open_s).found("breaker")

    assert _fact(notes, "circuit_breaker.failures").value == failures
    assert _fact(notes, "circuit_breaker.open_s").value == pytest.approx(open_s, rel=0.06)
    assert _fact(notes, "circuit_breaker.half_open").value == 1


def test_attempts_cut_short_by_the_breaker_give_its_exact_number() -> None:
    notes = Simulated(attempts=3, failures=5).found("breaker")

    assert (_fact(notes, "circuit_breaker.failures").value, _fact(notes, "circuit_breaker.failures").low) == (5, None)


def test_a_breaker_that_counts_questions_leaves_its_number_open_between_two() -> None:
    notes = Simulated(attempts=3, failures=4, counts_questions=True).found("breaker")

    fact = _fact(notes, "circuit_breaker.failures")
    assert (fact.low, fact.value) == (10, 12)
    assert _fact(notes, "circuit_breaker.questions").value == 4


def test_a_rest_longer_than_the_bound_is_told_as_that() -> None:
    fact = _fact(Simulated(failures=3, open_s=60).found("breaker", Bounds(usual_s=5)), "circuit_breaker.open_s")

    assert (fact.state, fact.value) == (State.BEYOND, 5)


def test_no_breaker_is_told_with_how_many_failures_that_rests_on() -> None:
    fact = _fact(Simulated(attempts=2).found("breaker"), "circuit_breaker.failures")

    assert fact.state is State.ABSENT
    assert "40 failed calls" in fact.how


def test_what_is_let_through_at_once_behind_the_rest_is_counted() -> None:
    assert _fact(Simulated(failures=2, half_open=3).found("breaker"), "circuit_breaker.half_open").value == 3


@pytest.mark.parametrize(("resets", "state"), [(True, State.FOUND), (False, State.ABSENT)])
def test_failures_in_a_row_are_told_from_failures_in_all(resets: bool, state: State) -> None:
    assert _fact(Simulated(failures=6, resets=resets).found("breaker"), "circuit_breaker.in_a_row").state is state


def test_a_fallback_is_named() -> None:
    assert _fact(Simulated(fallback="smaller").found("fallback"), "fallback_model").value == "smaller"
    assert _fact(Simulated().found("fallback"), "fallback_model").state is State.ABSENT


@pytest.mark.parametrize("ttl_s", [0.7, 1.0, 2.0, 3.5])
def test_the_life_of_a_kept_answer_is_found(ttl_s: float) -> None:
    notes = Simulated(ttl_s=ttl_s).found("cache")

    assert _fact(notes, "cache.ttl_s").value == pytest.approx(ttl_s, rel=0.06)
    assert _fact(notes, "cache.header").value == "X-Cache"
    assert _fact(notes, "cache.per_identity").value is True


def test_an_answer_kept_for_longer_than_the_bound_is_told_as_that() -> None:
    fact = _fact(Simulated(ttl_s=600).found("cache", Bounds(usual_s=4)), "cache.ttl_s")

    assert fact.state is State.BEYOND


def test_a_key_is_told_by_its_parts() -> None:
    notes = Simulated(ttl_s=2.0, key=frozenset({"params", "headers"})).found("cache")
    inside, outside = _fact(notes, "cache.key").value, _fact(notes, "cache.not_in_key").value

    assert isinstance(inside, tuple)
    assert {"temperature", "seed", "an unknown header"} <= {*inside}
    assert outside == ("system message", "earlier turns", "model", "caller")
    assert _fact(notes, "cache.per_identity").state is State.ABSENT


def test_streams_that_are_not_kept_are_told_so() -> None:
    notes = Simulated(ttl_s=2.0, keeps_streams=False, key=frozenset({"form"})).found("cache")

    assert _fact(notes, "cache.json").value is True
    assert _fact(notes, "cache.streams").state is State.ABSENT


def test_no_cache_is_no_cache() -> None:
    assert _fact(Simulated().found("cache"), "cache.ttl_s").state is State.ABSENT


def test_each_timeout_is_found_by_itself() -> None:
    target = Simulated(first_byte_s=1.5, idle_s=0.8, total_s=4.0)

    assert _fact(target.found("first-byte"), "first_byte_timeout_s").value == pytest.approx(1.5, rel=0.04)
    assert _fact(target.found("idle"), "upstream_idle_timeout_s").value == pytest.approx(0.8, rel=0.04)
    assert _fact(target.found("total"), "json_total_s").value == pytest.approx(4.0, rel=0.04)


def test_a_target_that_waits_for_ever_is_told_by_the_bound() -> None:
    target = Simulated()

    for name, key in (("first-byte", "first_byte_timeout_s"), ("idle", "upstream_idle_timeout_s")):
        fact = _fact(target.found(name, Bounds(usual_s=3)), key)
        assert (fact.state, fact.how) == (State.BEYOND, "not within 3 s")


def test_a_limit_says_that_two_questions_agree_and_what_passed_below_it() -> None:
    fact = _fact(Simulated(first_byte_s=1.5).found("first-byte"), "first_byte_timeout_s")

    assert fact.how == "2 of 2 times, after 1.50 to 1.50 s; an answer after 0.90 s passed"


@pytest.mark.parametrize(("name", "key"), [("first-byte", "first_byte_timeout_s"), ("idle", "upstream_idle_timeout_s")])
def test_a_target_that_dies_has_no_limit(name: str, key: str) -> None:
    notes = Simulated(first_byte_s=0.5, idle_s=0.5, dies=True).found(name)

    assert _fact(notes, key).state is State.UNKNOWN
    assert _fact(notes, key).how == "the target's process ended before that could be seen"
    assert all(fact.state is State.UNKNOWN for fact in notes)


@pytest.mark.parametrize("chances", [(0.525,), (10_000, 0.525), (0.5, 2.5, 1.2, 4.0, 0.2, 3.0)])
def test_what_was_ended_once_or_by_chance_is_no_limit(chances: tuple[float, ...]) -> None:
    fact = _fact(Simulated(cuts_by_chance_s=chances).found("first-byte"), "first_byte_timeout_s")

    assert fact.state is State.UNKNOWN
    assert "not the same each time" in fact.how
    assert "0.5" in fact.how


def test_a_target_that_fails_whatever_is_slow_has_no_limit() -> None:
    fact = _fact(Simulated(first_byte_s=1.0, cuts_all=True).found("first-byte"), "first_byte_timeout_s")

    assert fact.state is State.UNKNOWN
    assert "an answer that came sooner" in fact.how


@pytest.mark.parametrize("seed", range(10))
def test_a_limit_seen_by_a_late_harness_is_right_or_unknown(seed: int) -> None:
    for late_s in (0.05, 0.3, 2.0):
        target = Simulated(first_byte_s=1.5, idle_s=1.0, total_s=4.0, late_s=late_s, seed=seed)
        for name, key, true_s in (
            ("first-byte", "first_byte_timeout_s", 1.5),
            ("idle", "upstream_idle_timeout_s", 1.0),
            ("total", "json_total_s", 4.0),
        ):
            fact = _fact(target.found(name, Bounds(usual_s=10)), key)
            assert fact.state is not State.BEYOND
            if fact.state is State.FOUND:
                assert fact.low is not None
                assert fact.low <= true_s * 1.2 + 0.1


@pytest.mark.parametrize("most", [1_048_576, 1_000_000, 65_537])
def test_a_limit_of_size_is_exact(most: int) -> None:
    assert _fact(Simulated(most_bytes=most).found("sizes"), "max_request_bytes").value == most


def test_a_request_that_came_to_nothing_once_shows_no_limit() -> None:
    notes = Simulated(slow_once_bytes=70_000, most_messages=200).found("sizes")

    assert _fact(notes, "max_request_bytes").state is State.BEYOND
    assert _fact(notes, "max_messages").value == 200


def test_what_reached_upstream_while_a_request_was_turned_away_is_not_taken_for_it() -> None:
    fact = _fact(Simulated(most_messages=200, stray_once=True).found("sizes"), "max_messages")

    assert (fact.value, fact.how) == (200, "200 passed, 201 got status 413; once each")


def test_a_limit_that_was_not_reached_is_no_limit_found() -> None:
    assert _fact(Simulated(most_messages=200).found("sizes"), "max_request_bytes").state is State.BEYOND
    assert _fact(Simulated(most_messages=200).found("sizes"), "max_messages").value == 200


def test_a_rate_limit_is_counted() -> None:
    assert _fact(Simulated(per_minute=60).found("rate"), "rate_limit.per_minute").value == 60
    assert _fact(Simulated().found("rate"), "rate_limit.per_minute").state is State.BEYOND


def test_an_experiment_that_a_limit_interrupts_says_so() -> None:
    with pytest.raises(NotServedError, match="429, by a limit of its own"):
        Simulated(per_minute=0).found("retries")


@pytest.mark.parametrize(("streams", "state"), [(True, State.FOUND), (False, State.ABSENT)])
def test_a_stream_is_told_from_an_answer_held_back(streams: bool, state: State) -> None:
    assert _fact(Simulated(streams=streams).found("streams"), "streaming").state is state


def test_a_target_that_turns_the_smallest_request_away_has_no_limit_found() -> None:
    notes = Simulated(most_messages=3).found("sizes")

    fact = _fact(notes, "max_messages")
    assert fact.state is State.UNKNOWN
    assert fact.how == "even 8 were turned away, with status 413"


def test_a_limit_of_how_often_is_never_taken_for_one_of_size() -> None:
    with pytest.raises(NotServedError, match="429"):
        Simulated(per_minute=5).found("sizes")


def test_a_harness_that_was_too_late_to_see_a_stream_says_so() -> None:
    fact = _fact(Simulated(streams=False, late_s=0.3).found("streams"), "streaming")

    assert fact.state is State.UNKNOWN
    assert "too late" in fact.how
