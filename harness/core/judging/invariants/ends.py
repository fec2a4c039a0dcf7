"""How exchanges end: a broken upstream must show, a live one must live, and everybody who leaves is let go.

The one rule: whether an answer is whole is judged by its terminal marks, never by HTTP framing alone, because some
runtimes end a broken body cleanly.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from harness.core.judging.evidence import sides
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.leaving import known_s
from harness.core.judging.resting import Outcome, rests_until_s
from harness.core.judging.upstream_view import UpstreamView, Wholeness
from harness.core.judging.view import AskView, CaseView
from harness.core.observed.history import ClientEnd, UpstreamEnd
from harness.core.observed.lines import is_lines
from harness.core.target.file import INDEFENSIBLE_S
from reports.overview import amount
from reports.record import Level

CANCEL_WITHIN_S = 2.0
_NOTICED_LATE_S = 0.25
"""A busy mock sees a connection end this much late; a timer of just two seconds is in time. A harness that was later is
not believed (see the trial), and a target that was starved is asked again, because the rule is `timed`."""
_ON_ITS_WAY_S = 0.5
"""How long after its client left a call may still arrive that a busy target had decided on before. `timed` too."""
_LIVED_S = 0.75
"""A stream that was cut after this long was cut by a limit on its whole time. Nobody sets one of about this length, so
a limit of a second is on the same side of it on every machine."""
_LIVE_GAP_S = 1.0
"""A pause in which upstream is still alive. Cases pause far less than this, or far longer."""
_HEARTBEATS = ("sse.comment",)
"""Faults that take nothing from an answer and keep its stream alive (WHATWG HTML §9.2.7)."""
_IDLE_S = 10.0
"""No target needs this long to pass on an answer that is there."""


def broken_sources(ask: AskView) -> tuple[UpstreamView, ...]:
    """Return the upstream answers an ask could have come from when every one of them is broken; else none."""
    if any(view.wholeness not in (Wholeness.BROKEN, Wholeness.REFUSED) for view in ask.known):
        return ()
    return tuple(view for view in ask.known if view.wholeness is Wholeness.BROKEN)


def no_laundering(view: CaseView) -> Iterator[Breach]:
    """An upstream answer that stopped, stalled or was none must not reach the client as a finished one."""
    for ask in view.asks:
        broken = broken_sources(ask)[-1:]
        if not ask.succeeded:
            yield from (_wrapped(ask, source) for source in broken if _is_wrapped(ask, source))
            continue
        marks = (
            ask.reading.end_mark
            if ask.reading.done
            else "a finish_reason"
            if ask.reading.has_finish
            else "a 200 answer"
        )
        for source in broken:
            if source.reading.error is None:
                yield Breach(
                    f"{ask.name}: {marks} reached the client although upstream's answer broke off after "
                    f"{amount(source.reading.event_count, 'event')} and {source.body_size_bytes} bytes "
                    f"(upstream {source.exchange.end}, no end mark)"
                )
        if _is_emptied(ask):
            yield Breach(f"{ask.name}: upstream answered with JSON; the client got an empty stream with {marks}")


def _is_wrapped(ask: AskView, source: UpstreamView) -> bool:
    """Whether what was no JSON at all came out as JSON under status 200, with no word of an error in it."""
    read = ask.reading
    own = read.form == "json" and not read.malformed and not read.choices and read.error is None
    given = ask.client.status == 200 and ask.client.end is ClientEnd.COMPLETE
    sent = source.reading
    return own and given and (sent.form in ("other", "nothing") or (sent.form == "json" and bool(sent.malformed)))


def _wrapped(ask: AskView, source: UpstreamView) -> Breach:
    what = f"began {source.body_text[:40]!r}" if source.body_size_bytes else "was empty"
    return Breach(f"{ask.name}: upstream's 200 {what} and was no answer; the client got a 200 in JSON without an error")


def _is_emptied(ask: AskView) -> bool:
    """Whether an answer in JSON became a stream that says it is finished and has nothing in it."""
    source = ask.source
    has_text = source is not None and source.reading.form == "json" and not source.reading.is_empty
    return has_text and ask.reading.form == "stream" and ask.reading.is_empty


def break_visible(view: CaseView) -> Iterator[Breach]:
    """A broken upstream shows as an error event or an abnormal end, not only as a missing end mark."""
    for ask in view.asks:
        for source in broken_sources(ask)[-1:] if ends_without_a_word(ask) else ():
            # Where upstream itself ended in order, or the target's own body just runs until it closes, the end was
            # passed on as it came.
            seen = source.showed_break or source.reading.error is not None
            hidden = seen and any(ask.client.header(name) for name in ("transfer-encoding", "content-length"))
            how = "visibly " if hidden else ""
            yield Breach(
                f"{ask.name}: upstream {how}broke; the client's stream ended normally, without an error",
                None if hidden else Level.SHOULD,
            )


def ends_without_a_word(ask: AskView) -> bool:
    """Whether a stream was given, and ended in order with neither an end mark nor an error."""
    read = ask.reading
    given = ask.client.status == 200 and read.form in ("stream", "nothing") and ask.wants_stream
    if read.undecodable:
        return False  # a client that cannot undo the content coding raises an error
    if read.unterminated and is_lines(ask.client.header("content-type") or ""):
        return False  # so does one that reads lines of JSON, at half a line
    return given and not ask.succeeded and read.error is None and ask.client.end is ClientEnd.COMPLETE


def status_mapped(view: CaseView) -> Iterator[Breach]:
    """An upstream failure is never a 200 answer. A message over a WebSocket has no status."""
    for ask in view.asks:
        failures = [item for item in ask.own if item.wholeness is Wholeness.REFUSED]
        over = ask.client.end not in (ClientEnd.LEFT, ClientEnd.TIMED_OUT)
        if ask.client.socket or ask.client.status != 200 or not over or not failures or len(failures) < len(ask.known):
            continue
        statuses = ", ".join(str(item.status or "no answer") for item in failures)
        begun = ask.reading.form != "json" and ask.reading.is_empty and ask.client.end is not ClientEnd.COMPLETE
        if ask.reading.error is None and begun and not ask.succeeded:
            # A refusal has a status, a message and perhaps a Retry-After, all of which are lost here.
            refused = any(item.status is not None for item in failures)
            yield Breach(
                f"{ask.name}: upstream only failed ({statuses}), the client got a 200 that broke off",
                None if refused else Level.SHOULD,
            )
        elif ask.reading.error is None:
            yield Breach(f"{ask.name}: upstream only ever failed ({statuses}), the client got a 200")
        elif not ask.is_told_inside:
            weight = None if ask.reading.form == "json" else Level.SHOULD
            yield Breach(
                f"{ask.name}: upstream only failed ({statuses}), the client got a 200 with an error inside", weight
            )


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


def cancel_propagates(view: CaseView) -> Iterator[Breach]:
    """A client that leaves ends the upstream call within two seconds of when the target can know that it has left."""
    for ask in view.asks:
        left_s = known_s(view, ask)
        if ask.stayed or left_s == inf or _others_wait(view, ask):
            continue
        for call in (*ask.own, *(call for call in ask.later if not _is_of_another(view, ask, call))):
            # The first call of a busy target may have been on its way; an attempt behind others is a decision. Of one
            # that was on its way, the two seconds begin when it arrives.
            room_s = _ON_ITS_WAY_S if ask.own else CANCEL_WITHIN_S
            since_s = call.exchange.arrived_s - left_s
            took_s, most_s = call.ended_s - max(left_s, call.exchange.arrived_s), CANCEL_WITHIN_S + _NOTICED_LATE_S
            if since_s > room_s:
                told = f"{ask.name}: a new upstream call was made {since_s:.1f} s after the client left"
                yield Breach(told, overrun_s=since_s - room_s)
            elif took_s > most_s:
                when = "was still running" if call.ended_s == inf else f"ended {took_s:.1f} s later"
                told = f"{ask.name}: the client left, the upstream call did not end within 2 s; it {when}"
                yield Breach(told, overrun_s=took_s - most_s)


def _others_wait(view: CaseView, ask: AskView) -> bool:
    """Whether another client wants the same answer, which keeps a shared upstream call alive with good reason."""
    return any(
        other is not ask
        and other.nonce == ask.nonce
        and other.client.started_s <= ask.client.end_s + CANCEL_WITHIN_S
        and other.client.end_s > ask.client.end_s
        for other in view.asks
    )


def _is_of_another(view: CaseView, ask: AskView, call: UpstreamView) -> bool:
    """Whether a call was made in the time of another exchange that asked the same."""
    return any(other is not ask and any(item is call for item in other.own) for other in view.asks)


def alive_after(view: CaseView) -> Iterator[Breach]:
    """After any case the target still runs and serves a clean request."""
    for death in view.history.deaths:
        how, *last_words = death.splitlines()
        yield Breach(f"the target's process {how} in the course of this case", evidence=tuple(last_words))
    if view.history.deaths or view.alive is None or view.alive.succeeded:
        return
    client = view.alive.client
    if not (view.claims.may_decline(client.status) or _rests(view, view.alive)):
        yield Breach(
            f"a clean request afterwards was not answered; status {client.status}, {client.end}"
            + (f", {view.alive.reading.error!r}" if view.alive.reading.error else ""),
            evidence=sides(view.alive),
        )


def _rests(view: CaseView, ask: AskView) -> bool:
    """Whether a request was declined by a breaker that may rightly have been open: an answer, upstream unasked."""
    breaker, client = view.claims.circuit_breaker, ask.client
    if breaker is None or ask.own or client.status is None or client.end is not ClientEnd.COMPLETE:
        return False
    return client.started_s < rests_until_s(breaker, map(Outcome.of, (*view.earlier, *view.calls)))


INVARIANTS = (
    Invariant("no-laundering", Level.MUST, no_laundering),
    Invariant("break-visible", Level.MUST, break_visible),
    Invariant("status-mapped", Level.MUST, status_mapped),
    Invariant("ends-in-time", Level.MUST, ends_in_time),
    Invariant("long-stream-lives", Level.MUST, long_stream_lives, timed=True),
    Invariant("cancel-propagates", Level.MUST, cancel_propagates, timed=True),
    Invariant("alive-after", Level.MUST, alive_after),
)
