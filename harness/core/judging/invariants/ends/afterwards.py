"""What is left behind when a client has gone: no upstream call, and a target that lives.

The one rule: the two seconds that a target has begin when it can know.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from harness.core.judging.evidence import sides
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.leaving import known_s
from harness.core.judging.resting import Outcome, rests_until_s
from harness.core.judging.upstream.view import UpstreamView
from harness.core.judging.view import AskView, CaseView
from harness.core.observed.history import ClientEnd
from reports.record import Level

CANCEL_WITHIN_S = 2.0
_NOTICED_LATE_S = 0.25
"""A busy mock sees a connection end this much late; a timer of just two seconds is in time. A harness that was later is
not believed (see the trial), and a target that was starved is asked again, because the rule is `timed`."""
_ON_ITS_WAY_S = 0.5
"""How long after its client left a call may still arrive that a busy target had decided on before. `timed` too."""


def cancel_propagates(view: CaseView) -> Iterator[Breach]:
    """A client that leaves ends the upstream call within two seconds of when the target can know that it has left."""
    for ask in view.asks:
        left_s = known_s(view, ask)
        if ask.stayed or left_s == inf or _others_wait(view, ask):
            continue
        for call in (*ask.own, *(call for call in ask.later if not _is_of_another(view, ask, call))):
            # The first call of a busy target may have been on its way; an attempt behind others is a decision. Of one
            # that was on its way, the two seconds begin when it arrives.
            room_s = _ON_ITS_WAY_S if ask.own else CANCEL_WITHIN_S
            since_s = call.exchange.arrived_s - left_s
            took_s, most_s = call.ended_s - max(left_s, call.exchange.arrived_s), CANCEL_WITHIN_S + _NOTICED_LATE_S
            if since_s > room_s:
                told = f"{ask.name}: a new upstream call was made {since_s:.1f} s after the client left"
                yield Breach(told, overrun_s=since_s - room_s)
            elif took_s > most_s:
                when = "was still running" if call.ended_s == inf else f"ended {took_s:.1f} s later"
                told = f"{ask.name}: the client left, the upstream call did not end within 2 s; it {when}"
                yield Breach(told, overrun_s=took_s - most_s)


def _others_wait(view: CaseView, ask: AskView) -> bool:
    """Whether another client wants the same answer, which keeps a shared upstream call alive with good reason."""
    return any(
        other is not ask
        and other.nonce == ask.nonce
        and other.client.started_s <= ask.client.end_s + CANCEL_WITHIN_S
        and other.client.end_s > ask.client.end_s
        for other in view.asks
    )


def _is_of_another(view: CaseView, ask: AskView, call: UpstreamView) -> bool:
    """Whether a call was made in the time of another exchange that asked the same."""
    return any(other is not ask and any(item is call for item in other.own) for other in view.asks)


def alive_after(view: CaseView) -> Iterator[Breach]:
    """After any case the target still runs and serves a clean request."""
    for death in view.history.deaths:
        how, *last_words = death.splitlines()
        yield Breach(f"the target's process {how} in the course of this case", evidence=tuple(last_words))
    if view.history.deaths or view.alive is None or view.alive.succeeded:
        return
    client = view.alive.client
    if not (view.claims.may_decline(client.status) or _rests(view, view.alive)):
        yield Breach(
            f"a clean request afterwards was not answered; status {client.status}, {client.end}"
            + (f", {view.alive.reading.error!r}" if view.alive.reading.error else ""),
            evidence=sides(view.alive),
        )


def _rests(view: CaseView, ask: AskView) -> bool:
    """Whether a request was declined by a breaker that may rightly have been open: an answer, upstream unasked."""
    breaker, client = view.claims.circuit_breaker, ask.client
    if breaker is None or ask.own or client.status is None or client.end is not ClientEnd.COMPLETE:
        return False
    return client.started_s < rests_until_s(breaker, map(Outcome.of, (*view.earlier, *view.calls)))


INVARIANTS = (
    Invariant("cancel-propagates", Level.MUST, cancel_propagates, timed=True),
    Invariant("alive-after", Level.MUST, alive_after),
)
