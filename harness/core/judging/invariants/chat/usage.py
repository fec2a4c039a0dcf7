"""What answers took is counted: once, for whom they were made, and for answers that broke off as well.

The one rule: whole answers count exactly as upstream has counted them. What nobody has counted may be estimated.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from harness.core.judging.chat.ledger import ASKS, NOTED_WITHIN_S, Done, Ledger
from harness.core.judging.chat.shown import at, document
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.upstream.view import Wholeness
from harness.core.judging.view import CaseView
from reports.record import Level

_COST_CHANGES = 1e-12


def usage_counted(view: CaseView) -> Iterator[Breach]:
    """Between two looks, what a caller's answers took has grown by what upstream has counted for them."""
    claim = view.claims.usage
    if claim is None:
        return
    ledger = Ledger(view)
    for who in sorted({done.who for done in ledger.of("usage")} - {"stranger", "nobody"}):
        looks = [done for done in ledger.of("usage") if done.who == who and done.granted]
        for look in looks:
            if at(document(look.exchange), claim.tokens) is None:
                yield Breach(f"{look.name}: there is no number at {claim.tokens} in the usage")
                return
        for one, other in pairwise(looks):
            yield from _between(ledger, one, other)


def _between(ledger: Ledger, one: Done, other: Done) -> Iterator[Breach]:
    claim = ledger.claims.usage
    if claim is None:
        return
    asked = [done for done in ledger.of(*ASKS) if one.ended_before(done) and done.ended_before(other)]
    mine = [done for done in asked if done.who == one.who]
    ends_s = [done.exchange.end_s for done in mine] + [call.ended_s for done in mine for call in done.calls]
    if any(end_s + NOTED_WITHIN_S > other.exchange.started_s for end_s in ends_s):
        return
    grown = _number(other, claim.tokens) - _number(one, claim.tokens)
    counted = [_total(done) for done in mine if done.finished]
    others = [done for done in mine if not done.finished and _said_something(done)]
    exact = sum(each for each in counted if each is not None)
    estimated = bool(others) or None in counted
    if not mine:
        if grown:
            yield Breach(f"{other.name}: usage has grown by {grown:g} tokens, and nothing was asked by this caller")
    elif not estimated and grown != exact:
        yield Breach(f"{other.name}: usage has grown by {grown:g} tokens, and upstream has counted {exact:g}")
    elif estimated and grown <= exact:
        yield Breach(f"{other.name}: answers that broke off count nothing ({', '.join(each.name for each in others)})")
    cost = _number(other, claim.cost) - _number(one, claim.cost) if claim.cost is not None else 1.0
    if grown > 0 and cost <= _COST_CHANGES:
        yield Breach(f"{other.name}: usage has grown by {grown:g} tokens that cost nothing")


def _number(look: Done, path: str) -> float:
    return at(document(look.exchange), path) or 0.0


def _total(done: Done) -> float | None:
    """Return what upstream has counted for a question; None when it has not, or had to answer more than once."""
    call = done.whole_call
    usage = call.reading.usage if call is not None else None
    total = usage.get("total_tokens") if usage else None
    several = sum(each.wholeness is Wholeness.WHOLE for each in done.calls) > 1
    return None if several or not isinstance(total, int | float) else float(total)


def _said_something(done: Done) -> bool:
    return any(call.reading.text for call in done.calls) and bool(done.told.text)


INVARIANTS = (Invariant("usage-counted", Level.MUST, usage_counted),)
