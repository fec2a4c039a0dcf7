"""The form of an answer: valid framing, valid events, errors a client can read, and nothing in it that is secret.

The one rule: what a target passed on verbatim from a bad upstream weighs less than what it made itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.judging.evidence import odd, spoilt
from harness.core.judging.invariants.manners import is_declined_unread
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.translated.grammar import departures
from harness.core.judging.upstream.view import UpstreamView, Wholeness
from harness.core.judging.view import AskView, CaseView
from harness.core.observed import json_text
from harness.core.observed.bodies import plain_body
from harness.core.observed.history import ClientEnd
from harness.core.observed.lines import is_lines
from harness.core.observed.reading import Reading
from reports.record import Level

_MOST_DIGITS = 18
_TOO_MANY = 429
_TIMED_OUT = 504
_OF_THE_TARGET = frozenset({401, 402, 403, 407, 408})
"""Refusals that are about the target itself, or about the time between it and upstream."""
_OVERLOADED = frozenset({503, 529})
_NEARLY = 0.9
_GZIP = b"\x1f\x8b\x08"
"""How gzip begins (RFC 1952 §2.3.1)."""
_MAGIC_PIECES = 8
"""So many pieces hold the start of a body, whatever they hold besides."""
_LONGEST_WAIT_S = 86_400
"""A longer Retry-After helps nobody, and a target may rightly drop it."""


def valid_framing(view: CaseView) -> Iterator[Breach]:
    """HTTP framing and content coding are valid, events are valid by the WHATWG rules, text is valid UTF-8."""
    for ask in view.asks:
        client = ask.client
        if client.end is ClientEnd.BAD_FRAMING or (client.problem and client.end is ClientEnd.COMPLETE):
            passed_on = any(_same_problem(client.problem, call.problem) for call in ask.known)
            yield Breach(
                f"{ask.name}: bad HTTP framing: {client.problem}" + (", as upstream sent it" if passed_on else ""),
                Level.SHOULD if passed_on else None,
            )
        yield from _coding(ask)
        if client.status != 200 or ask.reading.form == "nothing":
            continue
        yield from _events(ask)
        yield from departures(ask)


def _coding(ask: AskView) -> Iterator[Breach]:
    """A body that is not in the coding its head names, or is in it twice: no client can read it (RFC 9110 §8.4).

    What upstream sent so is passed on by who looks at no body.
    """
    client, coding = ask.client, ask.client.header("content-encoding") or ""
    if client.end is not ClientEnd.COMPLETE or not coding:
        return
    if ask.reading.undecodable and not any(call.reading.undecodable for call in ask.known):
        yield Breach(f"{ask.name}: the body is not in {coding}, which its Content-Encoding names")
    elif coding.lower() == "gzip" and plain_body(client.pieces[:_MAGIC_PIECES], coding).startswith(_GZIP):
        yield Breach(f"{ask.name}: the body is in gzip twice, and its Content-Encoding names it once")


def _same_problem(seen: str, sent: str | None) -> bool:
    """Whether a pipe below HTTP passed the problem on; of surplus bytes a client may see only the first."""
    return seen == sent or (sent is not None and seen.startswith("surplus") and sent.startswith("surplus"))


def _events(ask: AskView) -> Iterator[Breach]:
    read = ask.reading
    sent = [call.reading for call in ask.known]
    content_type = ask.client.header("content-type") or "nothing"
    if read.form == "stream" and not is_lines(content_type) and read.media not in content_type.lower():
        passed_on = any(_media_type(call.header("content-type")) == _media_type(content_type) for call in ask.known)
        yield Breach(
            f"{ask.name}: events came with the content type {content_type!r}, not {read.media}"
            + (", as upstream sent them" if passed_on else ""),
            Level.SHOULD if passed_on else None,
        )
    if read.form == "json" and not read.malformed and "json" not in content_type.lower():
        passed_on = any(_media_type(call.header("content-type")) == _media_type(content_type) for call in ask.known)
        yield Breach(
            f"{ask.name}: JSON came with the content type {content_type!r}, by which client libraries leave it unread"
            + (", as upstream sent it" if passed_on else ""),
            Level.SHOULD if passed_on else None,
        )
    if read.form == "stream" and ask.own and ask.request is not None and not ask.wants_stream:
        passed_on = any(source.form == "stream" for source in sent)
        yield Breach(
            f"{ask.name}: JSON was asked for, a stream came" + (", as upstream sent it" if passed_on else ""),
            Level.SHOULD if passed_on else None,
        )
    if read.form in ("other", "json") and read.malformed and ask.client.end is ClientEnd.COMPLETE:
        whole = [call.reading for call in ask.known if call.framed_whole]  # framing a cut body anew is no pipe
        passed_on = any(set(read.malformed) <= set(source.malformed) for source in whole)
        yield Breach(
            f"{ask.name}: a 200 answer is neither JSON nor events: {read.malformed[0][:60]!r}"
            + (", as upstream sent it" if passed_on else ""),
            Level.SHOULD if passed_on else None,
            odd(read.malformed[0], ask),
        )
    # Nobody here has read what upstream sent behind a spoiled chunk; a lenient target has, and may have passed it on.
    unknown = any(_is_half_closed(read, source) for source in sent) or any(
        call.is_read_on_by_some for call in ask.known
    )
    if read.malformed_utf8 and not any(map(_hides_its_coding, ask.known)):
        passed_on = unknown or any(source.malformed_utf8 for source in sent)
        yield Breach(f"{ask.name}: the answer is not valid UTF-8", Level.SHOULD if passed_on else None, spoilt(ask))
    if read.form == "stream" and read.malformed:
        passed_on = unknown or any(set(read.malformed) <= set(source.malformed) for source in sent)
        yield Breach(
            f"{ask.name}: {len(read.malformed)} event(s) are not JSON objects: {read.malformed[0][:60]!r}"
            + (", as upstream sent them" if passed_on else ""),
            Level.SHOULD if passed_on else None,
            odd(read.malformed[0], ask),
        )
    if read.unterminated and ask.client.end is ClientEnd.COMPLETE and ask.succeeded:
        passed_on = any(source.unterminated for source in sent)
        yield Breach(f"{ask.name}: the last event has no blank line behind it", Level.SHOULD if passed_on else None)


def _hides_its_coding(call: UpstreamView) -> bool:
    """Whether an answer's coding is in a head that no Worker sees: `env.AI` gives its body alone."""
    return call.exchange.binding == "ai" and bool(call.header("content-encoding"))


