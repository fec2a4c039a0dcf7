"""A history made ready for judging: every exchange read, and client and upstream sides joined by the nonce.

The one rule: a view adds understanding, never opinion.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from harness.core.judging.upstream.view import MODELS, UpstreamView, Wholeness
from harness.core.observed.bodies import read_answer
from harness.core.observed.dialects.names import CHATS, ERRORS_INSIDE
from harness.core.observed.history import ClientEnd, ClientExchange, History
from harness.core.observed.reading import Reading
from harness.core.target.claims import Capabilities, Limits
from harness.core.target.dialects import request_of
from harness.core.target.rewrites import Rewrites
from scenarios.prompt import NONCE

WINDOW_SLACK_S = 0.05
"""How long after an exchange's end an upstream request may arrive and still be its own: both ends are read by one loop,
which may come to them in either order. No answer can come of such a request, so it only adds to what was asked."""


NOT_ASKED = frozenset({"stream", "stream_options"})
"""What a request says of the form of its answer; all else may change the answer."""


@dataclass
class AskView:
    """One request to the target: what was asked, what was understood, and upstream's part in it."""

    client: ClientExchange
    reading: Reading
    nonce: str
    request: dict[str, Any] | None
    """The request's JSON object, or what it comes to in OpenAI's words; None when it was no object."""
    known: tuple[UpstreamView, ...] = ()
    """Every AI call with this nonce that arrived before this exchange ended, its own included."""
    own: tuple[UpstreamView, ...] = ()
    """Those that arrived while it was under way."""
    later: tuple[UpstreamView, ...] = ()
    """Those that arrived after it had ended."""

    @property
    def name(self) -> str:
        """What to call it in a message."""
        return self.client.label or f"{self.client.method} {self.client.path}"

    @property
    def wants_stream(self) -> bool:
        """Whether a stream was asked for."""
        return bool(self.request and self.request.get("stream") is True)

    @property
    def is_translated(self) -> bool:
        """Whether the target has to put the answer into a dialect with words of its own."""
        return self.client.dialect not in CHATS

    @property
    def is_told_inside(self) -> bool:
        """Whether its dialect tells of failures inside an answer under status 200."""
        return self.client.dialect in ERRORS_INSIDE

    @property
    def stayed(self) -> bool:
        """Whether the client waited for the end."""
        return self.client.end is not ClientEnd.LEFT

    @property
    def succeeded(self) -> bool:
        """Whether the client would take what it got for a finished, good answer.

        JSON has no end mark of its own, so there the framing counts: a body that is cut off raises an error.
        """
        framed = self.reading.form == "stream" or self.client.end is ClientEnd.COMPLETE
        return self.client.status == 200 and self.reading.claims_success and framed

    @property
    def only_passed_on(self) -> bool:
        """Whether all that looks like success is upstream's own finish reason, from before its error.

        A pipe has passed it on before it can know; it says nothing of its own as long as no `[DONE]` is behind it.
        """
        if self.reading.form != "stream" or self.reading.done:
            return False
        failed = [call.reading for call in self.known if call.reading.error is not None]
        return any(read.has_finish and read.finishes == self.reading.finishes for read in failed)

    @cached_property
    def key(self) -> str:
        """Everything about the request that may change the answer, in one canonical text."""
        asked = {name: value for name, value in (self.request or {}).items() if name not in NOT_ASKED}
        return f"{self.client.path} {json.dumps(asked, sort_keys=True)}"

    @cached_property
    def source(self) -> UpstreamView | None:
        """The upstream answer that this one most likely came from: same text, else the last that had any."""
        if self.succeeded or not self.reading.is_empty:
            for view in reversed(self.known):
                laundered = view.wholeness is Wholeness.BROKEN and self.succeeded
                if view.is_good_status and not laundered and view.reading.text == self.reading.text:
                    return view
        with_text = [view for view in self.known if view.is_good_status and not view.reading.is_empty]
        good = [view for view in self.known if view.is_good_status]
        return (with_text or good or [None])[-1]  # type: ignore[list-item]  # None stands for: there was none


