"""The plain model of a cache: a dictionary of answers by everything that was asked, each with the time it was made.

The one rule: it says `must` only far from every bound. An answer that is surely too old, or that nobody ever asked for,
must come from upstream; one that was made a moment ago, whole and in order, must not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from harness.core.judging.meeting import overlap
from harness.core.judging.upstream.view import UpstreamView, Wholeness
from harness.core.judging.view import AskView, CaseView
from reports.record import Finding, Level
from scenarios.case import Case

_SURELY_OLD: Final = 1.1
_SURELY_YOUNG: Final = 0.4
_SLACK_S: Final = 0.3


@dataclass(slots=True)
class _Cache:
    """What the model holds: for each question as it was asked, the answers that may be kept, by when they were made."""

    ttl_s: float
    per_identity: bool
    kept: dict[tuple[str, str], list[tuple[float, AskView]]] = field(default_factory=dict)

    def key(self, ask: AskView) -> tuple[str, str]:
        return ask.key, ask.client.identity if self.per_identity else ""

    def may_hold(self, ask: AskView) -> bool:
        oldest_s = ask.client.started_s - self.ttl_s * _SURELY_OLD - _SLACK_S
        return any(made_s >= oldest_s for made_s, _ in self.kept.get(self.key(ask), ()))

    def surely_holds(self, ask: AskView, *, streams: bool) -> AskView | None:
        youngest_s = ask.client.started_s - self.ttl_s * _SURELY_YOUNG
        for made_s, maker in reversed(self.kept.get(self.key(ask), ())):
            if made_s >= youngest_s and (streams or not (maker.wants_stream or ask.wants_stream)):
                return maker
        return None

    def keep(self, ask: AskView) -> None:
        self.kept.setdefault(self.key(ask), []).append((ask.client.end_s, ask))


def check(case: Case, view: CaseView) -> Iterator[Finding]:
    """Yield where the target's cache differs from the model, request by request in the order in which they began."""
    claim = view.claims.cache
    if claim is None:
        return
    model = _Cache(ttl_s=claim.ttl_s, per_identity=claim.per_identity)
    quiet = not any(call.exchange.faults for call in view.others) and not any(step.restart for step in case.steps)
    asks = sorted(view.asks, key=lambda ask: ask.client.started_s)
    for ask in asks:
        crowded = any(overlap(ask, other) for other in asks if other is not ask)
        kept = ask.succeeded and not ask.own
        if kept and not crowded and not model.may_hold(ask):
            yield Finding(
                invariant="cache-expires" if model.key(ask) in model.kept else "cache-key-complete",
                level=Level.MUST,
                message=f"{ask.name}: upstream was not asked, although the plain model holds no answer to this",
            )
        maker = model.surely_holds(ask, streams=claim.streams) if quiet and not crowded else None
        if maker is not None and ask.own and ask.stayed:
            yield Finding(
                invariant="cache-hit-equal",
                level=Level.MUST,
                message=f"{ask.name}: upstream was asked again, although {maker.name} had just got the answer",
            )
        if ask.succeeded and any(map(_to_be_kept, ask.own)):
            model.keep(ask)


def _to_be_kept(call: UpstreamView) -> bool:
    finishes = {finish for finish in call.reading.finishes.values() if finish}
    return call.wholeness is Wholeness.WHOLE and finishes == {"stop"} and not call.exchange.faults
