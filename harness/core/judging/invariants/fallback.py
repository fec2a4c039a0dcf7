"""The fallback model, as the target claims it: asked when the first one fails for good, and only then."""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.judging.invariants import breaker
from harness.core.judging.invariants.attempts import LATE_S, companions, has_time, model_of, noted_s, of_main
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.meaning import is_usual_failure
from harness.core.judging.upstream.view import UpstreamView, Wholeness
from harness.core.judging.view import CaseView
from harness.core.observed.history import ClientEnd
from reports.record import Level


def fallback_used(view: CaseView) -> Iterator[Breach]:
    """When the model fails for good, the claimed fallback model is asked.

    Every such claim means 500, 502, 503, 504 and a lost connection. What else falls back is the target's choice.
    """
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
        if told_to_wait or not has_time(ask, view):
            continue
        if not breaker.may_be_open(view, ask.client.end_s, fallback):
            yield Breach(
                f"{ask.name}: {len(mine)} attempt(s) failed and {fallback} was never asked; they got {_told(mine)}",
                None if all(map(is_usual_failure, mine)) else Level.SHOULD,  # 429 and rare errors: as it chooses
            )


def _told(calls: tuple[UpstreamView, ...]) -> str:
    return ", ".join(dict.fromkeys(str(call.status or "no answer") for call in calls))


def fallback_not_sticky(view: CaseView) -> Iterator[Breach]:
    """The fallback serves the request that needed it; the next one asks the first model again."""
    fallback = view.claims.fallback_model
    if fallback is None:
        return
    for ask in view.asks:
        models = [call.exchange.model for call in ask.own]
        asked_for_main = (ask.request or {}).get("model") != fallback
        only_fallback = bool(models) and all(model == fallback for model in models)
        if not (asked_for_main and only_fallback) or companions(view, ask) > 1:
            continue
        at_s = ask.own[0].exchange.arrived_s
        if not breaker.may_be_open(view, at_s, model_of(ask, view)) and not _must_wait(view, at_s):
            yield Breach(f"{ask.name}: went to {fallback} at once, without asking for the model of the request")


def _must_wait(view: CaseView, at_s: float) -> bool:
    """Whether upstream has said, of any model but the fallback, that it wants to be left alone until later."""
    return any(
        call.ended_s <= at_s < noted_s(view, call) + (call.retry_after_s or 0) + LATE_S
        for call in of_main(view, (*view.earlier, *view.calls))
        if call.header("retry-after") is not None
    )


INVARIANTS = (
    Invariant("fallback-used", Level.MUST, fallback_used),
    Invariant("fallback-not-sticky", Level.MUST, fallback_not_sticky),
)