def _media_type(content_type: str | None) -> str:
    """Return a content type without its parameters, which frameworks add to what is passed on (RFC 9110 §8.3.1)."""
    return (content_type or "nothing").partition(";")[0].strip().lower()


def _is_half_closed(read: Reading, source: Reading) -> bool:
    """Whether all that is wrong is the half event at which upstream broke off, closed to make room for an error event.

    A pipe has passed the half on before it can know.
    """
    odd = [text for text in read.malformed if text not in source.malformed]
    half = source.rest.decode(errors="replace").removeprefix("data:").removeprefix(" ")
    return read.error is not None and len(odd) == 1 and half.startswith(odd[0].rstrip("\ufffd") or "\n")


def error_shape(view: CaseView) -> Iterator[Breach]:
    """Errors are JSON with a message."""
    for ask in view.asks:
        client = ask.client
        if client.status is None or client.status < 400 or client.method == "HEAD" or not ask.stayed:
            continue
        if is_declined_unread(ask):
            continue
        if client.end is not ClientEnd.COMPLETE and any(not call.framed_whole for call in ask.own):
            continue  # upstream broke off in the middle of it, and so does who had begun to pass it on
        body = plain_body(client.pieces, client.header("content-encoding") or "")
        if error_message(body) is None:
            start = body[:60].decode(errors="replace")
            yield Breach(f"{ask.name}: the {client.status} answer is not JSON with an error message: {start!r}")
        content_type = client.header("content-type") or "nothing"
        if "event-stream" in content_type and not any(call.header("content-type") == content_type for call in ask.own):
            yield Breach(f"{ask.name}: the {client.status} answer is JSON and calls itself {content_type!r}")


