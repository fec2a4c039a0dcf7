"""What stays apart: one caller's request from another's, and the clients' credentials from upstream.

The one rule: only what nobody else can have said is held against a target. A nonce, a token or a long text is; a value
that a target may set by itself is not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from harness.core.judging.asked.parameters import OF_FORM, meant
from harness.core.judging.asked.values import same
from harness.core.judging.conversation import heard, is_own_history, key_of
from harness.core.judging.evidence import sides
from harness.core.judging.invariants.rule import Breach, Invariant
from harness.core.judging.upstream.view import UpstreamView
from harness.core.judging.view import AskView, CaseView
from reports.record import Level
from scenarios.prompt import NONCE

_ANOTHERS: Final = "upstream was asked with what another caller had sent"
_TELLING_CHARACTERS: Final = 8
_TELLING_NUMBER: Final = 1000
_TELLING_DIGITS: Final = 5
"""A number with a fraction is anybody's unless it is as long as this."""
_CREDENTIALS: Final[Mapping[str, Level | None]] = MappingProxyType(
    {
        "authorization": None,
        "cookie": None,
        "proxy-authorization": Level.SHOULD,
        "x-api-key": Level.SHOULD,
        "api-key": Level.SHOULD,
    }
)
"""Request headers that hold what a client is known by, and what it weighs to pass one on. A proxy may relay what is for
the next proxy (RFC 9110 §11.7.2); of headers that only some services read, others know nothing."""
_SHORTEST_SECRET: Final = 8


def not_shared(view: CaseView) -> Iterator[Breach]:
    """Nothing of one caller's request shows in another's."""
    for call in view.calls:
        own = [ask for ask in view.asks if ask.nonce and ask.nonce == call.exchange.nonce]
        if not own or call.asked is None:
            continue
        said = {nonce for ask in own for nonce in NONCE.findall(ask.client.moves.body.decode(errors="replace"))}
        foreign = sorted({*NONCE.findall(call.exchange.body.decode(errors="replace"))} - said)
        if foreign and not (_is_own_history(view, own, foreign) or is_own_history(view, own, foreign)):
            yield Breach(f"{own[0].name}: upstream was asked with another request's question as well")
        elif not foreign:
            yield from _borrowed(view, own, call)
    yield from _shown_elsewhere(view)


def _shown_elsewhere(view: CaseView) -> Iterator[Breach]:
    """Find a question of another conversation in a history, or its answer where somebody listens."""
    for visit in view.history.visits if view.claims.sessions else ():
        shown = visit.exchange.body.decode(errors="replace")
        here = key_of(view, visit.exchange)
        asked = {ask.nonce for ask in view.asks if ask.nonce and key_of(view, ask.client) == here}
        for ask in view.asks:
            # The same question may be asked in two conversations.
            elsewhere = key_of(view, ask.client) != here and ask.nonce not in asked
            answer = ask.reading.text if visit.act == "listen" else ""
            told = ask.nonce and ask.nonce in shown
            if elsewhere and (told or (answer and any(answer in text for text in heard(visit)))):
                what = "hears" if visit.act == "listen" else "reads"
                told_of = f"{visit.exchange.label}: {what} what was said in another conversation"
                yield Breach(told_of, None, (f"{'turn':<10}{ask.name}", *sides(ask)))


def _is_own_history(view: CaseView, own: Sequence[AskView], foreign: Sequence[str]) -> bool:
    """Whether a target that declares to add messages added earlier ones of the same caller.

    Several callers may have asked the same question: it is a caller's own when that caller is one of them.
    """
    if not (view.rewrites.added("messages") or view.rewrites.added("user")):
        return False
    callers = {ask.client.identity for ask in own}
    askers = ({ask.client.identity for ask in view.asks if ask.nonce == nonce} for nonce in foreign)
    return all(not each or each & callers for each in askers)


