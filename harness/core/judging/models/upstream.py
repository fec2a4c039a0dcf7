"""The plain model of retries, a breaker and a fallback: a count of failures in a row, and a clock.

The one rule: it speaks of requests that nothing else was under way beside, and counts generously: a breaker that may
have opened is neither open nor closed, and nothing is demanded of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import Final

from harness.core.judging.invariants.attempts import noted_s
from harness.core.judging.meaning import retry_level
from harness.core.judging.meeting import overlap
from harness.core.judging.upstream.view import UpstreamView, Wholeness
from harness.core.judging.view import AskView, CaseView
from reports.record import Finding, Level
from scenarios.case import Case

_SURELY: Final = 0.5
"""The part of an open breaker's rest within which it is surely still open."""
_MARGIN_S: Final = 0.6


def check(case: Case, view: CaseView) -> Iterator[Finding]:
    """Yield where the target's calls differ from the model, request by request."""
    del case
    asks = sorted(view.asks, key=lambda ask: ask.client.started_s)
    for at, ask in enumerate(asks):
        if not ask.stayed or any(overlap(ask, other) for other in asks if other is not ask):
            continue
        before = [call for earlier in asks[:at] for call in earlier.own]
        yield from _attempts(ask, view)
        yield from _recovery(ask, view, before)


def _attempts(ask: AskView, view: CaseView) -> Iterator[Finding]:
    """No model is asked more often than claimed."""
    claim = view.claims.retry
    most = claim.max_attempts if claim else None
    for model in dict.fromkeys(call.exchange.model for call in ask.own):
        calls = [call for call in ask.own if call.exchange.model == model]
        if most is not None and len(calls) > most:
            yield Finding(
                invariant="retry-bounded",
                level=Level.MUST,
                message=f"{ask.name}: {model} was asked {len(calls)} times, {most} are claimed",
            )


def _recovery(ask: AskView, view: CaseView, before: list[UpstreamView]) -> Iterator[Finding]:
    """What upstream would answer in time is answered, wherever no breaker can be open."""
    claim, breaker = view.claims.retry, view.claims.circuit_breaker
    failed = [call for call in ask.own if _failed(call)]
    if ask.succeeded or _may_be_open(ask, view, before):
        return
    attempts = claim.max_attempts if claim else 1
    bound = breaker.failures if breaker else attempts + 1
    to_come = len(failed) < attempts and _in_a_row([*view.earlier, *before]) + len(failed) < bound
    told_to_wait = any(call.retry_after_s is not None for call in failed)
    levels = {retry_level(claim, call) if claim and not call.is_spent else None for call in failed}
    if not to_come or told_to_wait or None in levels or len(ask.own) != len(failed):
        return
    if all(not call.reading.text for call in failed):
        yield Finding(
            invariant="retry-recovers",
            level=Level.SHOULD if Level.SHOULD in levels else Level.MUST,
            message=f"{ask.name}: gave up after {len(failed)} of {attempts} attempts, though no breaker can be open",
        )


def _may_be_open(ask: AskView, view: CaseView, before: list[UpstreamView]) -> bool:
    """Whether any breaker could be open when the request began."""
    breaker = view.claims.circuit_breaker
    if breaker is None:
        return False
    earlier = [*view.earlier, *before]
    since_s = ask.client.started_s - breaker.open_s - _MARGIN_S
    recent = [call for call in earlier if noted_s(view, call) >= since_s and _failed(call)]
    return len(recent) >= breaker.failures or _in_a_row(earlier) >= breaker.failures


def _in_a_row(calls: list[UpstreamView]) -> int:
    """How many calls failed one after the other, up to the last, by the count of any breaker there may be.

    One for each model is not closed by what another model answers; one for all of them is.
    """
    models = {call.exchange.model for call in calls}
    rows = [calls, *([call for call in calls if call.exchange.model == model] for model in models)]
    return max(sum(1 for _ in takewhile(_failed, reversed(row))) for row in rows)


def _failed(call: UpstreamView) -> bool:
    return call.wholeness is not Wholeness.WHOLE
