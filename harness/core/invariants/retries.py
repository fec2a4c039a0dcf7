"""Asking again: retries, their spacing, the circuit breaker and the fallback model, each as the target claims it.

The one rule: a claim is judged against what upstream saw. A target that counts requests and one that counts attempts
are both right, so a breach must hold under either reading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise, takewhile
from statistics import mean

from harness.core.history import ClientEnd, UpstreamEnd
from harness.core.invariants.rule import Breach, Invariant
from harness.core.view import AskView, CaseView, UpstreamView, Wholeness
from reports.record import Level

_SPACED_S = 0.02
_EARLY_S = 0.05
"""A timer may fire this much early by the other process's clock."""
_LATE_S = 0.5
_LEAVING_S = 2.0
"""A target has this long to end the calls of a client that left."""
_SHORT_WAIT_S = 1
"""A Retry-After that any target has the time to wait for."""


def _of_main(view: CaseView, calls: tuple[UpstreamView, ...]) -> list[UpstreamView]:
    return [call for call in calls if call.exchange.model != view.claims.fallback_model]


def _companions(view: CaseView, ask: AskView) -> int:
    """How many exchanges asked the same question at the same time, this one included.

    One that has just left counts: its last attempts may still be under way.
    """
    return sum(
        other.nonce == ask.nonce
        and other.client.started_s <= ask.client.end_s
        and other.client.end_s + (0 if other.stayed else _LEAVING_S) >= ask.client.started_s
        for other in view.asks
    )


def retry_recovers(view: CaseView) -> Iterator[Breach]:
    """A failure that asking again would have mended does not reach the client, as far as retries are claimed."""
    retry = view.claims.retry
    if retry is None:
        return
    for ask in view.asks:
        tried = _of_main(view, ask.own)
        gave_up = ask.stayed and not ask.succeeded and ask.client.end is not ClientEnd.TIMED_OUT
        if not gave_up or not tried or not all(_may_ask_again(call) for call in tried):
            continue
        if not _has_time(ask, view) or _breaker_may_be_open(view, tried[-1].ended_s, _model_of(ask, view)):
            continue
        if len(ask.own) < retry.max_attempts:  # a target may count the fallback's attempts as well
            yield Breach(
                f"{ask.name}: gave up after {len(tried)} attempt(s), {retry.max_attempts} are claimed; "
                f"the last one failed with {tried[-1].status or 'no answer'}"
            )


def _may_ask_again(call: UpstreamView) -> bool:
    if not call.is_retryable or (call.body_size_bytes and call.is_good_status):
        return False
    if call.wholeness is Wholeness.UNREADABLE or call.exchange.end is UpstreamEnd.PEER_LEFT:
        return False  # a lenient client may take it for an answer; what was given up is for the target to tell
    wait_s = call.retry_after_s if call.header("retry-after") is not None else 0
    return wait_s is not None and wait_s <= _SHORT_WAIT_S  # a date, or nonsense, may mean any wait


def _has_time(ask: AskView, view: CaseView) -> bool:
    """Whether another attempt like the longest so far would have ended before the target's deadline."""
    longest_s = max((call.ended_s - call.exchange.arrived_s for call in ask.own), default=0.0)
    return ask.client.end_s - ask.client.started_s + longest_s < view.limits.deadline_s


def retry_bounded(view: CaseView) -> Iterator[Breach]:
    """Never more attempts than claimed."""
    retry = view.claims.retry
    if retry is None:
        return
    for ask in view.asks:
        bound = retry.max_attempts * _companions(view, ask)
        tried = _attempts(_of_main(view, ask.own))
        if tried > bound:
            yield Breach(f"{ask.name}: {tried} attempts at upstream, at most {bound} are claimed")


def _attempts(calls: list[UpstreamView]) -> int:
    """Count calls, without those that only follow a redirect (RFC 9110 §15.4)."""
    redirected = sum(before.status is not None and 300 <= before.status < 400 for before in calls[:-1])
    return len(calls) - redirected


def no_retry_of_client_errors(view: CaseView) -> Iterator[Breach]:
    """A request that upstream declined as wrong is not sent again."""
    for ask in view.asks:
        if _companions(view, ask) > 1:
            continue
        for first, second in pairwise(_of_main(view, ask.own)):
            declined = (
                first.status is not None and 400 <= first.status < 500 and first.status not in (408, 409, 425, 429)
            )
            same = (first.exchange.model, first.exchange.body_sha256) == (
                second.exchange.model,
                second.exchange.body_sha256,
            )
            heard = first.wholeness is not Wholeness.UNREADABLE  # else a client may have had no answer at all
            if declined and same and heard:  # put right, it is another request
                yield Breach(f"{ask.name}: asked again after upstream had answered {first.status}")


