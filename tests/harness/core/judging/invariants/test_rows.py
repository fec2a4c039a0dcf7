"""Failures in a row: what a plain reading of the calls says, without reading all of them for each exchange."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.core.judging.invariants.attempts import noted_s
from harness.core.judging.invariants.breaker import breaker_opens, breaker_recovers
from harness.core.judging.invariants.rows import Rows
from harness.core.judging.invariants.rule import Breach
from harness.core.judging.upstream.view import UpstreamView
from harness.core.judging.view import CaseView
from harness.core.target.claims import Breaker, Capabilities
from tests.harness.core.histories import answer, client, failure, upstream, view

BREAKER = Capabilities(circuit_breaker=Breaker(failures=3, open_s=1.0))


def _failed(call: UpstreamView) -> bool:
    return not call.is_good_status


def _case(calls: list[tuple[float, float, bool]]) -> CaseView:
    """Exchanges that began then, took so long and failed or not, each with one call."""
    replies = [failure(503) if fails else answer() for _, _, fails in calls]
    nonces = [f"ep-{number:012x}" for number in range(len(calls))]
    told = list(zip(calls, replies, nonces, strict=True))
    return view(
        [client(reply, at=at, end_s=at + took + 0.5, nonce=nonce) for (at, took, _), reply, nonce in told],
        [upstream(reply, at=at + 0.1, end_s=at + 0.1 + took, nonce=nonce) for (at, took, _), reply, nonce in told],
        claims=BREAKER,
    )


def _plain(of: CaseView, until_s: float) -> list[UpstreamView]:
    known = [call for call in of.calls if call.ended_s <= until_s]
    noted = max((noted_s(of, call) for call in known if not _failed(call)), default=float("-inf"))
    return sorted((call for call in known if _failed(call) and call.ended_s > noted), key=lambda call: call.ended_s)


def _plainly_opened_s(row: list[UpstreamView], failures: int) -> float:
    opened_s = row[failures - 1].ended_s
    for call in row[failures:]:
        opened_s = call.ended_s if call.exchange.arrived_s >= opened_s else opened_s
    return opened_s


TENTHS = st.integers(0, 30).map(lambda number: number / 10)


@given(st.lists(st.tuples(TENTHS, TENTHS, st.booleans()), max_size=8), st.lists(TENTHS, max_size=6))
def test_a_row_is_what_a_plain_reading_finds_at_any_moment(
    calls: list[tuple[float, float, bool]], moments: list[float]
) -> None:
    of = _case(calls)
    rows = Rows(of, of.calls, _failed)

    for until_s in moments:
        found, plain = rows.until(2 * until_s), _plain(of, 2 * until_s)
        assert len(found) == len(plain)
        assert not plain or found.last is plain[-1]
        for failures in range(1, len(plain) + 1):
            assert found.opened_s(failures) == _plainly_opened_s(plain, failures)


def _steps(invariant: Callable[[CaseView], Iterator[Breach]], of: CaseView) -> int:
    """How many functions are called to judge a case."""
    calls = 0

    def count(_frame: object, event: str, _value: object) -> None:
        nonlocal calls
        calls += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        found = [*invariant(of)]
    finally:
        sys.setprofile(before)
    assert found == []
    return calls


@pytest.mark.parametrize("invariant", [breaker_opens, breaker_recovers])
@pytest.mark.parametrize("fails", [lambda _: True, lambda number: number % 3 > 0], ids=["all", "two of three"])
def test_a_history_twice_as_long_takes_about_twice_the_steps(
    invariant: Callable[[CaseView], Iterator[Breach]], fails: Callable[[int], bool]
) -> None:
    of = [_case([(1.5 * number, 0.1, fails(number)) for number in range(length)]) for length in (50, 100, 200)]
    for each in of:
        _steps(invariant, each)  # what a view keeps once it was read is no step of the next reading

    steps = [_steps(invariant, each) for each in of]

    assert all(more < 2.6 * less for less, more in pairwise(steps)), steps
