"""How a broken upstream shows: never as a finished answer, not as a 200, and not without a word.

The one rule: whether an answer is whole is judged by its terminal marks, never by HTTP framing alone, because some
runtimes end a broken body cleanly.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.upstream.view import UpstreamView, Wholeness
from harness.core.judging.view import AskView, CaseView
from harness.core.observed.history import ClientEnd
from harness.core.observed.lines import is_lines
from reports.overview import amount
from reports.record import Level


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


INVARIANTS = (
    Invariant("no-laundering", Level.MUST, no_laundering),
    Invariant("break-visible", Level.MUST, break_visible),
    Invariant("status-mapped", Level.MUST, status_mapped),
)
