"""How clients are spoken with: every right form of a request is understood, and one connection serves many in order.

The one rule: HTTP leaves both sides a choice. A target may decline what it says it does not take, with the status that
HTTP has for it; it may not fail at it, and never answer one request with what another has left behind.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.core.judging.invariants.attempts import model_of
from harness.core.judging.invariants.breaker import may_be_open
from harness.core.judging.invariants.declining import odd, what_is_wrong
from harness.core.judging.invariants.manners import Form, form_of
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.upstream.view import UpstreamView
from harness.core.judging.view import AskView, CaseView
from harness.core.observed.history import ClientEnd
from harness.core.target.claims import INDEFENSIBLE_S
from reports.record import Level

_TOO_MANY = 429
_NOT_MODIFIED = 304
_MISREAD = frozenset({400, 404, 405, 408, 411, 413, 414, 415, 417, 431, 501, 505})
"""What a server says to whom it did not understand."""
_CALLERS = ("", "a", "b")
_FOR_ONE_HOP = frozenset({"te", "keep-alive", "proxy-connection", "upgrade"})
_KEPT_BY_ALL = frozenset({"close", "connection", "transfer-encoding", "content-type", "content-length", "host"})
"""What a header Connection may name without anything following from it for the other side's own headers."""
_LATE_S = 0.75
"""How much later than it may an upstream call ends before anybody is blamed for it."""


def connection_in_order(view: CaseView) -> Iterator[Breach]:
    """What was left of one request on a connection is never read as the next, and each answer belongs to its request.

    RFC 9112 §9.3: a server reads a request to its end or closes the connection, and §9.6: it should say so then.
    """
    for ask in view.asks:
        client, before = ask.client, _before(ask, view)
        behind = f"behind the {before.client.status} to {before.name}" if before is not None else "there"
        if client.unasked:
            passed_on = before is not None and any((call.problem or "").startswith("surplus") for call in before.known)
            yield Breach(
                f"{ask.name}: on its connection {client.unasked[:60]!r} came {behind}, before anything was asked"
                + (", as upstream sent it" if passed_on else ""),
                Level.SHOULD if passed_on else None,
            )
        if client.dropped:
            yield Breach(f"{ask.name}: its connection closed {behind}, which had not said that it would", Level.SHOULD)
        if client.rode_on and client.status in _MISREAD and not ask.known and _is_plain(ask, view):
            yield Breach(f"{ask.name}: a good request on a used connection, {behind}, got a {client.status}")


def _before(ask: AskView, view: CaseView) -> AskView | None:
    """Return who asked last on the same connection before this one did."""
    name = ask.client.moves.manner.connection
    earlier = [
        other
        for other in view.asks
        if other.client.moves.manner.connection == name and other.client.started_s < ask.client.started_s
    ]
    return max(earlier, key=lambda other: other.client.started_s) if name and earlier else None


def _is_plain(ask: AskView, view: CaseView) -> bool:
    """Whether nothing about a request gives a target a reason to decline it."""
    known = ask.client.identity in _CALLERS
    whole = known and ask.client.end is ClientEnd.COMPLETE and ask.client.moves.leave == "never"
    return whole and form_of(ask) is None and _may_be_served(ask, view)


def _may_be_served(ask: AskView, view: CaseView) -> bool:
    """Whether nothing about a request but its form gives a target a reason to decline it."""
    return ask.client.method == "POST" and what_is_wrong(ask, view) is None and odd(ask) is None


def http_understood(view: CaseView) -> Iterator[Breach]:
    """A request in any form that HTTP allows is served, or declined with the status that HTTP has for it."""
    for ask in view.asks:
        form = form_of(ask)
        judged = ask.stayed and ask.client.identity in _CALLERS and _may_be_served(ask, view)
        if form is not None and judged and not _has_another_reason(ask, view):
            yield from _not_served(ask, form)
        yield from _coded(ask)
        yield from _passed_on(ask)


def _not_served(ask: AskView, form: Form) -> Iterator[Breach]:
    client = ask.client
    what = f"{ask.name}: a request {form.told}"
    if client.end is ClientEnd.TIMED_OUT:
        if not ask.own:
            yield Breach(f"{what} got no answer as long as it was waited for")
    elif client.status is None:
        yield Breach(f"{what} got no answer at all ({client.end})")
    elif client.status == _NOT_MODIFIED:
        yield Breach(f"{what} got a 304, which only a GET or a HEAD can get")
    elif client.status >= 500 and client.status not in form.may_get:
        yield Breach(f"{what} got a {client.status}")
    elif client.status >= 400 and client.status not in form.may_get:
        yield Breach(f"{what} was declined with a {client.status}", Level.SHOULD if form.is_free else None)


def _has_another_reason(ask: AskView, view: CaseView) -> bool:
    """Whether upstream, a breaker or a limit may be why a request was not served."""
    client = ask.client
    if any(call.exchange.faults or not call.is_good_status for call in ask.known):
        return True
    if client.status == _TOO_MANY:
        return True
    return not ask.known and may_be_open(view, client.started_s, model_of(ask, view))


def _coded(ask: AskView) -> Iterator[Breach]:
    """An answer comes in a coding that its client takes (RFC 9110 §12.5.3)."""
    client, accepts = ask.client, ask.client.moves.manner.accept_encoding
    coding = (client.header("content-encoding") or "").strip().lower()
    if not coding or coding == "identity" or any(call.header("content-encoding") for call in ask.known):
        return
    if accepts and not accepts_coding(coding, accepts):
        yield Breach(f"{ask.name}: the answer came in {coding}, its client takes {accepts!r}", Level.SHOULD)


