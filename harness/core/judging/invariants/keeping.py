"""Answers that were kept: what comes out of a cache, from whom, and how old.

The one rule: an answer counts as kept when a successful exchange made no upstream call of its own. Whether that was
allowed follows from the requests before it, never from a cache header, which a target may lack or get wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from harness.core.judging.evidence import around
from harness.core.judging.invariants.attempts import noted_s
from harness.core.judging.invariants.difference import same_text
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.upstream.view import UpstreamView, Wholeness
from harness.core.judging.view import NOT_ASKED, AskView, CaseView
from harness.core.observed.lines import is_lines
from reports.record import Level

LATE_S = 0.3
"""A kept answer may be given this much longer than claimed. Its life begins when the target has surely got it, however
late that was, so what is left for this is the target's clock."""
_LIMITS = ("max_tokens", "max_completion_tokens")


def kept(view: CaseView) -> Iterator[AskView]:
    """Yield the successful exchanges that upstream was not asked for."""
    for ask in view.asks:
        asked_for_it = any(_may_have_made(call, ask) for call in ask.own)
        if ask.succeeded and not asked_for_it and ask.nonce and not _shared(view, ask):
            yield ask


def _may_have_made(call: UpstreamView, ask: AskView) -> bool:
    """Whether a call can be where an answer came from: upstream had begun to say it before the client had any of it.

    A target may ask for the next answer while it gives the kept one. When that call arrives is a race, and not this.
    In a dialect with a beginning of its own, that may be given before upstream is asked: it is no part of an answer.
    """
    pieces = () if ask.is_translated else ask.client.pieces
    had_s = next(iter((*ask.reading.content_times_s, *(piece.at_s for piece in pieces))), ask.client.end_s)
    return any(piece.at_s <= had_s for piece in call.exchange.pieces[:1])


def _shared(view: CaseView, ask: AskView) -> bool:
    """Whether the answer was being made for an identical request at the time: coalesced, not kept."""
    return any(
        other is not ask
        and other.own
        and _same_request(view, other, ask)
        and other.client.started_s <= ask.client.end_s
        and other.client.end_s >= ask.client.started_s
        for other in view.asks
    )


def _same_request(view: CaseView, first: AskView, second: AskView) -> bool:
    separate = view.claims.cache is None or view.claims.cache.per_identity
    same_caller = first.client.identity == second.client.identity or not separate
    return first.key == second.key and same_caller


def _makers(view: CaseView, ask: AskView) -> list[AskView]:
    """The earlier identical requests whose upstream answer may have been kept."""
    return [
        other
        for other in view.asks
        if other is not ask
        and other.own
        and other.client.started_s <= ask.client.end_s
        and _same_request(view, other, ask)
    ]


def cache_hit_equal(view: CaseView) -> Iterator[Breach]:
    """A kept answer equals the original: text, finish reason, tool calls."""
    for ask in kept(view):
        originals = [call for call in ask.known if call.is_good_status]
        comparable = all(call.is_kept_whole for call in originals)
        if originals and comparable and not any(equal(ask, call) for call in originals):
            last = originals[-1].reading
            yield Breach(
                f"{ask.name}: the kept answer differs: finish {ask.reading.finishes} for {last.finishes}, "
                f"{len(ask.reading.text)} characters for {len(last.text)}",
                evidence=around(last.text, ask.reading.text),
            )


def equal(ask: AskView, call: UpstreamView) -> bool:
    """Whether a client got what upstream said in a call."""
    theirs, ours = call.reading.choices, ask.reading.choices
    return set(theirs) == set(ours) and all(
        same_text(theirs[index].text, ours[index].text)
        and (theirs[index].finish is None or theirs[index].finish == ours[index].finish)
        and len(theirs[index].tools) == len(ours[index].tools)
        for index in theirs
    )


def cache_never_bad(view: CaseView) -> Iterator[Breach]:
    """Errors, truncated and length-cut answers are never stored; by a limit in the key they may be cut."""
    for ask in kept(view):
        originals = [call for call in ask.known if call.reading.text == ask.reading.text] or list(ask.known)
        told = [_not_to_keep(call) for call in originals]
        if told and all(told):
            whole = all(call.wholeness is Wholeness.WHOLE for call in originals)
            # Cut by the limit that this request names as well: it would be cut there again.
            again = whole and any((ask.request or {}).get(name) is not None for name in _LIMITS)
            # One of its two end marks was there, and so was its text.
            nearly = all(call.wholeness is Wholeness.AMBIGUOUS and not call.reading.is_empty for call in originals)
            yield Breach(
                f"{ask.name}: was given a bad answer that was kept; one {told[-1]}",
                Level.SHOULD if again or nearly else None,
            )
    for ask in view.asks:
        if not ask.own and ask.client.status is not None and ask.client.status >= 400 and not _shared(view, ask):
            yield from _kept_error(view, ask)


def _not_to_keep(call: UpstreamView) -> str:
    """Say why an answer is not for keeping, or nothing when it is."""
    if call.wholeness in (Wholeness.BROKEN, Wholeness.REFUSED):
        return f"although upstream's was {call.wholeness}"
    read = call.reading
    if call.wholeness is Wholeness.AMBIGUOUS and read.form == "stream" and read.done and not read.undecodable:
        return "that never said why it ended"  # AMBIGUOUS with [DONE]: a finish reason is missing
    cut = {"length", "content_filter"} & {finish for finish in read.finishes.values() if finish}
    return f"that had been cut ({call.reading.finishes})" if cut else ""