def no_retry_after_first_byte(view: CaseView) -> Iterator[Breach]:
    """Once the client has part of an answer, upstream is not asked again."""
    for ask in view.asks:
        if not ask.reading.content_times_s or not ask.wants_stream or _companions(view, ask) > 1:
            continue
        first_s = ask.reading.content_times_s[0]
        again = [
            call
            for number, call in enumerate(ask.own)
            if call.exchange.arrived_s > first_s
            and any(
                earlier.wholeness is not Wholeness.WHOLE for earlier in ask.own[:number]
            )  # else it is a race of two
        ]
        if again:
            yield Breach(
                f"{ask.name}: asked upstream again {again[0].exchange.arrived_s - first_s:.2f} s after the client "
                "had the first piece of the answer"
            )


def backoff(view: CaseView) -> Iterator[Breach]:
    """Attempts are spaced."""
    gaps_s: dict[str, list[float]] = {}
    for ask, first, second in _attempt_pairs(view):
        # When the target hung up is known only to the target: a busy mock notices late.
        if first.exchange.end is not UpstreamEnd.PEER_LEFT and first.retry_after_s != 0:
            gaps_s.setdefault(ask.name, []).append(max(second.exchange.arrived_s - first.ended_s, 0))
    for name, gaps in gaps_s.items():
        if mean(gaps) < _SPACED_S:  # dice may well make a single wait short
            yield Breach(f"{name}: the next attempt came {mean(gaps) * 1000:.0f} ms after a failed one")
            return


def honours_retry_after(view: CaseView) -> Iterator[Breach]:
    """Retry-After is honoured."""
    for ask, first, second in _attempt_pairs(view):
        asked_for = first.retry_after_s
        if asked_for is None or asked_for > 60:
            continue
        gap_s = second.exchange.arrived_s - first.ended_s
        if gap_s < asked_for - _EARLY_S:
            yield Breach(
                f"{ask.name}: upstream said Retry-After: {asked_for}, the next attempt came after {gap_s:.2f} s"
            )


def _attempt_pairs(view: CaseView) -> Iterator[tuple[AskView, UpstreamView, UpstreamView]]:
    for ask in view.asks:
        if _companions(view, ask) == 1:
            for first, second in pairwise(_of_main(view, ask.own)):
                begun_s = max((piece.at_s for piece in first.exchange.pieces), default=first.ended_s)
                raced = second.exchange.arrived_s < begun_s  # asked while the first was still being answered
                if first.is_retryable and first.exchange.model == second.exchange.model and not raced:
                    yield ask, first, second


def _failed(call: UpstreamView) -> bool:
    """Whether a call failed by any target's count; one that the target ended may have had a client that left."""
    if call.exchange.end is UpstreamEnd.PEER_LEFT:
        return False
    return call.status is None or call.status >= 500 or call.wholeness is Wholeness.BROKEN


def _failed_plainly(call: UpstreamView) -> bool:
    """Whether a call failed by every target's count; many breakers take an answer that has begun for a success."""
    return _failed(call) and not call.is_good_status


def _failures_in_a_row(
    calls: Iterable[UpstreamView], until_s: float, failed: Callable[[UpstreamView], bool] = _failed
) -> list[UpstreamView]:
    """The calls that failed one after the other, the last of them before `until_s`."""
    row: list[UpstreamView] = []
    for call in sorted(calls, key=lambda item: item.ended_s):
        if call.ended_s <= until_s:
            row = [*row, call] if failed(call) else []
    return row


def _doubts_in_a_row(calls: Iterable[UpstreamView], until_s: float) -> list[UpstreamView]:
    """The calls since the last plainly good one: what a target may count as failures, and what it may not."""
    # by its arrival, because what the target gave up a busy mock sees end late
    heard = sorted((call for call in calls if call.exchange.arrived_s <= until_s), key=lambda item: item.ended_s)
    # from the last one back, so that of a long history no more is read than has to be
    return [*takewhile(lambda call: not _is_plainly_good(call), reversed(heard))][::-1]


def _is_plainly_good(call: UpstreamView) -> bool:
    return not call.exchange.faults and call.wholeness is Wholeness.WHOLE


def _breaker_may_be_open(view: CaseView, at_s: float, model: str) -> bool:
    """Whether failures so far, also those from before the case, may rightly keep the breaker of a model open.

    A breaker may count for each model or for all together; either excuses.
    """
    breaker = view.claims.circuit_breaker
    if breaker is None:
        return False
    known = (*view.earlier, *view.calls)
    for counted in ([call for call in known if call.exchange.model == model], known):
        row = _doubts_in_a_row(counted, at_s)
        if len(row) >= breaker.failures and at_s - row[-1].ended_s < breaker.open_s + _LATE_S:
            return True
    return False


def _model_of(ask: AskView, view: CaseView) -> str:
    return str((ask.request or {}).get("model") or view.model)


