"""What an upstream call counts as when a target asks again: of which model, for whom, with what time left."""

from __future__ import annotations

from harness.core.judging.upstream.view import UpstreamView
from harness.core.judging.view import AskView, CaseView

LATE_S = 0.5
"""What is claimed in seconds may take this much longer on a busy machine."""
_SHORT_DEADLINE_S = 5.0
_LEAVING_S = 2.0
"""A target has this long to end the calls of a client that left."""


def of_main(view: CaseView, calls: tuple[UpstreamView, ...]) -> list[UpstreamView]:
    """Return the calls that were not made to the fallback model."""
    return [call for call in calls if call.exchange.model != view.claims.fallback_model]


def companions(view: CaseView, ask: AskView) -> int:
    """How many exchanges asked the same question at the same time, this one included.

    One that has just left counts: its last attempts may still be under way.
    """
    return sum(
        other.nonce == ask.nonce
        and other.client.started_s <= ask.client.end_s
        and other.client.end_s + (0 if other.stayed else _LEAVING_S) >= ask.client.started_s
        for other in view.asks
    )


def noted_s(view: CaseView, call: UpstreamView) -> float:
    """By when the target has surely taken note of how a call ended.

    When upstream ended it is known; when the target came round to it is not. But it did so before it answered the
    client that it made the call for.
    """
    return max(call.ended_s, view.told_s.get(id(call), call.ended_s))


def model_of(ask: AskView, view: CaseView) -> str:
    """Return the model an exchange asked for, or the one that a target without models in its requests stands for."""
    return str((ask.request or {}).get("model") or view.model)


def has_time(ask: AskView, view: CaseView) -> bool:
    """Whether another attempt like the longest so far would have ended before the target's deadline.

    One that claims no deadline may have one all the same, but hardly one of less than a few seconds.
    """
    deadline_s = _SHORT_DEADLINE_S if view.limits.deadline_s is None else view.limits.deadline_s
    longest_s = max((call.ended_s - call.exchange.arrived_s for call in ask.own), default=0.0)
    return ask.client.end_s - ask.client.started_s + longest_s < deadline_s
