"""The marks at the end of a stream: one end, upstream's own, and no success where upstream reported an error.

The one rule: two errors in a row harm nobody; a success behind an error, or text behind an end, misleads a client.
What a target passed on as it came is not its own word.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.judging.evidence import odd
from harness.core.judging.invariants.ends.broken import broken_sources
from harness.core.judging.invariants.form import error_message
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.upstream.view import UpstreamView, Wholeness
from harness.core.judging.view import AskView, CaseView
from harness.core.observed.history import ClientEnd, UpstreamEnd
from harness.core.observed.reading import Reading
from reports.overview import amount
from reports.record import Level


def one_terminal(view: CaseView) -> Iterator[Breach]:
    """One terminal event ([DONE] or an error) with nothing behind it; upstream's own [DONE] is not dropped."""
    for ask in view.asks:
        read = ask.reading
        if read.form != "stream":
            continue
        if read.after_terminal:
            verbatim = _is_verbatim(ask)
            yield Breach(
                f"{ask.name}: {read.terminals} terminal events and {amount(read.after_terminal, 'event')} after "
                "the first of them" + (", as upstream sent them" if verbatim else ""),
                Level.SHOULD if verbatim or _is_harmless(ask) else None,
            )
        elif _lacks_done(ask):
            lacks = (
                f"; its stream ended with finish_reason and no {read.end_mark}"
                if ask.is_translated
                else ("; its stream ended with finish_reason")
            )
            yield Breach(f"{ask.name}: upstream's [DONE] did not reach the client{lacks}")


def _is_verbatim(ask: AskView) -> bool:
    read = ask.reading
    return any(
        call.reading.terminals >= read.terminals and call.reading.after_terminal >= read.after_terminal
        for call in ask.known
    )


def _is_harmless(ask: AskView) -> bool:
    """Whether no client is misled: all that follows an error repeats it or ends the stream, as vLLM and SGLang do,
    or the dialect's own client stops there, or an error behind `[DONE]` tells of a connection that was lost there."""
    first, *behind = ask.reading.tail
    if first == "error":
        return ask.reading.over_at_error or not {"text", "finish"} & set(behind)
    return set(behind) == {"error"} and any(call.showed_break for call in ask.known)


def _lacks_done(ask: AskView) -> bool:
    """Whether a stream that claims success by its finish reason alone came from one that had, or was to have, both."""
    source = ask.source
    if source is None or ask.reading.done or not ask.succeeded or ask.client.end is not ClientEnd.COMPLETE:
        return False
    # Whoever hangs up at the finish reason leaves it to chance whether `[DONE]` was on its way by then.
    hung_up = source.exchange.end is UpstreamEnd.PEER_LEFT and not source.exchange.faults
    ended = source.wholeness is Wholeness.WHOLE or hung_up
    return ended and source.reading.form == "stream" and source.reading.has_finish


def error_surfaced(view: CaseView) -> Iterator[Breach]:
    """An error inside the stream shows as one; a malformed event is not dropped from an answer that claims success."""
    for ask in view.asks:
        yield from _bare_errors(ask)
        source = ask.source
        if not ask.succeeded or source is None:
            continue
        failed = [item for item in broken_sources(ask) if item.reading.error is not None]
        if failed and ask.only_passed_on:
            if ask.client.end is ClientEnd.COMPLETE:
                told = f"the error behind upstream's finish reason was dropped ({failed[-1].reading.error!r})"
                yield Breach(f"{ask.name}: {told}", Level.SHOULD)
        elif failed:
            yield Breach(
                f"{ask.name}: the client was told of success; upstream reported an error inside its answer "
                f"({failed[-1].reading.error!r})"
            )
        elif (
            source.is_good_status
            and source.reading.malformed
            and not (ask.reading.malformed or _broke_off(ask, source))
        ):
            understood = _understood(ask)
            if understood is None or understood.half_read:
                what = "dropped" if understood is None else "half read"
                yield Breach(
                    f"{ask.name}: the client was told of success; {len(source.reading.malformed)} malformed event(s) "
                    f"were {what} ({source.reading.malformed[0][:60]!r})",
                    None if understood is None else Level.SHOULD,
                    odd(source.reading.malformed[0], ask),
                )


def _broke_off(ask: AskView, source: UpstreamView) -> bool:
    """Whether a stream broke off behind upstream's own finish reason, which had gone out by then.

    Every client raises an error there.
    """
    read = ask.reading
    cut = read.form == "stream" and not read.done and ask.client.end is not ClientEnd.COMPLETE
    return cut and read.finishes == source.reading.finishes


def _bare_errors(ask: AskView) -> Iterator[Breach]:
    """Find an error that the target itself wrote as a line without a field, which every reader of events ignores.

    By WHATWG HTML §9.2.6 its name would be all that stands before the first colon. A connection that breaks off behind
    it tells the client at least that something failed.
    """
    read = ask.reading
    sent = {line for call in ask.known for line in call.reading.bare_json}
    errors = [line for line in read.bare_json if line not in sent and error_message(line.encode()) is not None]
    if errors and read.error is None:
        seen = ask.client.end is not ClientEnd.COMPLETE
        yield Breach(
            f"{ask.name}: an error stands in the stream as a bare line of JSON ({errors[0][:60]!r}); without `data:` "
            "before it no client hears of it",
            Level.SHOULD if seen else None,
        )


def _understood(ask: AskView) -> Reading | None:
    """How the answer given was read where malformed events are part of it: line by line, or each from its start."""
    readings = [call.by_line for call in ask.known if call.is_good_status]
    alike = [read for read in readings if read.text == ask.reading.text and not read.malformed]
    return min(alike, key=lambda read: read.half_read, default=None)


INVARIANTS = (
    Invariant("one-terminal", Level.MUST, one_terminal),
    Invariant("error-surfaced", Level.MUST, error_surfaced),
)
