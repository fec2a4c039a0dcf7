"""Answers kept in Workers KV: what a store that is bad, slow, down or late may do to an answer.

The one rule: upstream was well and the client stayed, so that nothing but the store can be to blame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import inf

from harness.core.judging.evidence import around
from harness.core.judging.invariants.attempts import noted_s
from harness.core.judging.invariants.keeping import LATE_S, equal
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.upstream.view import UpstreamView, Wholeness
from harness.core.judging.view import AskView, CaseView
from harness.core.observed.history import ClientEnd
from reports.record import Level
from reports.visible import on_one_line

_BAD_VALUE_FAULTS = (
    "kv.corrupt",
    "kv.truncated",
    "kv.wrong",
    "kv.empty",
    "kv.metadata",
)
_STALE_FAULTS = ("kv.expired", "kv.stale")
_SLOW_FAULTS = ("kv.slow", "kv.hang")
SLOW_FAULTS = (*_SLOW_FAULTS, "tcp.latency", "tcp.blackhole", "tcp.slow_drip", "tcp.bandwidth")
"""Those that make an answer late and leave it as it is."""
_DOWN_FAULTS = ("kv.error", "kv.rate", "kv.too", "tcp.", "http.")
_KV = ("kv.",)
_MISS = 404

_SHOWN_CHARACTERS = 200


def _struck(
    view: CaseView, ask: AskView, surfaces: tuple[str, ...], strikes: Callable[[tuple[str, ...]], bool]
) -> UpstreamView | None:
    """The first call of a store in an exchange's time that such faults struck."""
    return next(
        (
            item
            for item in view.others
            if item.exchange.surface.startswith(surfaces)
            and ask.client.started_s <= item.exchange.arrived_s <= ask.client.end_s
            and item.exchange.faults
            and strikes(item.exchange.faults)
        ),
        None,
    )


def suffered(
    view: CaseView, surfaces: tuple[str, ...], strikes: Callable[[tuple[str, ...]], bool]
) -> Iterator[tuple[AskView, UpstreamView]]:
    """Yield each exchange whose answer nothing but a store can have spoiled, with the call that such faults struck."""
    for ask in view.asks:
        struck = _struck(view, ask, surfaces, strikes)
        if struck is not None and _has_no_other_reason(ask):
            yield ask, struck


def _has_no_other_reason(ask: AskView) -> bool:
    """Whether upstream was well, the client stayed, and nobody said that the request was wrong."""
    upstream_well = all(call.is_good_status and not call.exchange.faults for call in ask.own)
    declined = ask.client.status is not None and 400 <= ask.client.status < 500
    return ask.stayed and upstream_well and not declined


def _suffered(view: CaseView, prefixes: tuple[str, ...]) -> Iterator[tuple[AskView, UpstreamView]]:
    return suffered(view, _KV, lambda faults: any(fault.startswith(prefixes) for fault in faults))


def kv_corrupt_ignored(view: CaseView) -> Iterator[Breach]:
    """A bad value in Workers KV never reaches a client."""
    for ask, struck in _suffered(view, _BAD_VALUE_FAULTS):
        right = ask.succeeded and any(equal(ask, call) for call in ask.known)
        if not right:
            yield Breach(
                f"{ask.name}: Workers KV held a bad value, and the client did not get the right answer; "
                f"{', '.join(struck.exchange.faults)}: {ask.client.status} with {ask.reading.text[:40]!r}",
                evidence=around(ask.known[-1].reading.text, ask.reading.text) if ask.known and ask.succeeded else (),
            )


def kv_slow_bounded(view: CaseView) -> Iterator[Breach]:
    """A slow Workers KV does not make the client wait for it."""
    for ask, struck in _suffered(view, _SLOW_FAULTS):
        upstream_s = sum(call.ended_s - call.exchange.arrived_s for call in ask.own)
        waited_s = ask.client.end_s - ask.client.started_s - upstream_s
        bound_s = view.limits.patience_s / 2
        failed = not ask.succeeded and ask.client.end is not ClientEnd.TIMED_OUT
        if not ask.succeeded or waited_s > bound_s:
            yield Breach(
                f"{ask.name}: Workers KV did not answer ({', '.join(struck.exchange.faults)}); the client waited "
                f"{waited_s:.1f} s and got {ask.client.status}",
                None if failed or view.limits.deadline_s is not None else Level.SHOULD,  # how long is too long?
                overrun_s=waited_s - bound_s if ask.succeeded else inf,
            )


def kv_down_survived(view: CaseView) -> Iterator[Breach]:
    """A Workers KV that is down does not take the target down."""
    for ask, struck in _suffered(view, _DOWN_FAULTS):
        if not ask.succeeded:
            yield Breach(
                f"{ask.name}: Workers KV failed ({', '.join(struck.exchange.faults)}), and so did the request: "
                f"{ask.client.status}, {ask.client.end}"
            )
    for ask in view.asks:
        sensible = all(call.wholeness in (Wholeness.WHOLE, Wholeness.AMBIGUOUS) for call in ask.own)
        if not ask.succeeded and sensible and _has_no_other_reason(ask):
            yield from _refused(view, ask)


def _refused(view: CaseView, ask: AskView) -> Iterator[Breach]:
    """Find what Workers KV itself would not take in an exchange's time: a key too long, a life too short."""
    for item in view.others:
        exchange, status = item.exchange, item.status or 0
        in_time = ask.client.started_s <= exchange.arrived_s <= ask.client.end_s
        mine = exchange.surface.startswith(_KV) and in_time and not exchange.faults
        if mine and status >= 400 and status != _MISS:
            yield Breach(
                f"{ask.name}: Workers KV refused what the target asked of it ({exchange.surface}: {status}), and the "
                f"request failed with it: {ask.client.status}, {ask.client.end}",
                evidence=(on_one_line(item.body_text[:_SHOWN_CHARACTERS]),),
            )
            return


def kv_stale_bounded(view: CaseView) -> Iterator[Breach]:
    """What Workers KV still gives after its time is not passed on."""
    for ask, struck in _suffered(view, _STALE_FAULTS):
        makers = [noted_s(view, call) for call in ask.known]
        cache = view.claims.cache
        old = cache is not None and bool(makers) and ask.client.started_s - max(makers) > cache.ttl_s + LATE_S
        wrong = ask.succeeded and ask.known and not any(equal(ask, call) for call in ask.known)
        if (old and not ask.own and ask.succeeded) or wrong or not ask.succeeded:
            yield Breach(
                f"{ask.name}: an outdated value from Workers KV ({', '.join(struck.exchange.faults)}) was passed on"
            )


INVARIANTS = (
    Invariant("kv-corrupt-ignored", Level.MUST, kv_corrupt_ignored),
    Invariant("kv-slow-bounded", Level.MUST, kv_slow_bounded, timed=True),
    Invariant("kv-down-survived", Level.MUST, kv_down_survived),
    Invariant("kv-stale-bounded", Level.MUST, kv_stale_bounded),
)
