"""Asking again: how often, how soon and after what, as the target claims it.

The one rule: a claim is judged against what upstream saw. A target that counts requests and one that counts attempts
are both right, so a breach must hold under either reading.

A pause is measured from when upstream had said that it fails to when the next attempt arrived. Both lie outside of what
the target itself waits, so a slow machine can only make a pause look longer.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from statistics import mean

from harness.core.judging.invariants import breaker
from harness.core.judging.invariants.attempts import companions, has_time, model_of, of_main
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.meaning import retry_level
from harness.core.judging.upstream.view import UpstreamView, Wholeness
from harness.core.judging.view import AskView, CaseView
from harness.core.observed.history import ClientEnd, UpstreamEnd
from reports.record import Level

_SPACED_S = 0.02
_EARLY_S = 0.05
"""A timer may fire this much early by the other process's clock."""
_SHORT_WAIT_S = 1
"""A Retry-After that any target has the time to wait for."""
_MAY_BE_SENT_AGAIN = frozenset({408, 409, 421, 425, 429})
"""Refusals of the moment. RFC 9110 §15.5.20 allows another try after 421, and WHATWG Fetch makes one by itself."""


def retry_recovers(view: CaseView) -> Iterator[Breach]:
    """A failure that asking again would have mended does not reach the client, as far as retries are claimed."""
    retry = view.claims.retry
    if retry is None:
        return
    for ask in view.asks:
        tried = of_main(view, ask.own)
        gave_up = ask.stayed and not ask.succeeded and ask.client.end is not ClientEnd.TIMED_OUT
        if not gave_up or not tried or not all(_may_ask_again(call) for call in tried):
            continue
        levels = {retry_level(retry, call) for call in tried}
        if None in levels:
            continue
        if not has_time(ask, view) or breaker.may_be_open(view, tried[-1].ended_s, model_of(ask, view)):
            continue
        if len(ask.own) < retry.max_attempts:  # a target may count the fallback's attempts as well
            yield Breach(
                f"{ask.name}: gave up after {len(tried)} attempt(s), {retry.max_attempts} are claimed; "
                f"the last one failed with {tried[-1].status or 'no answer'}",
                Level.SHOULD if Level.SHOULD in levels else None,
            )


def _may_ask_again(call: UpstreamView) -> bool:
    if call.is_spent or (call.body_size_bytes and call.is_good_status):
        return False
    if call.wholeness is Wholeness.UNREADABLE or call.is_given_up:
        return False  # a lenient client may take it for an answer; what was given up is for the target to tell
    wait_s = call.retry_after_s if call.header("retry-after") is not None else 0
    return wait_s is not None and wait_s <= _SHORT_WAIT_S  # a date, or nonsense, may mean any wait


def openings_retried(view: CaseView) -> Iterator[Breach]:
    """A stream that fails before anything of it has come is asked for again, where retries or a fallback are claimed.

    A target that has passed on the status by then cannot; so it is no more than `should`.
    """
    retry, fallback = view.claims.retry, view.claims.fallback_model
    for ask in view.asks:
        begun = ask.succeeded or ask.reading.content_times_s or not ask.stayed
        if begun or len(ask.own) != 1 or ask.client.end is ClientEnd.TIMED_OUT or not ask.wants_stream:
            continue
        (call,) = ask.own
        may_retry = retry is not None and retry.max_attempts > 1
        may_fall_back = fallback is not None and call.exchange.model != fallback
        if not (may_retry or may_fall_back) or not _failed_at_once(call) or not has_time(ask, view):
            continue
        asked_next = call.exchange.model if may_retry else str(fallback)
        if not breaker.may_be_open(view, ask.client.end_s, asked_next):
            what = "retries" if may_retry else "a fallback"
            yield Breach(
                f"{ask.name}: upstream's 200 failed before any text, and it was asked no second time, although {what} "
                "would have cost the client nothing"
            )


