"""The pace of an answer: it flows as it is made, waits for a slow reader, and leaves room for others.

The one rule: order is proof, speed is not. A finding rests on what had happened before what, with margins wide enough
for a busy machine. Where a target that is starved for long could still have broken a rule, the rule is `timed`: it is
told only of a case that shows it twice. What a stalled pipe lets through is counted in bytes and needs no clock.
Whether a target holds answers back, a client that is alone can tell; among others it may well stand in a queue.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from statistics import median

from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.meeting import is_alone
from harness.core.judging.upstream.view import UpstreamView, Wholeness
from harness.core.judging.view import AskView, CaseView
from harness.core.observed.history import ClientEnd
from reports.record import Level

_PACED_S = 0.32
"""A stream that was meant to take upstream at least this long tells a buffer from a pipe. No case means to take about
as long, so that a mock that is a little late puts none on the other side of it."""
_STEP_S = 0.02
"""Silences of this length between most of the events are meant; a single one may be a busy machine's."""
_SILENCES = ("sse.stall", "sse.trickle", "tcp.slow_drip", "tcp.bandwidth")
_LUMP_S = 0.4
_ON_TIME_S = 0.1
_ONE_HICCUP = 0.75
"""With this share of an even stream's events on time, the rest were caught in one hold-up: another request's, or a busy
machine's. A target that makes lumps is late all along."""
_HEAVY_BYTES = 500_000
_UNREAD_BYTES = 15 * 1024 * 1024
"""More than twice what the socket buffers of two loopback connections usually hold, so that a full pipe is told from a
full memory; where the system lets them grow further, it is as far as that."""
_STILL_S = 0.5
"""Without a byte for so long, a pipe is full."""
_HELD_UP_S = 1.5
_OUT_OF_TURN_S = 0.3
"""A small request that waits this long, and until the very end of a heavy one, had no turn before it. A machine that is
busy makes it wait as well, but for no end."""
_SAME_MOMENT_S = 0.02


def _streamed(view: CaseView) -> Iterator[tuple[AskView, UpstreamView]]:
    for ask in view.asks:
        source = ask.source
        if ask.wants_stream and ask.client.status == 200 and source is not None and source in ask.own:
            twins = [call for call in ask.own if call.is_good_status and call.reading.content_times_s]
            if len(twins) <= 1:  # of several answers under way, as to others who ask the same, any may be the one
                yield ask, source


def _is_paced(source: UpstreamView) -> bool:
    """Whether upstream took its time on purpose: evenly, or by a fault."""
    sent = source.reading.content_times_s
    if len(sent) < 3:
        return False
    if _is_silenced(source):
        return sent[-1] - sent[0] >= _PACED_S
    step_s = median(later - earlier for earlier, later in pairwise(sent))  # as it was meant, hiccups left out
    return step_s >= _STEP_S and step_s * (len(sent) - 1) >= _PACED_S


def _is_silenced(source: UpstreamView) -> bool:
    return any(fault.startswith(_SILENCES) for fault in source.exchange.faults)


def not_buffered(view: CaseView) -> Iterator[Breach]:
    """A streaming target delivers the first event before upstream has sent the rest."""
    if not view.claims.streaming:
        return
    for ask, source in _streamed(view):
        sent, got = source.reading.content_times_s, ask.reading.content_times_s
        if _reads_slowly(ask):
            continue
        if ask.reading.form == "json" and source.reading.form == "stream":
            yield Breach(f"{ask.name}: a stream was asked for, one JSON answer came")
        elif _is_paced(source) and (got or ask.stayed) and is_alone(ask, view.asks):
            if not got:
                if ask.client.end is ClientEnd.COMPLETE:
                    yield Breach(f"{ask.name}: upstream sent {len(sent)} events, none arrived")
            elif got[0] >= sent[-1] and _is_alone(view, ask):  # a queue is no buffer
                yield Breach(
                    f"{ask.name}: the first event arrived {got[0] - sent[0]:.2f} s after upstream sent it, "
                    f"when upstream had sent all {len(sent)}"
                )


def _is_alone(view: CaseView, ask: AskView) -> bool:
    """Whether no other request of the case was under way, which the target may have had to serve first."""
    mine = ask.client
    return not any(
        other is not ask and other.client.started_s < mine.end_s and mine.started_s < other.client.end_s
        for other in view.asks
    )


def cadence(view: CaseView) -> Iterator[Breach]:
    """Events are not held back and released in lumps."""
    if not view.claims.streaming:
        return
    for ask, source in _streamed(view):
        sent, got = source.reading.content_times_s, ask.reading.content_times_s
        if len(sent) < 4 or len(got) != len(sent) or not _is_paced(source) or got[0] >= sent[-1]:
            continue
        if _reads_slowly(ask) or not is_alone(ask, view.asks):
            continue
        lateness = [there - here for here, there in zip(sent, got, strict=True)]
        worst, best = max(lateness), min(lateness)
        on_time = sum(late - best < _ON_TIME_S for late in lateness)
        if on_time >= _ONE_HICCUP * len(sent) and not _is_silenced(source):
            continue
        if worst - best > _LUMP_S:
            yield Breach(
                f"{ask.name}: event {lateness.index(worst) + 1} of {len(sent)} was held back for {worst:.2f} s",
                overrun_s=worst - best - _LUMP_S,
            )


