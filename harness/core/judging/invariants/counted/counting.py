"""What a target counts of its callers' usage: it is what they used, it is in nobody's way, and what is lost is told.

The one rule: only a caller's own reports are compared, before and behind its own questions. What failed, or whose
client left, may be counted or not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from harness.core.judging.invariants.bound.stores import SLOW_FAULTS
from harness.core.judging.invariants.counted.windows import HITS, TOKENS, Window, read, windows
from harness.core.judging.invariants.declining import what_is_wrong
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.upstream.view import UpstreamView, Wholeness
from harness.core.judging.view import AskView, CaseView
from reports.record import Level

_WRITE: Final = "analytics.write"
_QUERY: Final = "analytics.query"
_LONG_S: Final = 0.5
"""No write that is in nobody's way keeps a client waiting for so long."""


def analytics_true(view: CaseView) -> Iterator[Breach]:
    """Each answer is counted once: for its caller, under its model, with its tokens, and as a hit where it was one."""
    if view.claims.analytics is None:
        return
    yield from _unreadable(view)
    is_lost = any(call.exchange.faults for call in _calls(view, _WRITE))
    for window in windows(view):
        label = window.visit.exchange.label
        if window.missing > 0 and not is_lost:
            yield Breach(f"{label}: {window.missing} of {len(window.sure)} whole answers are not counted")
        yield from _of_models(window)
        if window.is_settled:
            yield from _of_tokens(window)
            yield from _of_hits(view, window)


def _unreadable(view: CaseView) -> Iterator[Breach]:
    for visit in view.history.visits:
        if visit.act != "usage" or read(visit) is not None:
            continue
        client = visit.exchange
        struck = any(
            call.exchange.faults and client.started_s <= call.exchange.arrived_s <= client.end_s
            for call in _calls(view, _QUERY)
        )
        if not struck or client.status == 200:
            got = "no JSON" if client.status == 200 else client.status or f"no answer ({client.end})"
            yield Breach(f"{client.label}: usage was asked for and got {got}")


def _of_models(window: Window) -> Iterator[Breach]:
    label = window.visit.exchange.label
    asked = Counter(str((ask.request or {}).get("model", "")) for ask in window.asks)
    for model in {*window.after.of, *window.before.of}:
        grown, most = window.grown_of(model), asked[model] + window.before.waiting
        if grown < 0:
            yield Breach(f"{label}: {-grown} requests that were counted are counted no more", None, (model,))
        elif grown > most:
            told = f"{grown} requests are counted under a model of which {most} were asked"
            yield Breach(f"{label}: {told}", None, (model,))


def _of_tokens(window: Window) -> Iterator[Breach]:
    for name in TOKENS:
        told = [(ask.reading.usage or {}).get(name) for ask in window.asks]
        numbers = [number for number in told if isinstance(number, int)]
        if not window.asks or len(numbers) < len(told) or not window.after.tells(name):
            continue
        # What a hit saved may be counted or not.
        spent = [number for number, ask in zip(numbers, window.asks, strict=True) if ask.own]
        grown = window.grown(name)
        if not sum(spent) <= grown <= sum(numbers):
            label = window.visit.exchange.label
            yield Breach(f"{label}: {grown:g} {name} are counted, the answers had {sum(numbers)}")


def _of_hits(view: CaseView, window: Window) -> Iterator[Breach]:
    if view.claims.cache is None or not window.after.tells(HITS):
        return
    hits = sum(not ask.own for ask in window.asks)
    grown = window.grown(HITS)
    if grown != hits:
        label = window.visit.exchange.label
        yield Breach(f"{label}: {grown:g} hits are counted, upstream was not asked for {hits} of the answers")


def analytics_aside(view: CaseView) -> Iterator[Breach]:
    """Counting that is slow, broken or down costs no answer and keeps none back."""
    if view.claims.analytics is None:
        return
    struck = [call for call in _calls(view, _WRITE) if call.exchange.faults]
    for ask in view.asks if struck else ():
        if not ask.stayed or what_is_wrong(ask, view) is not None or not _is_upstream_well(ask):
            continue
        if ask.own and not ask.succeeded:
            yield Breach(f"{ask.name}: counting failed, and so did the request: {ask.client.status}, {ask.client.end}")
        held_s = max((_held_s(ask, call) for call in struck), default=0.0)
        if held_s >= _LONG_S:
            yield Breach(f"{ask.name}: the answer waited {held_s:.1f} s for a number to be written")


def _is_upstream_well(ask: AskView) -> bool:
    return all(call.is_good_status and call.wholeness is Wholeness.WHOLE for call in ask.own)


def _held_s(ask: AskView, write: UpstreamView) -> float:
    """Return how long a slow write went on within an exchange's time and beside no upstream call of its own."""
    since_s, until_s = write.exchange.arrived_s, write.ended_s
    slow = any(fault.startswith(SLOW_FAULTS) for fault in write.exchange.faults)
    if not slow or since_s < ask.client.started_s or until_s > ask.client.end_s:
        return 0.0
    beside = (min(until_s, call.ended_s) - max(since_s, call.exchange.arrived_s) for call in ask.own)
    return until_s - since_s - sum(max(each, 0.0) for each in beside)


def drops_told(view: CaseView) -> Iterator[Breach]:
    """What could not be counted is told, and no more waits to be counted than is claimed."""
    claim = view.claims.analytics
    if claim is None:
        return
    is_lost = any(call.exchange.faults for call in _calls(view, _WRITE))
    for window in windows(view):
        label = window.visit.exchange.label
        if is_lost and window.missing > 0:
            yield Breach(f"{label}: {window.missing} whole answers are neither counted nor told as dropped")
        if claim.queue is not None and window.after.waiting > claim.queue:
            yield Breach(f"{label}: {window.after.waiting} wait to be counted; {claim.queue} are claimed")


def _calls(view: CaseView, surface: str) -> list[UpstreamView]:
    return [call for call in view.others if call.exchange.surface == surface]


INVARIANTS = (
    Invariant("analytics-true", Level.MUST, analytics_true),
    Invariant("analytics-aside", Level.MUST, analytics_aside, timed=True),
    Invariant("drops-told", Level.SHOULD, drops_told),
)