def error_message(body: bytes) -> str | None:
    """Return the message of a JSON error body in any of the usual shapes, or None when there is none."""
    try:
        value, _ = json_text.generously(body)
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    errors = value.get("errors")
    inner = value.get("error") or (errors[0] if isinstance(errors, list) and errors else None)
    candidates = [inner.get("message") if isinstance(inner, dict) else inner, value.get("message"), value.get("detail")]
    return next((item for item in candidates if isinstance(item, str) and item), None)


def retry_after_kept(view: CaseView) -> Iterator[Breach]:
    """An upstream's Retry-After survives to the client, which is not told to come back any sooner."""
    for ask in view.asks:
        last = ask.own[-1] if ask.own else None
        if last is None or last.wholeness is not Wholeness.REFUSED or ask.client.status not in (429, 503):
            continue
        sent = last.retry_after_s
        if sent is None or sent > _LONGEST_WAIT_S or last.status != ask.client.status:
            continue
        got = ask.client.header("retry-after")
        since_s = ask.client.end_s - last.ended_s
        if got is None:
            yield Breach(f"{ask.name}: upstream's {last.status} said Retry-After: {sent}, the client's says nothing")
        elif got.isascii() and got.isdigit() and len(got) < _MOST_DIGITS and int(got) < sent - since_s - 1:
            yield Breach(f"{ask.name}: upstream's {last.status} said Retry-After: {sent}, the client's says {got}")


def status_kept(view: CaseView) -> Iterator[Breach]:
    """A refusal keeps its class: 4xx says that asking again is of no use, 5xx that it may be; 429 stays 429."""
    for ask in view.asks:
        got, sent = ask.client.status, [call.status for call in ask.own]
        if got is None or got < 400 or not sent or not ask.stayed or _ran_out_of_time(ask, view):
            continue
        if not any(_is_kept(call, got) for call in ask.own):
            told = ", ".join(str(status) for status in dict.fromkeys(sent))
            yield Breach(f"{ask.name}: upstream refused with {told}, the client got a {got}")


def _is_kept(call: UpstreamView, got: int) -> bool:
    """Whether a status may stand for how a call was refused.

    What upstream holds against the target itself (credentials, payment, a spent allowance) is no fault of the client's
    and may be told as either; so may 408, which is a timeout on the way. Who is overloaded may say so with 429.
    """
    status = call.status
    if status is None or status < 400 or status in _OF_THE_TARGET or call.is_spent:
        return True
    if status == _TOO_MANY:
        return got == _TOO_MANY
    return got // 100 == status // 100 or (status in _OVERLOADED and got == _TOO_MANY)


def _ran_out_of_time(ask: AskView, view: CaseView) -> bool:
    deadline_s = view.limits.deadline_s
    took_s = ask.client.end_s - ask.client.started_s
    return ask.client.status == _TIMED_OUT and deadline_s is not None and took_s >= deadline_s * _NEARLY


def no_secrets(view: CaseView) -> Iterator[Breach]:
    """Upstream credentials never reach a client."""
    for ask in (*view.asks, *([view.alive] if view.alive else [])):
        heads = "\n".join(f"{name}: {value}" for name, value in ask.client.headers)
        for secret in view.secrets:
            if secret and (secret.encode() in ask.client.body or secret in heads):
                where = "a header" if secret in heads else "the body"
                yield Breach(f"{ask.name}: {where} of the answer holds the upstream's credentials")


INVARIANTS = (
    Invariant("valid-framing", Level.MUST, valid_framing, late_proof=True),
    Invariant("error-shape", Level.SHOULD, error_shape),
    Invariant("retry-after-kept", Level.SHOULD, retry_after_kept),
    Invariant("status-kept", Level.SHOULD, status_kept),
    Invariant("no-secrets", Level.MUST, no_secrets, late_proof=True),
)