def _reads_slowly(ask: AskView) -> bool:
    """Whether the client's own reading says when things arrived."""
    return bool(ask.client.moves.read_bytes_per_s or ask.client.moves.read_pause_s)


def backpressure(view: CaseView) -> Iterator[Breach]:
    """A slow reader slows upstream instead of filling the target's memory."""
    for ask in view.asks:
        pause_s = ask.client.moves.read_pause_s
        resumed_s = (ask.client.sent_s or ask.client.started_s) + pause_s
        for call in ask.own if pause_s else ():
            unread_bytes = _sent_before(resumed_s, call)
            if unread_bytes > max(_UNREAD_BYTES, view.history.socket_buffers_bytes):
                yield Breach(
                    f"{ask.name}: upstream could send {unread_bytes / 1e6:.0f} MB before the client, which paused for "
                    f"{pause_s:g} s, began to read"
                )


def still_filling(view: CaseView) -> Iterator[AskView]:
    """Yield the requests whose client began to read while upstream could still send: what holds it back is not known.

    A full pipe takes nothing more, and is full in no time. On a busy machine it may not be, and nor may a memory.
    """
    for ask in view.asks:
        pause_s = ask.client.moves.read_pause_s
        resumed_s = (ask.client.sent_s or ask.client.started_s) + pause_s
        for call in ask.own if pause_s else ():
            sent_s = (*(piece.at_s for piece in call.exchange.pieces), *(part.at_s for part in call.exchange.unkept))
            moving = any(resumed_s - _STILL_S < at_s < resumed_s for at_s in sent_s)
            if moving and call.ended_s > resumed_s:
                yield ask


def _sent_before(resumed_s: float, call: UpstreamView) -> int:
    """How much upstream had sent before the client began to read."""
    kept_bytes = sum(len(piece.data) for piece in call.exchange.pieces if piece.at_s < resumed_s)
    return kept_bytes + sum(part.size_bytes for part in call.exchange.unkept if part.at_s < resumed_s)


def stays_responsive(view: CaseView) -> Iterator[Breach]:
    """One heavy request does not hold up the others."""
    heavy = [ask for ask in view.asks if _is_heavy(ask)]
    for ask in view.asks:
        rivals = [
            other
            for other in heavy
            if other.client.started_s < ask.client.end_s and other.client.end_s > ask.client.started_s
        ]
        if _is_heavy(ask) or not rivals or not ask.succeeded or not ask.own or _dawdles(ask) or _kv_ails(view, ask):
            continue
        held_s = ask.client.end_s - ask.client.started_s - _upstream_s(ask)
        most_s = _OUT_OF_TURN_S if _had_no_turn(ask, rivals) else _HELD_UP_S
        if held_s > most_s:
            yield Breach(f"{ask.name}: held up for {held_s:.1f} s beside {rivals[0].name}", overrun_s=held_s - most_s)


def _had_no_turn(ask: AskView, rivals: list[AskView]) -> bool:
    """Whether upstream was asked for a small request only when a heavy one that it came into was over."""
    asked_s = min(call.exchange.arrived_s for call in ask.own)
    return any(
        rival.client.started_s < ask.client.started_s and rival.client.end_s - _SAME_MOMENT_S < asked_s
        for rival in rivals
        if rival.stayed
    )


def _upstream_s(ask: AskView) -> float:
    """How long upstream kept the target busy: its answers, and the pauses after those that called for another try."""
    asked_s = sum(call.ended_s - call.exchange.arrived_s for call in ask.own)
    pauses = (
        second.exchange.arrived_s - first.ended_s
        for first, second in pairwise(ask.own)
        if first.wholeness is not Wholeness.WHOLE
    )
    return asked_s + sum(pause_s for pause_s in pauses if pause_s > 0)


def _dawdles(ask: AskView) -> bool:
    """Whether the client itself takes its time."""
    return _reads_slowly(ask) or bool(ask.client.moves.upload_wait_s)


def _kv_ails(view: CaseView, ask: AskView) -> bool:
    """Whether something else upstream went wrong while the exchange lasted."""
    return any(
        item.exchange.faults and ask.client.started_s <= item.exchange.arrived_s <= ask.client.end_s
        for item in view.others
    )


def _is_heavy(ask: AskView) -> bool:
    return max(len(ask.client.moves.body), sum(len(piece.data) for piece in ask.client.pieces)) > _HEAVY_BYTES


INVARIANTS = (
    Invariant("not-buffered", Level.MUST, not_buffered, timed=True),
    Invariant("cadence", Level.SHOULD, cadence, timed=True),
    Invariant("backpressure", Level.SHOULD, backpressure, late_proof=True),
    Invariant("stays-responsive", Level.SHOULD, stays_responsive, timed=True),
)
