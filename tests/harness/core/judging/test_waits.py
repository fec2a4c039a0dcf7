"""What a case waits for by its target's claims is known before it is begun."""

from __future__ import annotations

import pytest

from harness.core.judging.waits import claimed_s, sized, too_long, waits_s
from harness.core.target.claims import Breaker, Cache, Capabilities, RateLimit
from scenarios.case import Case, Pause, Step

CLAIMS = Capabilities(cache=Cache(ttl_s=3600.0), circuit_breaker=Breaker(failures=3, open_s=60.0))


def waiting(*pauses: Pause) -> Case:
    steps = tuple(Step(label=f"s{at}", pause=pause) for at, pause in enumerate(pauses))
    return Case(id="test.waits", promise="", reference="", focus=("no-loss",), steps=steps)


@pytest.mark.parametrize(
    ("pause", "expected_s"),
    [
        ("none", 0.0),
        ("cache-ttl", 3600.0),
        ("half-cache-ttl", 1800.0),
        ("most-of-cache-ttl", 2160.0),
        ("breaker-open", 60.0),
    ],
)
def test_a_pause_is_as_long_as_is_claimed(pause: Pause, expected_s: float) -> None:
    assert claimed_s(pause, CLAIMS) == expected_s
    assert claimed_s(pause, Capabilities()) == 0.0


def test_a_moment_is_as_long_whatever_is_claimed() -> None:
    assert claimed_s("moment", CLAIMS) == claimed_s("moment", Capabilities()) == 0.3


def test_half_a_minute_is_waited_for_where_a_limit_is_claimed() -> None:
    limited = Capabilities(rate_limit=RateLimit(per_minute=5))

    assert claimed_s("half-minute", limited) == 31.0
    assert claimed_s("half-minute", CLAIMS) == 0.0
    assert "62 s for the claimed rate_limit.per_minute" in too_long(
        waiting("half-minute", "half-minute"), limited, most_s=20.0
    )


def test_a_step_asks_as_often_as_the_limit_allows() -> None:
    case = Case(id="test.rate", promise="", reference="", focus=("no-loss",), steps=(Step(all_but=2), Step(label="b")))

    some = sized(case, Capabilities(rate_limit=RateLimit(per_minute=5)))
    many = Capabilities(rate_limit=RateLimit(per_minute=5000))

    assert [(step.together, step.all_but) for step in some.steps] == [(3, -1), (1, -1)]
    assert "it would need 5000 requests at once" in too_long(case, many, most_s=20.0)


def test_a_case_that_would_wait_too_long_says_for_what_and_what_would_help() -> None:
    told = too_long(waiting("none", "cache-ttl"), CLAIMS, most_s=20.0)

    assert told.startswith("it would have to wait 3600 s for the claimed cache.ttl_s, and waits at most 20 s;")


def test_all_pauses_of_a_case_count_together() -> None:
    assert "120 s for the claimed circuit_breaker.open_s" in too_long(
        waiting("breaker-open", "breaker-open"), CLAIMS, most_s=90.0
    )
    assert waits_s(waiting("breaker-open", "none", "breaker-open"), CLAIMS) == 120.0
    assert not too_long(waiting("breaker-open"), CLAIMS, most_s=90.0)
    assert not too_long(waiting("none"), CLAIMS, most_s=0.0)
