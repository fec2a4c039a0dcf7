from __future__ import annotations

import pytest

from harness.core.probing.claims import Held, Stand, held
from harness.core.probing.facts import Notes
from harness.core.target.claims import Breaker, Cache, Capabilities, Limits, RateLimit, Retry

NOTHING = Capabilities()


def _stand(notes: Notes, claims: Capabilities = NOTHING, limits: Limits | None = None, *, key: str) -> Stand:
    return _held(notes, claims, limits, key=key).stand


def _held(notes: Notes, claims: Capabilities = NOTHING, limits: Limits | None = None, *, key: str) -> Held:
    (found,) = [each for each in held(claims, limits or Limits(), notes) if each.key == key]
    return found


def _noted(key: str, value: float | bool | str | tuple[int, ...], **bounds: float) -> Notes:
    notes = Notes()
    notes.found(key, value, "3 of 3 times", **bounds)
    return notes


@pytest.mark.parametrize(("saw", "stand"), [(3, Stand.AGREES), (2, Stand.DIFFERS), (4, Stand.DIFFERS)])
def test_attempts_agree_when_they_are_as_many(saw: int, stand: Stand) -> None:
    notes = _noted("retry.max_attempts", saw)

    assert _stand(notes, Capabilities(retry=Retry(max_attempts=3)), key="retry.max_attempts") is stand


def test_at_least_so_many_attempts_leave_a_larger_claim_open() -> None:
    notes = _noted("retry.max_attempts", 4, low=4)

    assert _stand(notes, Capabilities(retry=Retry(max_attempts=6)), key="retry.max_attempts") is Stand.UNTOLD
    assert _stand(notes, Capabilities(retry=Retry(max_attempts=3)), key="retry.max_attempts") is Stand.DIFFERS


def test_what_is_claimed_and_was_looked_for_in_vain_differs() -> None:
    notes = Notes()
    notes.absent("retry.max_attempts", "one attempt at each of 17 kinds of failure")

    row = _held(notes, Capabilities(retry=Retry(max_attempts=3)), key="retry.max_attempts")
    assert row.stand is Stand.DIFFERS
    assert row.saw == "none (one attempt at each of 17 kinds of failure)"


def test_what_was_not_looked_at_is_no_difference() -> None:
    notes = Notes()
    notes.unknown("fallback_model", "there was no time for it")

    assert _stand(notes, Capabilities(fallback_model="m"), key="fallback_model") is Stand.UNTOLD


def test_what_is_seen_and_not_claimed_is_told_as_that() -> None:
    assert _stand(_noted("fallback_model", "m"), key="fallback_model") is Stand.UNCLAIMED


@pytest.mark.parametrize(
    ("claimed", "saw", "stand"),
    [
        (None, (408, 429, 500, 502, 503, 504, 520), Stand.AGREES),
        (None, (429, 500, 502, 503), Stand.DIFFERS),
        (frozenset({502, 503}), (502, 503), Stand.AGREES),
        (frozenset({502, 503}), (500, 502, 503), Stand.DIFFERS),
    ],
)
def test_statuses_agree_with_a_list_or_with_the_usual_ones(
    claimed: frozenset[int] | None, saw: tuple[int, ...], stand: Stand
) -> None:
    claims = Capabilities(retry=Retry(max_attempts=2, statuses=claimed))

    assert _stand(_noted("retry.statuses", saw), claims, key="retry.statuses") is stand


@pytest.mark.parametrize(("claimed", "stand"), [(9, Stand.DIFFERS), (10, Stand.AGREES), (12, Stand.AGREES)])
def test_a_breakers_number_agrees_anywhere_between_its_bounds(claimed: int, stand: Stand) -> None:
    notes = _noted("circuit_breaker.failures", 12, low=10, high=12)
    claims = Capabilities(circuit_breaker=Breaker(failures=claimed, open_s=1))

    assert _stand(notes, claims, key="circuit_breaker.failures") is stand


def test_a_breaker_may_count_questions_instead_of_calls() -> None:
    notes = _noted("circuit_breaker.failures", 12, low=10, high=12)
    notes.found("circuit_breaker.questions", 4, "")
    claims = Capabilities(circuit_breaker=Breaker(failures=4, open_s=1))

    assert _stand(notes, claims, key="circuit_breaker.failures") is Stand.AGREES


@pytest.mark.parametrize(
    ("low", "high", "stand"),
    [(1.95, 2.1, Stand.AGREES), (2.2, 2.6, Stand.AGREES), (3.1, 3.2, Stand.DIFFERS), (0.5, 0.6, Stand.DIFFERS)],
)
def test_a_time_agrees_within_what_a_machine_may_add(low: float, high: float, stand: Stand) -> None:
    notes = _noted("cache.ttl_s", high, low=low, high=high)

    assert _stand(notes, Capabilities(cache=Cache(ttl_s=2.0)), key="cache.ttl_s") is stand


@pytest.mark.parametrize(("bound", "stand"), [(5.0, Stand.UNTOLD), (40.0, Stand.DIFFERS)])
def test_a_time_that_was_not_reached_rules_out_only_shorter_claims(bound: float, stand: Stand) -> None:
    notes = Notes()
    notes.beyond("upstream_idle_timeout_s", bound)

    assert _stand(notes, limits=Limits(upstream_idle_timeout_s=20.0), key="upstream_idle_timeout_s") is stand


@pytest.mark.parametrize(("longest", "stand"), [(6.0, Stand.AGREES), (0.5, Stand.AGREES), (9.0, Stand.DIFFERS)])
def test_a_deadline_is_a_bound_and_not_a_time(longest: float, stand: Stand) -> None:
    assert _stand(_noted("deadline_s", longest), limits=Limits(deadline_s=6.0), key="deadline_s") is stand


def test_more_requests_than_the_claimed_rate_differ_from_it() -> None:
    notes = Notes()
    notes.beyond("rate_limit.per_minute", 150)
    claims = Capabilities(rate_limit=RateLimit(per_minute=60))

    assert _stand(notes, claims, key="rate_limit.per_minute") is Stand.DIFFERS


def test_a_headers_name_agrees_in_any_spelling() -> None:
    claims = Capabilities(cache=Cache(ttl_s=1, header="x-cache"))

    assert _stand(_noted("cache.header", "X-Cache"), claims, key="cache.header") is Stand.AGREES


@pytest.mark.parametrize(
    ("saw", "stand"), [(1_000_000, Stand.AGREES), (999_999, Stand.AGREES), (65_536, Stand.DIFFERS)]
)
def test_a_size_agrees_to_the_byte_or_one_beside_it(saw: int, stand: Stand) -> None:
    assert (
        _stand(_noted("max_request_bytes", saw), limits=Limits(max_request_bytes=1_000_000), key="max_request_bytes")
        is stand
    )