def _borrowed(view: CaseView, own: Sequence[AskView], call: UpstreamView) -> Iterator[Breach]:
    """Find what was sent upstream although it is not in the request but in another one, from before."""
    lenders = [
        ask
        for ask in view.asks
        if ask.request is not None and ask.nonce != own[0].nonce and ask.client.started_s <= call.exchange.arrived_s
    ]
    for name, now in (call.asked or {}).items():
        if name in OF_FORM or not _is_telling(now) or view.rewrites.added(name) or _any_sent(own, name, now):
            continue
        for lender in lenders:
            if same((lender.request or {}).get(name), now) and not _was_there_before(view, lender, name, now):
                yield Breach(f"{own[0].name}: {_ANOTHERS}; {name}={now!r:.60}, which {lender.name} had sent")
                break
    yield from _borrowed_words(own, lenders, call)


def _borrowed_words(own: Sequence[AskView], lenders: Sequence[AskView], call: UpstreamView) -> Iterator[Breach]:
    mine = {text for ask in own for text in _texts(ask.request)}
    theirs = {text: ask for ask in lenders for text in _texts(ask.request) if len(text) >= _TELLING_CHARACTERS}
    for text in _texts(call.asked):
        lender = next((ask for words, ask in theirs.items() if words in text), None)
        if text not in mine and lender is not None and not any(words and words in text for words in mine):
            yield Breach(f"{own[0].name}: {_ANOTHERS}; {text[:40]!r}, which {lender.name} had sent")


def _texts(request: Mapping[str, Any] | None) -> list[str]:
    messages = (request or {}).get("messages")
    found: list[object] = []
    for item in messages if isinstance(messages, list) else ():
        content = item.get("content") if isinstance(item, dict) else None
        parts = content if isinstance(content, list) else [{"text": content}]
        found += [part.get("text") for part in parts if isinstance(part, dict)]
    return [text for text in found if isinstance(text, str)]


def _any_sent(own: Sequence[AskView], name: str, now: object) -> bool:
    return any(same(meant(name, (ask.request or {}).get(name)), meant(name, now)) for ask in own)


def _was_there_before(view: CaseView, lender: AskView, name: str, now: object) -> bool:
    """Whether the target had sent the same before anybody asked for it."""
    return any(
        call.exchange.arrived_s < lender.client.started_s and same((call.asked or {}).get(name), now)
        for call in view.calls
    )


def _is_telling(value: object) -> bool:
    """Whether a value is somebody's: not one that a target may well set by itself."""
    match value:
        case bool() | None:
            return False
        case int():
            return abs(value) > _TELLING_NUMBER
        case float():
            return not value.is_integer() and len(repr(value)) >= _TELLING_DIGITS
        case str():
            return len(value) >= _TELLING_CHARACTERS
        case _:
            return len(json.dumps(value)) >= _TELLING_CHARACTERS


def credentials_kept_back(view: CaseView) -> Iterator[Breach]:
    """The client's credentials do not reach upstream, unless clients bring the upstream's own."""
    if view.passes_credentials:
        return
    known = {secret: (ask, name) for ask in view.asks for name, secret in _secrets(ask) if secret not in view.secrets}
    for call in (*view.calls, *view.others):
        for secret, (bearer, name) in known.items():
            where = _place(call, secret)
            if where:
                ask = next((each for each in view.asks if each.nonce and each.nonce == call.exchange.nonce), bearer)
                told = f"{ask.name}: the client's {name} reached upstream in {where}"
                yield Breach(told, _CREDENTIALS[name.lower()])


def _secrets(ask: AskView) -> Iterator[tuple[str, str]]:
    for name, value in ask.client.request_headers:
        if name.lower() not in _CREDENTIALS:
            continue
        is_cookie = name.lower() == "cookie"
        words = [pair.partition("=")[2].strip() for pair in value.split(";")] if is_cookie else value.split()[-1:]
        yield from ((name, word) for word in words if len(word) >= _SHORTEST_SECRET)


def _place(call: UpstreamView, secret: str) -> str:
    """Say where in a call a secret stands, or nothing when it does not."""
    exchange = call.exchange
    header = next((name for name, value in exchange.request_headers if secret in value), None)
    if header is not None:
        return f"its header {header}"
    if secret in exchange.path or secret in exchange.query:
        return "its address"
    return "its body" if secret.encode() in exchange.body else ""


INVARIANTS = (
    Invariant("not-shared", Level.MUST, not_shared, late_proof=True),
    Invariant("credentials-kept-back", Level.MUST, credentials_kept_back, late_proof=True),
)
