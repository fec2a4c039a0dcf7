"""What a case waits for by its target's claims is known before it is begun."""

from __future__ import annotations

import pytest

from harness.core.judging.waits import claimed_s, too_long
from harness.core.target.file import Breaker, Cache, Capabilities
from scenarios.case import Case, Pause, Step

CLAIMS = Capabilities(cache=Cache(ttl_s=3600.0), circuit_breaker=Breaker(failures=3, open_s=60.0))


def waiting(*pauses: Pause) -> Case:
    steps = tuple(Step(label=f"s{at}", pause=pause) for at, pause in enumerate(pauses))
    return Case(id="test.waits", promise="", reference="", focus=("no-loss",), steps=steps)


@pytest.mark.parametrize(
    ("pause", "expected_s"), [("none", 0.0), ("cache-ttl", 3600.0), ("half-cache-ttl", 1800.0), ("breaker-open", 60.0)]
)
def test_a_pause_is_as_long_as_is_claimed(pause: Pause, expected_s: float) -> None:
    assert claimed_s(pause, CLAIMS) == expected_s
    assert claimed_s(pause, Capabilities()) == 0.0


def test_a_case_that_would_wait_too_long_says_for_what_and_what_would_help() -> None:
    told = too_long(waiting("none", "cache-ttl"), CLAIMS, most_s=20.0)

    assert told.startswith("it would have to wait 3600 s for the claimed cache.ttl_s, and waits 20 s at the most;")


def test_all_pauses_of_a_case_count_together() -> None:
    assert "120 s for the claimed circuit_breaker.open_s" in too_long(
        waiting("breaker-open", "breaker-open"), CLAIMS, most_s=90.0
    )
    assert not too_long(waiting("breaker-open"), CLAIMS, most_s=90.0)
    assert not too_long(waiting("none"), CLAIMS, most_s=0.0)