def _failed_at_once(call: UpstreamView) -> bool:
    """Whether a stream had status 200 and then an error for its first event, or none at all."""
    read = call.reading
    first_is_an_error = read.tail[:1] == ["error"] and read.is_empty and read.event_count == len(read.tail)
    none_came = read.form in ("stream", "nothing") and not read.event_count
    return (
        call.is_good_status
        and call.wholeness is Wholeness.BROKEN
        and not call.is_given_up
        and not read.undecodable
        and (first_is_an_error or none_came)
    )


def retry_bounded(view: CaseView) -> Iterator[Breach]:
    """Never more attempts than claimed."""
    retry = view.claims.retry
    if retry is None:
        return
    for ask in view.asks:
        bound = retry.max_attempts * companions(view, ask)
        tried = _attempts(of_main(view, ask.own))
        if tried > bound:
            yield Breach(f"{ask.name}: {tried} attempts at upstream, at most {bound} are claimed")


def _attempts(calls: list[UpstreamView]) -> int:
    """Count calls, without those that only follow a redirect (RFC 9110 §15.4)."""
    redirected = sum(before.status is not None and 300 <= before.status < 400 for before in calls[:-1])
    return len(calls) - redirected


def no_retry_of_client_errors(view: CaseView) -> Iterator[Breach]:
    """A request that upstream declined as wrong is not sent again."""
    claimed = (view.claims.retry.statuses if view.claims.retry else None) or frozenset()
    for ask in view.asks:
        if companions(view, ask) > 1:
            continue
        for first, second in pairwise(of_main(view, ask.own)):
            declined = (
                first.status is not None
                and 400 <= first.status < 500
                and first.status not in _MAY_BE_SENT_AGAIN | claimed
            )
            same = (first.exchange.model, first.exchange.body_sha256) == (
                second.exchange.model,
                second.exchange.body_sha256,
            )
            heard = first.wholeness is not Wholeness.UNREADABLE  # else a client may have had no answer at all
            heard &= (
                first.exchange.whole and first.exchange.end is not UpstreamEnd.RESET
            )  # nor where its body never ended
            if declined and same and heard:  # put right, it is another request
                yield Breach(f"{ask.name}: asked again after upstream had answered {first.status}")


def no_retry_after_first_byte(view: CaseView) -> Iterator[Breach]:
    """Once the client has part of an answer, upstream is not asked again."""
    for ask in view.asks:
        if not ask.reading.content_times_s or not ask.wants_stream or companions(view, ask) > 1:
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
        # When the target gave up is known only to the target: a busy mock notices late.
        if not first.is_given_up and first.retry_after_s != 0:
            gaps_s.setdefault(ask.name, []).append(max(second.exchange.arrived_s - first.told_s, 0))
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
        gap_s = second.exchange.arrived_s - first.told_s
        if gap_s < asked_for - _EARLY_S:
            yield Breach(
                f"{ask.name}: upstream said Retry-After: {asked_for}, the next attempt came after {gap_s:.2f} s"
            )


def _attempt_pairs(view: CaseView) -> Iterator[tuple[AskView, UpstreamView, UpstreamView]]:
    for ask in view.asks:
        if companions(view, ask) == 1:
            for first, second in pairwise(of_main(view, ask.own)):
                raced = second.exchange.arrived_s < first.told_s  # asked before anybody knew how the first one goes
                if first.is_retryable and first.exchange.model == second.exchange.model and not raced:
                    yield ask, first, second


INVARIANTS = (
    Invariant("retry-recovers", Level.MUST, retry_recovers),
    Invariant("openings-retried", Level.SHOULD, openings_retried),
    Invariant("retry-bounded", Level.MUST, retry_bounded),
    Invariant("no-retry-of-client-errors", Level.MUST, no_retry_of_client_errors),
    Invariant("no-retry-after-first-byte", Level.MUST, no_retry_after_first_byte),
    Invariant("backoff", Level.SHOULD, backoff),
    Invariant("honours-retry-after", Level.SHOULD, honours_retry_after),
)
