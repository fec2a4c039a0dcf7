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

from collections.abc import Callable, Iterable, Iterator
from math import inf

from harness.core.judging.invariants.attempts import LATE_S, noted_s, of_main
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


def _failures_in_a_row(
    view: CaseView, calls: Iterable[UpstreamView], until_s: float, failed: Callable[[UpstreamView], bool] = _failed
) -> list[UpstreamView]:
    """The calls that failed one after the other, the last of them before `until_s`.

    A failure counts only if no other call was under way that may have been noted behind it.
    """
    known = [call for call in calls if call.ended_s <= until_s]
    noted = max((noted_s(view, call) for call in known if not failed(call)), default=-inf)
    return sorted((call for call in known if failed(call) and call.ended_s > noted), key=lambda call: call.ended_s)


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
    for ask in view.asks:
        asked = of_main(view, ask.own)
        if not asked:
            continue
        # A breaker may count for each model or for all together: under either it must be open.
        known = of_main(view, view.calls)
        of_model = [call for call in known if call.exchange.model == asked[0].exchange.model]
        for failed, level in ((_failed_as_usual, None), (_failed_plainly, Level.SHOULD)):
            row = _failures_in_a_row(view, of_model, ask.client.started_s, failed)
            number = min(
                len(row),
                len(_failures_in_a_row(view, known, ask.client.started_s, failed)),
                _failed_asks_in_a_row(view, ask.client.started_s),
            )
            if number < breaker.failures:
                continue
            since_s = asked[0].exchange.arrived_s - _opened_s(row, breaker.failures)
            if since_s < breaker.open_s * SURELY_OPEN:
                yield Breach(
                    f"{ask.name}: upstream was asked {since_s:.2f} s after {len(row)} failures in a row; "
                    f"the breaker claims to open after {breaker.failures} for {breaker.open_s:g} s",
                    level,
                )
                return


def _opened_s(row: list[UpstreamView], failures: int) -> float:
    """When a breaker opened at the latest: with the failure that was one too many, or one it let through behind it.

    What was under way when it opened and failed later does not open it again.
    """
    opened_s = row[failures - 1].ended_s
    for call in row[failures:]:
        opened_s = call.ended_s if call.exchange.arrived_s >= opened_s else opened_s
    return opened_s


def _failed_asks_in_a_row(view: CaseView, until_s: float) -> int:
    number = 0
    for ask in sorted(view.asks, key=lambda item: item.client.end_s):
        if ask.client.end_s <= until_s and ask.stayed:  # one that left tells nothing of upstream
            number = 0 if ask.succeeded else number + 1
    return number


def breaker_recovers(view: CaseView) -> Iterator[Breach]:
    """Once the claimed time is over and upstream is well, requests are served again."""
    breaker = view.claims.circuit_breaker
    if breaker is None:
        return
    for ask in view.asks:
        row = _failures_in_a_row(view, of_main(view, view.calls), ask.client.started_s)
        in_time = ask.client.end is not ClientEnd.TIMED_OUT
        if not row or ask.succeeded or ask.own or not (ask.stayed and in_time):
            continue
        since_s = ask.client.started_s - noted_s(view, row[-1])
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
