"""What an answer is said to have cost: the same for the same tokens, whatever it took to get them.

The one rule: the price is the target's own and unknown here, so answers are compared with one another: those of one
model, in JSON, with the same usage. Tokens that upstream spent in vain are told, and no more than that; a target that
was starved may have given an attempt up for that alone, so the rule is `timed`.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose, isfinite

from harness.core.judging.invariants.attempts import companions
from harness.core.judging.invariants.keeping import kept
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.upstream.view import UpstreamView, Wholeness
from harness.core.judging.view import AskView, CaseView
from reports.record import Level

_ROUNDED = 0.01
"""What two costs may differ by because they were rounded, as a part of the larger one."""


def cost_true(view: CaseView) -> Iterator[Breach]:
    """A cost is a number, the same for the same tokens, and no more for a kept answer than for its original."""
    name = view.claims.cost_header
    if name is None:
        return
    hits = {id(ask) for ask in kept(view)}
    known: dict[tuple[str, object], tuple[AskView, float]] = {}
    for ask in sorted(view.asks, key=lambda each: each.client.started_s):
        if not ask.succeeded:
            continue
        if wasted := sum(len(call.reading.content_times_s) for call in _in_vain(view, ask)):
            text = f"{ask.name}: upstream said {wasted} pieces of text in attempts that came to nothing, which it bills"
            yield Breach(text, Level.OBSERVE)
        if ask.wants_stream:
            continue
        told = ask.client.header(name)
        if told is None:
            continue
        cost = _number(told)
        if cost is None:
            yield Breach(f"{ask.name}: {name} is claimed to tell the cost; it says {told!r}")
        elif id(ask) not in hits and len(ask.own) and not _in_vain(view, ask):
            like = (ask.own[-1].exchange.model, (ask.reading.usage or {}).get("total_tokens"))
            other, before = known.setdefault(like, (ask, cost))
            if like[1] is not None and not isclose(cost, before, rel_tol=_ROUNDED, abs_tol=1e-12):
                attempts = f" in {len(ask.own)} attempts" if len(ask.own) != len(other.own) else ""
                yield Breach(
                    f"{ask.name}: {like[1]} tokens cost {cost:g}{attempts}; as many of the same model cost {before:g} "
                    f"({other.name})"
                )
        elif id(ask) in hits:
            originals = [price for maker, price in known.values() if maker.key == ask.key]
            if originals and cost > max(originals) * (1 + _ROUNDED):
                yield Breach(f"{ask.name}: a kept answer cost {cost:g}, its original {max(originals):g}")


def _in_vain(view: CaseView, ask: AskView) -> list[UpstreamView]:
    """The calls of a request that said something and are not where its answer came from.

    Where several ask the same question, a whole answer may be another's. Whether surplus bytes behind an answer come in
    one piece with it, which a reader may decline as a whole, is a race.
    """
    calls = (
        call
        for call in ask.own
        if call is not ask.source and call.reading.content_times_s and not (call.problem or "").startswith("surplus")
    )
    return [call for call in calls if call.wholeness is not Wholeness.WHOLE or companions(view, ask) == 1]


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if isfinite(value) and value >= 0 else None


INVARIANTS = (Invariant("cost-true", Level.SHOULD, cost_true, timed=True),)
