"""Until when a breaker may rightly rest, by what upstream has done to its target.

The one rule: this excuses and never accuses, so it counts generously: each model alone and all together, and as a
failure whatever was not plainly good.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import inf
from typing import NamedTuple, Self, cast
from weakref import ref

from harness.core.judging.upstream.view import UpstreamView, Wholeness
from harness.core.observed.history import UpstreamEnd, UpstreamExchange
from harness.core.target.claims import Breaker

_MANY_PIECES = 500
"""An answer of so many pieces is no refusal."""


def is_plainly_good(call: UpstreamView) -> bool:
    """Whether a call went well by every target's count: whole, and with nothing done to it."""
    return not call.exchange.faults and call.wholeness is Wholeness.WHOLE


class Outcome(NamedTuple):
    """How one call ended, as far as a breaker counts it. Times on the clock of the history."""

    model: str
    arrived_s: float
    ended_s: float
    is_good: bool

    @classmethod
    def of(cls, call: UpstreamView) -> Self:
        """Read a call; of a long answer with nothing done to it, that all of it was sent is enough.

        This is asked between two cases, on the event loop, and reading megabytes would hold up the mocks of others.
        """
        exchange = call.exchange
        known = _KNOWN.get(id(exchange))
        if known is not None and known[0]() is exchange:
            return cast("Self", known[1])
        sent_all = exchange.end is UpstreamEnd.KEPT and not exchange.faults and len(exchange.pieces) > _MANY_PIECES
        made = cls(exchange.model, exchange.arrived_s, call.ended_s, sent_all or is_plainly_good(call))
        if exchange.end_s is not None:
            key = id(exchange)
            _KNOWN[key] = (ref(exchange, lambda _: _KNOWN.pop(key, None)), made)
        return made


_KNOWN: dict[int, tuple[ref[UpstreamExchange], Outcome]] = {}
"""What calls that are over came to, as long as somebody keeps them: each case of a lane asks again of all before it."""


def rests_until_s(breaker: Breaker, outcomes: Iterable[Outcome]) -> float:
    """Return until when a breaker may be open; minus infinity when it is surely closed.

    A call that came behind the last failure and went well has passed the breaker, so that it is closed again.
    """
    known = sorted(outcomes, key=lambda each: each.ended_s)
    apart = [[each for each in known if each.model == model] for model in {each.model for each in known}]
    return max(_until_s(breaker, row) for row in (known, *apart))


def _until_s(breaker: Breaker, outcomes: Sequence[Outcome]) -> float:
    until_s, failed_s, in_a_row = -inf, -inf, 0
    for each in outcomes:
        if not each.is_good:
            failed_s, in_a_row = each.ended_s, in_a_row + 1
            until_s = failed_s + breaker.open_s if in_a_row >= breaker.failures else until_s
        else:
            in_a_row = 0
            until_s = -inf if each.arrived_s > failed_s else until_s
    return until_s
