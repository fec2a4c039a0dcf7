"""What is claimed, and what is not."""

from __future__ import annotations

import dataclasses

from harness.core.target.claims import PATIENCE_S, Capabilities, Limits


def test_what_is_not_claimed_is_absent() -> None:
    claimed = Capabilities()

    assert not claimed.streaming
    assert not claimed.kv
    assert (claimed.retry, claimed.circuit_breaker, claimed.fallback_model, claimed.cache, claimed.rate_limit) == (
        None,
        None,
        None,
        None,
        None,
    )


def test_no_limit_has_a_default() -> None:
    assert set(dataclasses.asdict(Limits()).values()) == {None}


def test_where_no_deadline_is_claimed_an_exchange_is_watched_for_a_while() -> None:
    assert (Limits().patience_s, Limits(deadline_s=2.0).patience_s) == (PATIENCE_S, 2.0)
