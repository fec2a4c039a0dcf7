"""A breaker is excused for as long as it may rest by any count, and no longer."""

from __future__ import annotations

from math import inf

import pytest

from harness.core.judging.resting import _KNOWN, Outcome, rests_until_s
from harness.core.judging.upstream.view import UpstreamView
from harness.core.target.claims import Breaker
from tests.harness.core.histories import FALLBACK, MAIN, answer, failure, upstream

BREAKER = Breaker(failures=3, open_s=60.0)


def _call(at_s: float, *, good: bool = False, model: str = MAIN, lasts_s: float = 0.5) -> Outcome:
    return Outcome(model, at_s, at_s + lasts_s, good)


BAD = [_call(1.0), _call(2.0), _call(3.0)]


@pytest.mark.parametrize(
    ("calls", "until_s"),
    [
        ([], -inf),
        (BAD[:2], -inf),
        (BAD, 63.5),
        ([*BAD, _call(20.0)], 80.5),
        ([_call(0.5, good=True), *BAD], 63.5),
        ([*BAD[:2], _call(2.6, good=True), BAD[2]], -inf),
        ([*BAD, _call(9.0, good=True)], -inf),
        ([*BAD, _call(3.2, good=True, lasts_s=9.0)], 63.5),
        ([*BAD, _call(9.0, good=True, model=FALLBACK)], 63.5),
        ([_call(1.0), _call(2.0, model=FALLBACK), _call(3.0)], 63.5),
    ],
    ids=[
        "nothing", "too few", "a row", "a probe that failed", "good before", "good between", "good behind",
        "under way meanwhile", "another model is well", "all models together",
    ],
)  # fmt: skip
def test_it_may_rest_behind_enough_failures_in_a_row(calls: list[Outcome], until_s: float) -> None:
    assert rests_until_s(BREAKER, calls) == until_s
    assert rests_until_s(BREAKER, reversed(calls)) == until_s


def test_a_call_is_good_when_it_is_whole_and_nothing_was_done_to_it() -> None:
    calls = [upstream(answer()), upstream(answer(), faults=("http.gzip",)), upstream(failure(404))]

    assert [Outcome.of(UpstreamView(call)).is_good for call in calls] == [True, False, False]


def test_a_call_that_is_over_is_read_once_however_often_it_is_asked_about() -> None:
    call = upstream(answer("hi"))
    first, again = UpstreamView(call), UpstreamView(call)

    assert Outcome.of(first) == Outcome.of(again)
    assert "reading" in vars(first)
    assert "reading" not in vars(again)


def test_what_a_call_came_to_is_forgotten_with_the_call() -> None:
    call = upstream(answer("hi"))
    Outcome.of(UpstreamView(call))
    key = id(call)
    while_kept = key in _KNOWN
    del call

    assert while_kept
    assert key not in _KNOWN
