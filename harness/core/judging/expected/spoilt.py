"""What a case expected and time alone may have spoilt.

A request came when the breaker's rest or the kept answer's life was over, or the client's patience ended before
upstream's answer did. Whether it came so late is a race, so the case is inconclusive, and is played again.
"""

from __future__ import annotations

from http import HTTPStatus

from harness.core.judging.invariants.attempts import model_of
from harness.core.judging.invariants.breaker import may_be_open
from harness.core.judging.upstream.view import Wholeness
from harness.core.judging.view import AskView, CaseView
from harness.core.observed.history import ClientEnd
from scenarios.case import Expect, Model

_NEARLY = 0.9
"""The part of a life behind which a target that takes it for over is not blamed: it has a clock of its own."""

_STILL_SENDING_S = 1.0
"""Upstream has not fallen silent as long as its last bytes went out no longer ago than this. On neither side of it is
anybody blamed for upstream: on one the case is played again, on the other `ends-in-time` decides."""


def outlived(expect: Expect, ask: AskView, view: CaseView) -> bool:
    """Whether what should have kept the target from upstream had come to the end of its claimed life by then."""
    if expect.seen != "not-asked-upstream":
        return False
    return _rested(ask, view) if expect.invariant == "breaker-opens" else _kept_long_enough(ask, view)


def gave_up_first(expect: Expect, ask: AskView) -> bool:
    """Whether the client's patience ended while upstream was still sending, and not because the target did not read."""
    if expect.seen != "answered" or ask.client.end is not ClientEnd.TIMED_OUT:
        return False
    sending_s = [call.exchange.taken_s for call in ask.own if call.ended_s >= ask.client.end_s]
    return any(at_s is not None and ask.client.end_s - at_s < _STILL_SENDING_S for at_s in sending_s)


def unended(expect: Expect, ask: AskView, view: CaseView) -> bool:
    """Whether an answer may still have come: the target claims no deadline. `ends-in-time` tells of the waiting."""
    waited = ask.client.end is ClientEnd.TIMED_OUT and view.limits.deadline_s is None
    return waited and expect.seen in ("answered", "refused", "served-or-declined")


def is_whole_all_the_same(expect: Expect, ask: AskView) -> bool:
    """Whether a request had to fail, and what its fault put into upstream's answer says nothing in the dialect there.

    Events of chat completions, such as an error of theirs, are none to a client of the Responses API or of Messages.
    """
    last = ask.known[-1] if ask.known else None
    return expect.seen == "failed" and last is not None and bool(last.dialect) and last.wholeness is Wholeness.WHOLE


def kept_away(expect: Expect, ask: AskView, view: CaseView, models: dict[Model, str]) -> bool:
    """Whether a breaker may rightly have been open when the request came, in a case that is not about the breaker."""
    about_it = expect.invariant in ("breaker-opens", "breaker-recovers")
    if about_it or expect.seen not in ("answered", "asked-upstream"):
        return False
    if _limits_by_itself(ask, view) or _was_fresh(ask, view):
        return False
    return may_be_open(view, ask.client.started_s, models[expect.model] if expect.model else model_of(ask, view))


def _limits_by_itself(ask: AskView, view: CaseView) -> bool:
    """Whether the target itself has told of a limit: an open breaker says 503, or what upstream said before."""
    said = {call.status for call in (*view.earlier, *view.calls)}
    return ask.client.status == HTTPStatus.TOO_MANY_REQUESTS and HTTPStatus.TOO_MANY_REQUESTS not in said


def _was_fresh(ask: AskView, view: CaseView) -> bool:
    """Whether an answer came from a store while it was fresh: no breaker kept the target from asking for another."""
    return ask.succeeded and bool(ask.known) and not ask.own and not _kept_long_enough(ask, view)


def _rested(ask: AskView, view: CaseView) -> bool:
    """Whether the last failure was so long ago that the breaker may have let this request try upstream again."""
    breaker = view.claims.circuit_breaker
    if breaker is None:
        return False
    first = min((call.exchange for call in ask.own), key=lambda call: call.arrived_s)
    before = [call.ended_s for call in view.calls if call not in ask.own and call.exchange.model == first.model]
    failed_s = max((ended_s for ended_s in before if ended_s <= first.arrived_s), default=first.arrived_s)
    return first.arrived_s - failed_s > breaker.open_s * _NEARLY


def _kept_long_enough(ask: AskView, view: CaseView) -> bool:
    """Whether the answer that upstream was asked for again was that old."""
    cache = view.claims.cache
    if cache is None:
        return False
    made_s = max((call.ended_s for call in ask.known if call not in ask.own), default=ask.client.started_s)
    return ask.client.started_s - made_s > cache.ttl_s * _NEARLY