def _kept_error(view: CaseView, ask: AskView) -> Iterator[Breach]:
    failed = [call for maker in _makers(view, ask) for call in maker.own if call.wholeness is Wholeness.REFUSED]
    breaker = view.claims.circuit_breaker
    same = failed and failed[-1].status == ask.client.status and ask.client.status not in (429, 503)
    if same and (breaker is None or len(view.calls) + len(view.earlier) < breaker.failures):
        yield Breach(f"{ask.name}: was given an earlier {ask.client.status} again without upstream being asked")


def cache_key_complete(view: CaseView) -> Iterator[Breach]:
    """A kept answer is given only for the same request: every parameter counts."""
    for ask in kept(view):
        if _makers(view, ask):
            continue
        others = [other for other in view.asks if other is not ask and other.nonce == ask.nonce and other.own]
        for other in others[:1]:
            if other.key != ask.key:
                differing = f"{other.name} differs in {_differing(other, ask)}"
                yield Breach(f"{ask.name}: was given what was kept for another request; {differing}")


def _differing(first: AskView, second: AskView) -> str:
    one, two = first.request or {}, second.request or {}
    names = sorted(name for name in {*one, *two} - NOT_ASKED if one.get(name) != two.get(name))
    if not names:
        return f"path {first.client.path} / {second.client.path}"
    return ", ".join(f"{name} {one.get(name)!r:.40} / {two.get(name)!r:.40}" for name in names)


def cache_isolated(view: CaseView) -> Iterator[Breach]:
    """One caller never gets what was kept for another."""
    if view.claims.cache is not None and not view.claims.cache.per_identity:
        return
    for ask in kept(view):
        others = [other for other in view.asks if other is not ask and other.own and other.key == ask.key]
        if others and not _can_tell(others[0], ask):
            continue
        if not _makers(view, ask) and others:
            yield Breach(
                f"{ask.name}: caller {ask.client.identity} was given what was kept for {others[0].client.identity}"
            )
    if view.claims.cache is not None:
        yield from _shared_by_callers(view)


def _shared_by_callers(view: CaseView) -> Iterator[Breach]:
    """Find callers who asked the same at the same time and share a single upstream call, where each has their own."""
    for first, second in combinations((ask for ask in view.asks if ask.nonce and ask.succeeded and ask.stayed), 2):
        apart = first.client.identity != second.client.identity and first.key == second.key
        at_once = first.client.started_s <= second.client.end_s and second.client.started_s <= first.client.end_s
        if apart and at_once and len({*map(id, first.known), *map(id, second.known)}) == 1:
            yield Breach(
                f"{second.name}: callers {first.client.identity} and {second.client.identity} were given one answer: "
                "upstream was asked once for both"
            )


def _can_tell(first: AskView, second: AskView) -> bool:
    """Whether two callers differ in anything that the target gets to see."""
    return first.client.request_headers != second.client.request_headers


def cache_expires(view: CaseView) -> Iterator[Breach]:
    """A kept answer is not given after its claimed time to live."""
    cache = view.claims.cache
    if cache is None:
        return
    for ask in kept(view):
        made_s = max((noted_s(view, call) for maker in _makers(view, ask) for call in maker.own), default=None)
        if made_s is not None and ask.client.started_s - made_s > cache.ttl_s + LATE_S:
            age_s = ask.client.started_s - made_s
            yield Breach(f"{ask.name}: was given an answer kept for {age_s:.1f} s, {cache.ttl_s:g} s is claimed")


def cache_stream_form(view: CaseView) -> Iterator[Breach]:
    """A stream client gets a stream from the cache, of the kind that it reads, and a JSON client JSON."""
    cache_of_lines = view.claims.cache is not None and view.claims.cache.ndjson
    for ask in kept(view):
        if ask.wants_stream and ask.reading.form != "stream":
            yield Breach(f"{ask.name}: a stream was asked for, the kept answer came as {ask.reading.form}")
        elif not ask.wants_stream and ask.reading.form == "stream":
            yield Breach(f"{ask.name}: JSON was asked for, the kept answer came as a stream")
        elif ask.wants_stream and _as_lines(ask) and not _wants_lines(ask):
            yield Breach(f"{ask.name}: events were asked for, the kept answer came as lines of JSON")
        elif ask.wants_stream and _wants_lines(ask) and not _as_lines(ask) and cache_of_lines:
            yield Breach(f"{ask.name}: lines of JSON were asked for, the kept answer came as events")


def _as_lines(ask: AskView) -> bool:
    return is_lines(ask.client.header("content-type") or "")


def _wants_lines(ask: AskView) -> bool:
    """Whether a client accepts nothing but NDJSON."""
    accepts = next((value for name, value in ask.client.request_headers if name.lower() == "accept"), "")
    return is_lines(accepts) and "event-stream" not in accepts


INVARIANTS = (
    Invariant("cache-hit-equal", Level.MUST, cache_hit_equal),
    Invariant("cache-never-bad", Level.MUST, cache_never_bad),
    Invariant("cache-key-complete", Level.MUST, cache_key_complete),
    Invariant("cache-isolated", Level.MUST, cache_isolated),
    Invariant("cache-expires", Level.MUST, cache_expires),
    Invariant("cache-stream-form", Level.MUST, cache_stream_form),
)
