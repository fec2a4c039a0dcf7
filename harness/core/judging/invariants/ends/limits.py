"""When exchanges end: within what the target claims, and no living stream before its time.

The one rule: a client that reads slowly, or leaves, has itself to thank for how long it took.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.upstream.view import Wholeness
from harness.core.judging.view import AskView, CaseView
from harness.core.observed.history import ClientEnd, UpstreamEnd
from harness.core.target.claims import INDEFENSIBLE_S
from reports.overview import amount
from reports.record import Level

_LIVED_S = 0.75
"""A stream that was cut after this long was cut by a limit on its whole time. Nobody sets one of about this length, so
a limit of a second is on the same side of it on every machine."""
_LIVE_GAP_S = 1.0
"""A pause in which upstream is still alive. Cases pause far less than this, or far longer."""
_HEARTBEATS = ("sse.comment",)
"""Faults that take nothing from an answer and keep its stream alive (WHATWG HTML §9.2.7)."""
_IDLE_S = 10.0
"""No target needs this long to pass on an answer that is there."""


def ends_in_time(view: CaseView) -> Iterator[Breach]:
    """Whatever upstream does, the client's exchange ends within the target's deadline.

    Where none is claimed, how long an exchange was watched is told and no more, unless nobody would defend it: when it
    is past all bounds, or when upstream's whole answer has long been there.
    """
    claimed_s = view.limits.deadline_s
    for ask in view.asks:
        if ask.client.end is ClientEnd.TIMED_OUT and claimed_s is not None and _is_endless(ask):
            waited_s = ask.client.end_s - ask.client.started_s
            yield Breach(
                f"{ask.name}: upstream says the same without an end, and so does the target, {waited_s:.1f} s after it "
                f"was asked; its deadline is {claimed_s:g} s",
                Level.SHOULD,  # many a deadline is for the beginning of a stream alone
            )
        elif ask.client.end is ClientEnd.TIMED_OUT and not _was_alive(ask):
            waited_s = ask.client.end_s - ask.client.started_s
            events = amount(ask.reading.event_count, "event")
            told = f"{ask.name}: no end after {waited_s:.1f} s ({{}}); it had {events} by then"
            if claimed_s is not None:
                yield Breach(told.format(f"the target's deadline is {claimed_s:g} s"))
            elif _idle_s(ask) >= _IDLE_S:
                yield Breach(told.format(f"upstream's answer was whole {_idle_s(ask):.1f} s before"))
            elif waited_s >= INDEFENSIBLE_S:
                yield Breach(told.format(f"no deadline is claimed, but {INDEFENSIBLE_S:g} s is indefensible"))
            else:
                yield Breach(told.format("no deadline is claimed; it was watched for that long"), Level.OBSERVE)


def _is_endless(ask: AskView) -> bool:
    """Whether upstream was caught in a loop, and the target still passed it on when the client gave up."""
    looping = any(fault.startswith("sse.endless") for call in ask.own for fault in call.exchange.faults)
    return looping and _was_alive(ask)


def _idle_s(ask: AskView) -> float:
    """How long before the client gave up there was nothing left to wait for; 0 when there was."""
    last = max(ask.own, key=lambda call: call.ended_s, default=None)
    there = last is not None and last.wholeness is Wholeness.WHOLE and not ask.client.moves.read_bytes_per_s
    return ask.client.end_s - last.ended_s if last is not None and there else 0.0


def _was_alive(ask: AskView) -> bool:
    """Whether upstream was still sending shortly before the client gave up."""
    last = max((item.exchange.pieces[-1].at_s for item in ask.own if item.exchange.pieces), default=None)
    return last is not None and ask.client.end_s - last < _LIVE_GAP_S


def long_stream_lives(view: CaseView) -> Iterator[Breach]:
    """A slow but living stream is not cut by a total time limit."""
    for ask in view.asks:
        for call in ask.own:
            exchange = call.exchange
            alive = all(fault.startswith(_HEARTBEATS) for fault in exchange.faults)
            cut = exchange.end is UpstreamEnd.PEER_LEFT and alive and exchange.end_s is not None
            if not cut or not _waited_for_it(ask) or ask.succeeded or len(exchange.pieces) < 3:
                continue
            lasted_s = call.ended_s - exchange.arrived_s
            in_time = call.ended_s - ask.client.started_s < view.limits.patience_s
            if lasted_s > _LIVED_S and in_time and call.ended_s - exchange.pieces[-1].at_s < _LIVE_GAP_S:
                yield Breach(
                    f"{ask.name}: the target cut a living stream {lasted_s:.1f} s after it was asked for",
                    Level.SHOULD if exchange.faults else None,  # heartbeats may come from what stands before upstream
                )


def _waited_for_it(ask: AskView) -> bool:
    """Whether the client stayed to the end and read as fast as it could; one that does not read may be let go."""
    moves = ask.client.moves
    dawdled = moves.read_bytes_per_s or moves.read_pause_s
    return not dawdled and ask.client.end not in (ClientEnd.LEFT, ClientEnd.TIMED_OUT)


INVARIANTS = (
    Invariant("ends-in-time", Level.MUST, ends_in_time),
    Invariant("long-stream-lives", Level.MUST, long_stream_lives, timed=True),
)
