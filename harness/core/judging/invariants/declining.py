"""What is declined: a request that cannot be served gets a clean 4xx, and none makes a target fail.

The one rule: what the OpenAI API would decline may well be put right by a target; what is no request at all may not.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from http import HTTPStatus
from itertools import accumulate
from types import NoneType

from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.view import AskView, CaseView
from harness.core.observed.history import ClientEnd
from reports.record import Level

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")
_ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})
_USUAL_DEPTH = 100
_MINUTE_S = 60.5


def request_limits(view: CaseView) -> Iterator[Breach]:
    """Too large, too deep, too many, or not JSON: a clean 4xx, no reset, no 5xx, no crash."""
    yield from _counted_on(view)
    for ask in view.asks:
        wrong = what_is_wrong(ask, view)
        client = ask.client
        if not ask.stayed or client.method != "POST":
            continue
        if wrong is None:
            yield from _not_served_and_not_declined(ask)
            continue
        if client.status is None:
            yield Breach(f"{ask.name}: a request to be declined got no answer at all ({client.end}); it is {wrong}")
        elif client.status >= 500 and any(not call.is_good_status for call in ask.own):
            continue  # upstream was asked and failed: the request may still have been declined by it
        elif not 400 <= client.status < 500:
            served = client.status < 300 and any(call.is_good_status for call in ask.own)
            passed_on = served and over_limit(ask, view) is None
            yield Breach(
                f"{ask.name}: a request to be declined got a {client.status}"
                + (", as upstream served it" if passed_on else "")
                + f"; it is {wrong}",
                Level.SHOULD if passed_on else None,
            )
        elif client.end is not ClientEnd.COMPLETE:
            yield Breach(
                f"{ask.name}: the {client.status} for a request did not end cleanly ({client.end}); it is {wrong}"
            )


def _counted_on(view: CaseView) -> Iterator[Breach]:
    """Find a request that a rate limit declined although fewer than are claimed were served in the minute before it.

    Whatever its window, fixed, sliding or a bucket, a limiter of a minute has forgotten what is older. Of the minute
    before, all must be known: so it speaks of cases that have gone on for longer, and of a lane to themselves.
    """
    claim = view.claims.rate_limit
    for ask in view.asks if claim else ():
        since_s = ask.client.started_s - _MINUTE_S
        refused = ask.client.status == HTTPStatus.TOO_MANY_REQUESTS and not ask.own
        known = any(other.client.started_s < since_s for other in view.asks)
        others = any(call.exchange.arrived_s >= since_s for call in view.earlier)
        if claim is None or not refused or not known or others:
            continue
        mine = [other for other in view.asks if other is not ask and other.client.identity == ask.client.identity]
        recent = [other for other in mine if other.client.end_s >= since_s]
        served = sum(other.client.status != HTTPStatus.TOO_MANY_REQUESTS for other in recent)
        if served < claim.per_minute and any(other.client.status == HTTPStatus.TOO_MANY_REQUESTS for other in recent):
            yield Breach(
                f"{ask.name}: was declined by the limit of {claim.per_minute} a minute, although {served} were served "
                "in the last minute; the others had been declined",
                Level.SHOULD,  # who goes on asking may be kept out for longer on purpose
            )


def _not_served_and_not_declined(ask: AskView) -> Iterator[Breach]:
    """A request that a target may read or decline, as it likes, and not fail at."""
    what, client = odd(ask), ask.client
    upstream_failed = any(not call.is_good_status for call in ask.own)
    if what is None or upstream_failed or client.end is ClientEnd.TIMED_OUT:
        return
    if client.status is None or client.status >= 500:
        got = f"a {client.status}" if client.status else f"no answer at all ({client.end})"
        yield Breach(f"{ask.name}: a request that may be served or declined got {got}; it is {what}")


def odd(ask: AskView) -> str | None:
    """Say what about a request goes beyond what every parser takes, or None (RFC 8259 §8.1, §9)."""
    body = ask.client.moves.body
    if body.startswith(codecs.BOM_UTF8):
        return "JSON behind a byte order mark"
    return f"nested {depth(body)} levels deep" if is_deeper(body, _USUAL_DEPTH) else None


def what_is_wrong(ask: AskView, view: CaseView) -> str | None:
    """Say why a request must be declined, or None when a target may well serve it."""
    return over_limit(ask, view) or malformed(ask)


def over_limit(ask: AskView, view: CaseView) -> str | None:
    """Say which limit of the target's own a request exceeds, or None."""
    body = ask.client.moves.body
    limits = view.limits
    # Who passes a coded body on as it is has only what it came in to measure.
    unread = any(call.exchange.header("content-encoding") for call in ask.own)
    if limits.max_request_bytes is not None and len(body) > limits.max_request_bytes and not unread:
        return f"larger ({len(body)} bytes) than the limit of {limits.max_request_bytes}"
    if limits.max_depth is not None and is_deeper(body, limits.max_depth):
        return f"nested deeper ({depth(body)}) than the limit of {limits.max_depth}"
    messages = (ask.request or {}).get("messages")
    if limits.max_messages is not None and isinstance(messages, list) and len(messages) > limits.max_messages:
        return f"of more messages ({len(messages)}) than the limit of {limits.max_messages}"
    return None


def malformed(ask: AskView) -> str | None:
    """Say in what a request makes no sense, or None."""
    if ask.request is None:
        return "not a JSON object"
    messages = ask.request.get("messages")
    if not isinstance(messages, list) or not messages:
        return "without messages"
    for message in messages:
        role = message.get("role") if isinstance(message, dict) else None
        if not isinstance(role, str) or role not in _ROLES:
            return "with a message that has no known role"
        if isinstance(message.get("content"), (int, float)) or not ("content" in message or "tool_calls" in message):
            return "with a message whose content is no text"
    if not isinstance(ask.request.get("model", ""), str) or not isinstance(ask.request.get("stream"), (bool, NoneType)):
        return "with a field of the wrong type"
    return None


def is_deeper(body: bytes, levels: int) -> bool:
    """Whether brackets nest deeper than so in a JSON text; it is read only where it has enough of them."""
    return body.count(b"[") + body.count(b"{") > levels and depth(body) > levels


def depth(body: bytes) -> int:
    """Return how deep brackets nest in a JSON text, strings left out; works on any bytes and any depth."""
    steps = (1 if bracket in b"[{" else -1 for bracket in _BRACKETS.findall(_STRING.sub(b"", body)))
    return max(accumulate(steps, initial=0))


INVARIANTS = (Invariant("request-limits", Level.MUST, request_limits),)
