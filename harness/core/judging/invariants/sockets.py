"""WebSockets: what is claimed to be spoken there is, and both ends of the connection are kept as RFC 6455 has them.

The one rule: what an answer says over a socket is judged by the rules that judge it by HTTP. Here is only what HTTP has
not: a handshake, pings, codes at the end, and others who hear.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from harness.core.judging.conversation import heard, key_of
from harness.core.judging.evidence import sides
from harness.core.judging.invariants.declining import over_limit, what_is_wrong
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.view import AskView, CaseView
from harness.core.observed.history import ClientEnd, Visit
from reports.record import Level

_NOTHING_SAID: Final = 1006
"""RFC 6455 §7.4.1: the connection ended without a close."""
_AS_A_FAULT: Final = frozenset({1002, 1011})
"""Codes that blame the protocol or the server itself."""


def websocket_true(view: CaseView) -> Iterator[Breach]:
    """A WebSocket opens where it is claimed, answers pings and closes, says with a code why it ends, and is heard."""
    if view.claims.sessions is None or view.claims.sessions.websocket is None:
        return
    for ask in view.asks:
        if ask.client.socket:
            yield from _of_question(view, ask)
    for visit in view.history.visits:
        yield from _of_visit(view, visit)


def _of_question(view: CaseView, ask: AskView) -> Iterator[Breach]:
    client = ask.client
    if client.end is ClientEnd.REFUSED:
        yield Breach(f"{ask.name}: no WebSocket at {_where(view)}: {client.problem}")
        return
    wrong = what_is_wrong(ask, view)
    if wrong is not None and ask.stayed:
        yield from _declined(ask, wrong, is_over=over_limit(ask, view) is not None)
    elif client.end is ClientEnd.RESET or (client.end is ClientEnd.CLOSED_EARLY and client.close_code == _NOTHING_SAID):
        failed = any(not call.is_good_status or call.exchange.faults for call in ask.own)
        yield Breach(
            f"{ask.name}: the WebSocket ended in mid-answer without a close, which clients take for a lost connection",
            Level.SHOULD if failed else None,
        )


def _declined(ask: AskView, wrong: str, *, is_over: bool) -> Iterator[Breach]:
    """A message that cannot be served is answered with an error, or with a close that says why.

    One that is over no limit of the target's own may be left to upstream.
    """
    client = ask.client
    if client.end is ClientEnd.TIMED_OUT:
        yield Breach(f"{ask.name}: a message to be declined got no word; it is {wrong}")
    elif ask.succeeded and (is_over or not any(call.is_good_status for call in ask.own)):
        yield Breach(f"{ask.name}: a message to be declined was answered; it is {wrong}")
    elif client.end is ClientEnd.RESET or client.close_code == _NOTHING_SAID:
        yield Breach(f"{ask.name}: a message to be declined cost the connection, without a close; it is {wrong}")
    elif client.close_code in _AS_A_FAULT:
        yield Breach(
            f"{ask.name}: a message to be declined got {client.close_code}, as if the server failed; it is {wrong}",
            Level.SHOULD,
        )


def _of_visit(view: CaseView, visit: Visit) -> Iterator[Breach]:
    client = visit.exchange
    if visit.act in ("history", "clear", "ask"):
        return
    if client.end is ClientEnd.REFUSED:
        yield Breach(f"{client.label}: no WebSocket at {_where(view)}: {client.problem}")
    elif visit.act == "ping" and not visit.has_ponged:
        yield Breach(f"{client.label}: a ping came back as no pong (RFC 6455 §5.5.2)")
    elif visit.act == "leave" and client.close_code in (None, _NOTHING_SAID):
        yield Breach(f"{client.label}: the client closed the WebSocket and the target said no close (RFC 6455 §5.5.1)")
    elif visit.act == "listen":
        yield from _unheard(view, visit)


def _unheard(view: CaseView, visit: Visit) -> Iterator[Breach]:
    sessions = view.claims.sessions
    if sessions is None or not sessions.broadcast:
        return
    texts = heard(visit)
    for ask in view.asks:
        beside = key_of(view, ask.client) == key_of(view, visit.exchange) and ask.client.socket != visit.exchange.socket
        late = ask.client.started_s >= visit.exchange.started_s
        if (
            beside
            and late
            and ask.succeeded
            and ask.client.socket
            and not any(ask.reading.text in text for text in texts)
        ):
            told = f"{visit.exchange.label}: heard {len(texts[0])} characters, and not the whole of another's answer"
            yield Breach(told, None, (f"{'turn':<10}{ask.name}", *sides(ask)))


def _where(view: CaseView) -> str:
    return view.claims.sessions.websocket or "" if view.claims.sessions else ""


INVARIANTS = (Invariant("websocket-true", Level.MUST, websocket_true),)