def breaker_opens(view: CaseView) -> Iterator[Breach]:
    """After the claimed number of failures in a row, upstream is left alone for the claimed time."""
    breaker = view.claims.circuit_breaker
    if breaker is None:
        return
    for ask in view.asks:
        asked = _of_main(view, ask.own)
        if not asked:
            continue
        # A breaker may count for each model or for all together: under either it must be open.
        known = _of_main(view, view.calls)
        of_model = [call for call in known if call.exchange.model == asked[0].exchange.model]
        row = _failures_in_a_row(of_model, ask.client.started_s, _failed_plainly)
        failed = min(
            len(row),
            len(_failures_in_a_row(known, ask.client.started_s, _failed_plainly)),
            _failed_asks_in_a_row(view, ask.client.started_s),
        )
        if failed < breaker.failures:
            continue
        since_s = ask.client.started_s - row[-1].ended_s
        if since_s < breaker.open_s / 2:
            yield Breach(
                f"{ask.name}: upstream was asked {since_s:.2f} s after {len(row)} failures in a row; "
                f"the breaker claims to open after {breaker.failures} for {breaker.open_s:g} s"
            )
            return


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
        row = _failures_in_a_row(_of_main(view, view.calls), ask.client.started_s)
        in_time = ask.client.end is not ClientEnd.TIMED_OUT
        if not row or ask.succeeded or ask.own or not (ask.stayed and in_time):
            continue
        since_s = ask.client.started_s - row[-1].ended_s
        if since_s > breaker.open_s + _LATE_S and _is_plain(ask):
            yield Breach(
                f"{ask.name}: declined ({ask.client.status or 'no answer'}), upstream unasked, {since_s:.1f} s after a "
                f"failure; the breaker claims to rest for {breaker.open_s:g} s"
            )


def _is_plain(ask: AskView) -> bool:
    return ask.client.status is None or ask.client.status >= 500


def fallback_used(view: CaseView) -> Iterator[Breach]:
    """When the model fails for good, the claimed fallback model is asked."""
    fallback = view.claims.fallback_model
    if fallback is None:
        return
    for ask in view.asks:
        mine = ask.own
        gave_up = ask.stayed and not ask.succeeded and not ask.reading.content_times_s
        failed_first = bool(mine) and all(call.wholeness is Wholeness.REFUSED and call.is_retryable for call in mine)
        asked_for_main = (ask.request or {}).get("model") != fallback
        in_time = ask.client.end is not ClientEnd.TIMED_OUT
        never_asked = not any(call.exchange.model == fallback for call in mine)
        told_to_wait = any(call.header("retry-after") is not None for call in mine)  # which may be passed on
        if not (gave_up and failed_first and asked_for_main and in_time and never_asked):
            continue
        if told_to_wait or not _has_time(ask, view):
            continue
        if not _breaker_may_be_open(view, ask.client.end_s, fallback):
            yield Breach(f"{ask.name}: {len(mine)} attempt(s) failed and {fallback} was never asked")


def fallback_not_sticky(view: CaseView) -> Iterator[Breach]:
    """The fallback serves the request that needed it; the next one asks the first model again."""
    fallback = view.claims.fallback_model
    if fallback is None:
        return
    for ask in view.asks:
        models = [call.exchange.model for call in ask.own]
        asked_for_main = (ask.request or {}).get("model") != fallback
        only_fallback = bool(models) and all(model == fallback for model in models)
        if not (asked_for_main and only_fallback) or _companions(view, ask) > 1:
            continue
        at_s = ask.own[0].exchange.arrived_s
        if not _breaker_may_be_open(view, at_s, _model_of(ask, view)) and not _must_wait(view, at_s):
            yield Breach(f"{ask.name}: went to {fallback} at once, without asking for the model of the request")


def _must_wait(view: CaseView, at_s: float) -> bool:
    """Whether upstream has said, of any model but the fallback, that it wants to be left alone until later."""
    return any(
        call.ended_s <= at_s < call.ended_s + (call.retry_after_s or 0) + _LATE_S
        for call in _of_main(view, (*view.earlier, *view.calls))
        if call.header("retry-after") is not None
    )


INVARIANTS = (
    Invariant("retry-recovers", Level.MUST, retry_recovers),
    Invariant("retry-bounded", Level.MUST, retry_bounded),
    Invariant("no-retry-of-client-errors", Level.MUST, no_retry_of_client_errors),
    Invariant("no-retry-after-first-byte", Level.MUST, no_retry_after_first_byte),
    Invariant("backoff", Level.SHOULD, backoff),
    Invariant("honours-retry-after", Level.SHOULD, honours_retry_after),
    Invariant("breaker-opens", Level.MUST, breaker_opens),
    Invariant("breaker-recovers", Level.MUST, breaker_recovers),
    Invariant("fallback-used", Level.MUST, fallback_used),
    Invariant("fallback-not-sticky", Level.MUST, fallback_not_sticky),
)
