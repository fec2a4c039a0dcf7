"""The circuit breaker, as the target claims it: when it must be open, when it may be, and when it must have closed.

The one rule: a breaker may count for each model or for all together, and take an answer that has begun for a success
or not; a breach must hold under every reading. Every breaker counts 500, 502, 503, 504 and a lost connection; what it
makes of rarer errors is its choice, and so a breach is no more than `should`.

How long a breaker has rested is measured so that a slow machine only excuses. It must be open from the end of the
failure that opened it to the call that should not have been made, both as upstream saw them: a target learns of the
failure later, and decides on the call earlier. It must be closed only long after the target has surely noted the
failure. A call that comes too late to show anything makes a case inconclusive (see the verdict).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from math import inf
from typing import Final

from harness.core.judging.invariants.attempts import LATE_S, noted_s, of_main
from harness.core.judging.invariants.rows import Rows
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.meaning import is_usual_failure
from harness.core.judging.resting import is_plainly_good
from harness.core.judging.upstream.view import UpstreamView, Wholeness
from harness.core.judging.view import AskView, CaseView
from harness.core.observed.history import ClientEnd
from reports.record import Level

_POOLED_S = 1.0
"""A connection that has been dead for longer no pool gives out: the end of it has long arrived."""
SURELY_OPEN = 0.9
"""The part of an open breaker's rest in which it is surely open: its clock may run a little faster than ours."""


def _failed(call: UpstreamView) -> bool:
    """Whether a call failed by any target's count; one that the target ended may have had a client that left."""
    if call.is_given_up:
        return False
    return call.status is None or call.status >= 500 or call.wholeness is Wholeness.BROKEN


def _failed_plainly(call: UpstreamView) -> bool:
    """Whether a call failed with a server's error; many breakers take an answer that has begun for a success."""
    return _failed(call) and not call.is_good_status


def _failed_as_usual(call: UpstreamView) -> bool:
    """Whether a call failed by every target's count; one that knows nothing of 520 may take it for an answer."""
    return _failed_plainly(call) and is_usual_failure(call)


_COUNTS: Final = ((_failed_as_usual, None), (_failed_plainly, Level.SHOULD))
"""What is a failure by every target's count, and by some, with how much a breach of either weighs."""


def _doubts_in_a_row(calls: Iterable[UpstreamView], until_s: float) -> list[UpstreamView]:
    """The calls since the last plainly good one: what a target may count as failures, and what it may not."""
    # by its arrival, because what the target gave up a busy mock sees end late
    heard = sorted((call for call in calls if call.exchange.arrived_s <= until_s), key=lambda item: item.ended_s)
    row: list[UpstreamView] = []
    passed_s = -inf
    # from the last one back, so that of a long history no more is read than has to be
    for call in reversed(heard):
        if call.ended_s <= passed_s:
            break  # a good call came behind it, and so the breaker had let that one through
        if is_plainly_good(call):
            passed_s = max(passed_s, call.exchange.arrived_s)
        else:
            row.append(call)
    return row[::-1]


def may_be_open(view: CaseView, at_s: float, model: str) -> bool:
    """Whether failures so far, also those from before the case, may rightly keep the breaker of a model open.

    A breaker may count for each model or for all together; either excuses.
    """
    breaker = view.claims.circuit_breaker
    if breaker is None:
        return False
    known = (*view.earlier, *view.calls)
    for counted in ([call for call in known if call.exchange.model == model], known):
        row = _doubts_in_a_row(counted, at_s)
        if not row:
            continue
        if len(row) >= breaker.failures and at_s - noted_s(view, row[-1]) < breaker.open_s + LATE_S:
            return True
        if len(row) >= breaker.failures - 1 and _one_may_be_unseen(known, at_s, breaker.open_s):
            return True
    return False


def _one_may_be_unseen(calls: Iterable[UpstreamView], at_s: float, open_s: float) -> bool:
    """Whether the target may have counted a failure that upstream knows nothing of.

    What it puts on a pooled connection that upstream is just closing never arrives (RFC 9112 §9.3.1).
    """
    return any(
        call.leaves_a_dead_connection for call in calls if 0 <= at_s - call.ended_s < open_s + LATE_S + _POOLED_S
    )


def breaker_opens(view: CaseView) -> Iterator[Breach]:
    """After the claimed number of failures in a row, upstream is left alone for the claimed time."""
    breaker = view.claims.circuit_breaker
    if breaker is None:
        return
    # A breaker may count for each model or for all together: under either it must be open.
    known = of_main(view, view.calls)
    counted = [(Rows(view, known, failed), failed, level) for failed, level in _COUNTS]
    of_models: dict[tuple[int, str], Rows] = {}
    failed_asks = _FailedAsks(view.asks)
    for ask in view.asks:
        asked = of_main(view, ask.own)
        if not asked:
            continue
        model, until_s = asked[0].exchange.model, ask.client.started_s
        asks_number = failed_asks.until(until_s)
        for number_of_count, (rows, failed, level) in enumerate(counted):
            if (number_of_count, model) not in of_models:
                of_model = [call for call in known if call.exchange.model == model]
                of_models[number_of_count, model] = Rows(view, of_model, failed)
            row = of_models[number_of_count, model].until(until_s)
            if min(len(row), len(rows.until(until_s)), asks_number) < breaker.failures:
                continue
            since_s = asked[0].exchange.arrived_s - row.opened_s(breaker.failures)
            if since_s < breaker.open_s * SURELY_OPEN:
                yield Breach(
                    f"{ask.name}: upstream was asked {since_s:.2f} s after {len(row)} failures in a row; "
                    f"the breaker claims to open after {breaker.failures} for {breaker.open_s:g} s",
                    level,
                )
                return


class _FailedAsks:
    """How many exchanges had failed in a row at a moment, as clients saw them."""

    def __init__(self, asks: Iterable[AskView]) -> None:
        # one that left tells nothing of upstream
        stayed = sorted((ask for ask in asks if ask.stayed), key=lambda ask: ask.client.end_s)
        self._ended_s = [ask.client.end_s for ask in stayed]
        outcomes = (ask.succeeded for ask in stayed)
        self._numbers = [*accumulate(outcomes, lambda number, fine: 0 if fine else number + 1, initial=0)]

    def until(self, until_s: float) -> int:
        return self._numbers[bisect_right(self._ended_s, until_s)]


def breaker_recovers(view: CaseView) -> Iterator[Breach]:
    """Once the claimed time is over and upstream is well, requests are served again."""
    breaker = view.claims.circuit_breaker
    if breaker is None:
        return
    rows = Rows(view, of_main(view, view.calls), _failed)
    for ask in view.asks:
        row = rows.until(ask.client.started_s)
        in_time = ask.client.end is not ClientEnd.TIMED_OUT
        if not row or ask.succeeded or ask.own or not (ask.stayed and in_time):
            continue
        since_s = ask.client.started_s - noted_s(view, row.last)
        if since_s > breaker.open_s + LATE_S and _is_plain(ask):
            yield Breach(
                f"{ask.name}: declined ({ask.client.status or 'no answer'}), upstream unasked, {since_s:.1f} s after a "
                f"failure; the breaker claims to rest for {breaker.open_s:g} s"
            )


def _is_plain(ask: AskView) -> bool:
    return ask.client.status is None or ask.client.status >= 500


INVARIANTS = (
    Invariant("breaker-opens", Level.MUST, breaker_opens),
    Invariant("breaker-recovers", Level.MUST, breaker_recovers),
)
