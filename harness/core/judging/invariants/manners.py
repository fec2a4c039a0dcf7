"""What is unusual about the way a request was put, and with which statuses HTTP lets a server decline that.

The one rule: a form that is not told here is an everyday one, with which nobody may have any trouble.
"""

from __future__ import annotations

from dataclasses import dataclass

from fault_injection.client import PLAIN_MANNER, Manner
from harness.core.judging.view import AskView

_ANY_4XX = frozenset(range(400, 500))
_LONG_BYTES = 4_000
"""Servers take header fields of eight kilobytes in all (RFC 9110 §5.4 sets no limit); a longer one may be refused."""
_ASCII = 128
_NEWER_CODINGS = frozenset({"br", "zstd"})
_UNREADABLE = frozenset({400, 415})


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What is unusual: in words that follow "a request", and the statuses that decline it. `is_free` says that a target
    may have its reasons for any other 4xx."""

    told: str
    may_get: frozenset[int]
    is_free: bool = False


def form_of(ask: AskView) -> Form | None:
    """Return what is unusual about a request, or None for one as every client sends it."""
    manner = ask.client.moves.manner
    found = [form for form in (*_manner(manner), *_headers(ask)) if form is not None]
    if not found:
        return None
    return Form(
        told=" ".join(form.told for form in found),
        may_get=frozenset(status for form in found for status in form.may_get),
        is_free=any(form.is_free for form in found),
    )


def is_declined_unread(ask: AskView) -> bool:
    """Whether the HTTP server below a target may have declined a request, in words of its own, before it saw any of it.

    Servers decode bodies as they parse them, and not all of them know the newer codings (RFC 9110 §15.5.16 asks for a
    status, and not for words).
    """
    coding = ask.client.moves.manner.content_encoding
    return coding in _NEWER_CODINGS and ask.client.status in _UNREADABLE and not ask.own


def _manner(manner: Manner) -> list[Form | None]:
    chunked = manner.framing != PLAIN_MANNER.framing and manner.version == PLAIN_MANNER.version
    extras = " with extensions and trailers" if manner.framing == "chunked-with-extras" else ""
    return [
        Form(told=f"in HTTP/{manner.version}", may_get=frozenset({426, 505})) if manner.version == "1.0" else None,
        # RFC 9112 §6.3: a length may be required; §7.1.1: extensions that are not known are ignored.
        Form(told=f"in chunks{extras}", may_get=frozenset({411})) if chunked else None,
        _typed(manner.content_type),
        Form(told=f"coded as {manner.content_encoding}", may_get=_ANY_4XX) if manner.content_encoding else None,
        Form(told=f"with Accept-Encoding: {manner.accept_encoding}", may_get=frozenset({406}))
        if manner.accept_encoding
        else None,
        Form(told="with Expect: 100-continue", may_get=frozenset({417})) if manner.expects_continue else None,
        Form(told=f"with the query ?{manner.query}", may_get=frozenset(), is_free=True) if manner.query else None,
    ]


def _typed(content_type: str) -> Form | None:
    if content_type == PLAIN_MANNER.content_type:
        return None
    if not content_type:
        return Form(told="without a Content-Type", may_get=_ANY_4XX)
    name, _, _ = content_type.partition(";")
    # RFC 9110 §8.3.1: names of types have no case; RFC 8259 §11: a charset has no effect on who reads JSON.
    is_json = name.strip().lower() == PLAIN_MANNER.content_type
    return Form(told=f"with Content-Type: {content_type}", may_get=frozenset() if is_json else _ANY_4XX)


def _headers(ask: AskView) -> list[Form | None]:
    found: list[Form | None] = []
    for name, value in ask.client.request_headers:
        if len(value) > _LONG_BYTES:
            found.append(Form(told=f"with a header of {len(value)} bytes", may_get=frozenset({400, 413, 431})))
        elif any(ord(character) >= _ASCII for character in value):
            found.append(Form(told="with a header beyond ASCII", may_get=frozenset({400})))
        elif name.lower().startswith("x-") and not value:
            found.append(Form(told="with an empty header", may_get=frozenset()))
        elif name.lower() == "if-none-match":
            found.append(Form(told=f"with {name}: {value}", may_get=frozenset({412})))
    return found