@dataclass
class CaseView:
    """A whole case, ready for the invariants. `secrets` are what must never reach a client."""

    asks: tuple[AskView, ...]
    others: tuple[UpstreamView, ...]
    """Upstream exchanges that are not AI calls: Workers KV and probes."""
    calls: tuple[UpstreamView, ...]
    """Every AI call."""
    earlier: tuple[UpstreamView, ...]
    """AI calls of others, from before the case or beside it, whose effect the target may still carry."""
    alive: AskView | None
    claims: Capabilities
    limits: Limits
    history: History
    model: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    rewrites: Rewrites = field(default_factory=Rewrites)
    """What the target changes in requests on purpose."""
    passes_credentials: bool = False
    """Whether clients bring the upstream's own token, so that what they bring is meant to go there."""
    notices_by_writing: bool = False
    """Whether the target notices only by writing that a client has left, as workerd does where it runs locally."""

    @cached_property
    def told_s(self) -> Mapping[int, float]:
        """When the last client that stayed and that a call was made for had its answer, by the call's `id()`."""
        told: dict[int, float] = {}
        for ask in self.asks:
            for call in ask.own if ask.stayed else ():
                told[id(call)] = max(ask.client.end_s, told.get(id(call), ask.client.end_s))
        return told


def build(
    history: History,
    claims: Capabilities,
    limits: Limits,
    *,
    model: str = "",
    secrets: tuple[str, ...] = (),
    rewrites: Rewrites | None = None,
    passes_credentials: bool = False,
    notices_by_writing: bool = False,
) -> CaseView:
    """Read every exchange of a history and join both sides."""
    spoken = {_nonce(client): client.dialect for client in history.clients if client.dialect not in CHATS}
    views = [
        UpstreamView(exchange, told_in=spoken.get(exchange.nonce, ""))
        for exchange in sorted(history.upstreams, key=lambda item: item.arrived_s)
    ]
    calls = tuple(view for view in views if view.exchange.surface in MODELS)
    others = tuple(view for view in views if view.exchange.surface not in MODELS)
    nonces = [_nonce(client) for client in history.clients]
    askers: dict[str, list[ClientExchange]] = {}
    for client, nonce in zip(history.clients, nonces, strict=True):
        askers.setdefault(nonce, []).append(client)
    answers: dict[str, list[UpstreamView]] = {}
    for call in calls:
        answers.setdefault(call.exchange.nonce, []).append(call)

    def ask(client: ClientExchange, nonce: str) -> AskView:
        rivals = [other for other in askers.get(nonce, ()) if other is not client]
        return _ask(client, nonce, answers.get(nonce, []) if nonce else [], rivals)

    return CaseView(
        asks=tuple(ask(client, nonce) for client, nonce in zip(history.clients, nonces, strict=True)),
        others=others,
        calls=calls,
        earlier=tuple(UpstreamView(exchange) for exchange in history.earlier),
        alive=ask(history.alive, _nonce(history.alive)) if history.alive else None,
        claims=claims,
        limits=limits,
        history=history,
        model=model,
        secrets=secrets,
        rewrites=rewrites or Rewrites(),
        passes_credentials=passes_credentials,
        notices_by_writing=notices_by_writing,
    )


def _ask(client: ClientExchange, nonce: str, mine: list[UpstreamView], rivals: list[ClientExchange]) -> AskView:
    before = [view for view in mine if _in_time(client, view.exchange.arrived_s, rivals)]
    known = set(map(id, before))
    return AskView(
        client=client,
        reading=read_answer(client),
        nonce=nonce,
        request=request_of(client.moves.body, dialect=client.dialect),
        known=tuple(before),
        own=tuple(view for view in before if client.started_s <= view.exchange.arrived_s),
        later=tuple(view for view in mine if id(view) not in known),
    )


def _in_time(client: ClientExchange, arrived_s: float, rivals: list[ClientExchange]) -> bool:
    """Whether a call came before the exchange's end, or so soon after it that nobody else can have caused it."""
    if arrived_s <= client.end_s:
        return True
    caused_by_another = any(other.started_s <= arrived_s <= other.end_s + WINDOW_SLACK_S for other in rivals)
    return arrived_s <= client.end_s + WINDOW_SLACK_S and not caused_by_another


def _nonce(client: ClientExchange) -> str:
    found = NONCE.search(client.moves.body.decode(errors="replace"))
    return found.group() if found else ""