def _passed_on(ask: AskView) -> Iterator[Breach]:
    """What a client says of its own connection is not said of the one to upstream (RFC 9110 §7.6.1)."""
    said = {name.lower(): value for name, value in ask.client.request_headers}
    named = {item.strip().lower() for item in said.get("connection", "").split(",")}
    for name in sorted((_FOR_ONE_HOP | named) - _KEPT_BY_ALL):
        if name in said and any(call.exchange.header(name) == said[name] for call in ask.own):
            yield Breach(f"{ask.name}: the header {name}, which is for one hop, went on to upstream", Level.SHOULD)


def accepts_coding(coding: str, accepts: str) -> bool:
    """Whether a client takes a coding; what it says of that one goes before what it says of all."""
    weights = {}
    for item in accepts.lower().split(","):
        name, _, weight = item.replace(" ", "").partition(";q=")
        weights[name] = weight
    weight = weights.get(coding, weights.get("*", "0"))
    return weight.strip("0.") != "" or weight == ""


def expectation_met(view: CaseView) -> Iterator[Breach]:
    """A client that asks whether to send its body is told (RFC 9110 §10.1.1)."""
    for ask in view.asks:
        if ask.client.expected_in_vain and ask.client.end is not ClientEnd.LEFT:
            yield Breach(f"{ask.name}: it said Expect: 100-continue and was told nothing until it sent its body anyway")


def cors_granted(view: CaseView) -> Iterator[Breach]:
    """Where it is claimed, a page may call the target, and read its answers and its errors (Fetch: CORS protocol)."""
    for ask in view.asks if view.claims.cors else ():
        client = ask.client
        asked = {name.lower(): value for name, value in client.request_headers}
        origin = asked.get("origin")
        if origin is None or client.status is None:
            continue
        allowed = [value for name, value in client.headers if name.lower() == "access-control-allow-origin"]
        if allowed not in (["*"], [origin]):
            yield Breach(
                f"{ask.name}: the {client.status} says Access-Control-Allow-Origin {allowed or 'nowhere'}, "
                f"so a page at {origin} may not read it"
            )
        elif allowed == ["*"] and (client.header("access-control-allow-credentials") or "").lower() == "true":
            yield Breach(
                f"{ask.name}: the {client.status} allows credentials and any origin at once, which browsers refuse to "
                "pages that send some",
                Level.SHOULD,
            )
        elif allowed == [origin] and "origin" not in (client.header("vary") or "").lower():
            yield Breach(
                f"{ask.name}: the {client.status} is for {origin} alone and does not say Vary: Origin, so whoever "
                "keeps it may give it to a page of another origin",
                Level.SHOULD,
            )
        if client.method == "OPTIONS":
            yield from _preflight(ask, asked.get("access-control-request-headers", ""))


def _preflight(ask: AskView, wanted: str) -> Iterator[Breach]:
    client = ask.client
    if client.status is None or not 200 <= client.status < 300:
        yield Breach(f"{ask.name}: a page that asks whether it may ask got a {client.status}, not a 2xx")
    allowed = {item.strip().lower() for item in (client.header("access-control-allow-headers") or "").split(",")}
    for name in filter(None, (item.strip().lower() for item in wanted.split(","))):
        # The asterisk does not stand for credentials.
        if name not in allowed and not ("*" in allowed and name != "authorization"):
            yield Breach(f"{ask.name}: a page asked for the header {name}, which Access-Control-Allow-Headers lacks")


def stopped_reader_ends(view: CaseView) -> Iterator[Breach]:
    """A client that stops reading without leaving does not keep its upstream call for ever."""
    within_s = view.limits.lets_go_within_s
    for ask in view.asks:
        if not ask.client.moves.stop_after_events or ask.client.end is not ClientEnd.LEFT or not ask.client.pieces:
            continue
        for call in ask.own:
            held_s = min(call.ended_s, ask.client.end_s) - _stuck_since_s(ask, call)
            if within_s is not None and held_s > within_s + _LATE_S and not _has_said_all(call):
                claimed = view.limits.client_stall_timeout_s is not None or held_s >= INDEFENSIBLE_S
                yield Breach(
                    f"{ask.name}: its client took nothing for {held_s:.1f} s and upstream's call still ran; by what "
                    f"the target claims it ends within {within_s:g} s",
                    None if claimed else Level.SHOULD,
                    overrun_s=held_s - within_s - _LATE_S,
                )


def _stuck_since_s(ask: AskView, call: UpstreamView) -> float:
    """Return since when nothing has gone on: buffers between here and there may fill for a second after the last read.

    A target that still reads from upstream can still write, and the clock of its stall has not begun.
    """
    return max(ask.client.pieces[-1].at_s, *(piece.at_s for piece in call.exchange.pieces[-1:]))


def _has_said_all(call: UpstreamView) -> bool:
    """Whether the answer came to its own end, so that nobody is kept."""
    return call.exchange.whole and call.exchange.end_s is not None


INVARIANTS = (
    Invariant("connection-in-order", Level.MUST, connection_in_order),
    Invariant("http-understood", Level.MUST, http_understood),
    Invariant("expectation-met", Level.SHOULD, expectation_met, timed=True),
    Invariant("cors-granted", Level.MUST, cors_granted),
    Invariant("stopped-reader-ends", Level.MUST, stopped_reader_ends, timed=True),
)
