"""The plain model of a breaker's recovery: whatever the last call came to, behind a whole rest one is let through.

The one rule: it speaks of requests that nothing was under way beside, and of a rest that every breaker has had: counted
from when the target had surely noted the last call that was not plainly good. A fallback's answer is no call to the
model.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from harness.core.judging.invariants.attempts import model_of, noted_s
from harness.core.judging.meeting import overlap
from harness.core.judging.models import upstream
from harness.core.judging.resting import is_plainly_good
from harness.core.judging.view import AskView, CaseView
from reports.record import Finding, Level
from scenarios.case import Case

_MARGIN_S: Final = 0.5


def check(case: Case, view: CaseView) -> Iterator[Finding]:
    """Yield where a request was kept from upstream behind a whole rest, and what upstream's model has to say."""
    yield from upstream.check(case, view)
    breaker = view.claims.circuit_breaker
    if breaker is None:
        return
    for ask in view.asks:
        if not _only_asks(ask) or any(overlap(ask, other) for other in view.asks if other is not ask):
            continue
        known = (*view.earlier, *view.calls)
        before = [call for call in known if call.exchange.arrived_s < ask.client.started_s]
        doubtful = [call for call in before if not is_plainly_good(call)]
        noted = max((noted_s(view, call) for call in doubtful), default=None)
        asked = any(call.exchange.model == model_of(ask, view) for call in ask.own)
        if noted is None or asked:
            continue
        rested_s = ask.client.started_s - noted
        if rested_s > breaker.open_s + _MARGIN_S:
            yield Finding(
                invariant="breaker-recovers",
                level=Level.MUST,
                message=f"{ask.name}: upstream was not asked, {rested_s:.1f} s after the last call that failed, was "
                f"refused or was left; the breaker claims to rest for {breaker.open_s:g} s",
            )


def _only_asks(ask: AskView) -> bool:
    """Whether a client asked and waited, and its request was not declined for itself."""
    status = ask.client.status
    declined = status is not None and 400 <= status < 500  # by a limit of the target's own
    return ask.stayed and bool(ask.nonce) and not declined
