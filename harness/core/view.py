"""A history made ready for judging: every exchange read, and client and upstream sides joined by the nonce.

The one rule: a view adds understanding, never opinion. Whether an upstream answer was whole is decided here by its
terminal marks and stated as one of three values, because some endings are honestly ambiguous.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from fault_injection.reply import header_of
from harness.core.history import ClientEnd, ClientExchange, History, Piece, UpstreamExchange
from harness.core.http_reader import ResponseReader
from harness.core.reading import Reading, read_body
from harness.core.target_file import Capabilities, Limits
from scenarios.prompt import NONCE

WINDOW_SLACK_S = 0.05
"""How long after an exchange's end an upstream request may arrive and still be its own: two processes' clocks agree,
but their readings are taken a little late."""


NOT_ASKED = frozenset({"stream", "stream_options"})
"""What a request says of the form of its answer; all else may change the answer."""
_EVIDENCE_BYTES = 4096
_MOST_DIGITS = 18
_MOST_FIELD_BYTES = 8_000
"""A longer field of a head many a client refuses (RFC 9110 §5.4), and has no answer at all then: aiohttp from 8,190 on,
Node.js from 16 KiB on, both settable."""
_SPENT = re.compile(r"\b(3036|4006)\b")
"""Workers AI's codes for an allowance that is used up (Cloudflare docs: Workers AI errors)."""


class Wholeness(StrEnum):
    """Whether upstream's answer was all there."""

    WHOLE = "whole"
    AMBIGUOUS = "ambiguous"
    """One of two end marks is missing; a target may take it either way."""
    BROKEN = "broken"
    """It stopped, stalled, failed inside or made no sense."""
    REFUSED = "refused"
    """An error status, or a reply that never got as far as a status."""
    UNREADABLE = "unreadable"
    """Its head was no HTTP or longer than many clients take, or it was too long to be kept; what a client made of it
    cannot be known."""


class UpstreamView:
    """One exchange at the mock, read as a client would have read it."""

    def __init__(self, exchange: UpstreamExchange) -> None:
        self.exchange = exchange

    @cached_property
    def _parsed(self) -> tuple[ResponseReader, tuple[Piece, ...], str | None, bool]:
        reader = ResponseReader(method=self.exchange.method)
        body: list[Piece] = []
        for piece in self.exchange.pieces:
            reader.feed(piece.data)
            taken = reader.take()
            if taken:
                body.append(Piece(piece.at_s, taken))
        problem = reader.problem  # before the end: an answer that only broke off has nothing wrong so far
        needs_no_end = reader.complete
        reader.eof()
        return reader, tuple(body), problem, needs_no_end

    @property
    def status(self) -> int | None:
        """The status sent, or None when no whole head was."""
        return self._parsed[0].status if self._parsed[0].head_done else None

    def header(self, name: str) -> str | None:
        """Return the first header of that name that was sent."""
        return header_of(self._parsed[0].headers, name)

    @property
    def has_huge_field(self) -> bool:
        """Whether a field of the head was longer than a client has to take."""
        return any(len(name) + len(value) > _MOST_FIELD_BYTES for name, value in self._parsed[0].headers)

    @property
    def problem(self) -> str | None:
        """What was wrong with the HTTP framing, or None, as for an answer that only broke off."""
        return self._parsed[2]

    @property
    def framed_whole(self) -> bool:
        """Whether the framing was finished."""
        return self._parsed[0].complete

    @cached_property
    def reading(self) -> Reading:
        """The answer as a careful client reads it."""
        body = self._parsed[1]
        return read_body(body, self.header("content-type") or "", self.header("content-encoding") or "")

    @cached_property
    def by_line(self) -> Reading:
        """The answer as a simple client reads it, which takes the lines of an event that makes no sense one by one."""
        if self.reading.form != "stream" or not self.reading.malformed:
            return self.reading
        encoding = self.header("content-encoding") or ""
        return read_body(self._parsed[1], self.header("content-type") or "", encoding, by_line=True)

    @cached_property
    def body_size_bytes(self) -> int:
        """How much of a body was sent."""
        return sum(len(piece.data) for piece in self._parsed[1])

    @property
    def is_kept_whole(self) -> bool:
        """Whether the history holds all that was sent, so that an answer can be compared with it."""
        return not self.exchange.unkept_bytes

    @property
    def is_good_status(self) -> bool:
        """Whether the status was a success."""
        return self.status is not None and 200 <= self.status < 300

    @cached_property
    def wholeness(self) -> Wholeness:
        """Whether the answer was all there, judged by its terminal marks."""
        reading = self.reading
        no_head = (self.problem is not None and self.status is None) or self.has_huge_field
        if no_head or not self.is_kept_whole:
            return Wholeness.UNREADABLE
        if not self.is_good_status:
            return Wholeness.REFUSED
        if reading.error is not None or reading.form in ("nothing", "other"):
            return Wholeness.BROKEN
        if reading.form == "json":
            if not reading.choices:
                return Wholeness.BROKEN
            good = self.framed_whole and not reading.malformed
            return Wholeness.WHOLE if good else Wholeness.AMBIGUOUS  # all of the JSON is there
        native = self.exchange.surface == "ai.run"
        if reading.done and (reading.has_finish or native):
            return Wholeness.WHOLE
        return Wholeness.AMBIGUOUS if reading.done or reading.has_finish else Wholeness.BROKEN

    @property
    def is_retryable(self) -> bool:
        """Whether a client may ask again: 408, 429, 5xx, or no answer at all; a spent allowance is for good."""
        spent = _SPENT.search(self.body_text) is not None
        return self.status is None or (self.status in (408, 429) and not spent) or self.status >= 500

    @cached_property
    def body_text(self) -> str:
        """The start of the body, for evidence."""
        start = b""
        for piece in self._parsed[1]:
            start += piece.data[:_EVIDENCE_BYTES]
            if len(start) >= _EVIDENCE_BYTES:
                break
        return start[:_EVIDENCE_BYTES].decode(errors="replace")

    @property
    def retry_after_s(self) -> int | None:
        """The wait that the answer asked for, where it is said in seconds."""
        value = self.header("retry-after") or ""
        return int(value) if value.isascii() and value.isdigit() and len(value) < _MOST_DIGITS else None

    @property
    def ended_s(self) -> float:
        """When it was over, or infinity while it runs.

        An answer is over with the last byte that its framing promised, however long its connection stays open behind
        it (RFC 9112 §8, §9.3): a client has put that connection by for its next request.
        """
        end_s = self.exchange.end_s if self.exchange.end_s is not None else float("inf")
        taken_s = self.exchange.taken_s
        return min(end_s, taken_s) if taken_s is not None and self._parsed[3] else end_s


@dataclass
class AskView:
    """One request to the target: what was asked, what was understood, and upstream's part in it."""

    client: ClientExchange
    reading: Reading
    nonce: str
    request: dict[str, Any] | None
    """The request's JSON object, or None when it was not one."""
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

    @cached_property
    def key(self) -> str:
        """Everything about the request that may change the answer, in one canonical text."""
        asked = {name: value for name, value in (self.request or {}).items() if name not in NOT_ASKED}
        try:
            return f"{self.client.path} {json.dumps(asked, sort_keys=True)}"
        except RecursionError:
            return f"{self.client.path} {self.client.moves.body!r}"

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


@dataclass(slots=True)
class CaseView:
    """A whole case, ready for the invariants. `secrets` are what must never reach a client."""

    asks: tuple[AskView, ...]
    others: tuple[UpstreamView, ...]
    """Upstream exchanges that are not AI calls: Workers KV and probes."""
    calls: tuple[UpstreamView, ...]
    """Every AI call."""
    earlier: tuple[UpstreamView, ...]
    """AI calls from before the case, whose effect the target may still carry."""
    alive: AskView | None
    claims: Capabilities
    limits: Limits
    history: History
    model: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False)


def build(
    history: History,
    claims: Capabilities,
    limits: Limits,
    *,
    model: str = "",
    secrets: tuple[str, ...] = (),
) -> CaseView:
    """Read every exchange of a history and join both sides."""
    views = [UpstreamView(exchange) for exchange in sorted(history.upstreams, key=lambda item: item.arrived_s)]
    calls = tuple(view for view in views if view.exchange.surface in ("ai.chat", "ai.run"))
    others = tuple(view for view in views if view.exchange.surface not in ("ai.chat", "ai.run"))
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
    )


def _ask(client: ClientExchange, nonce: str, mine: list[UpstreamView], rivals: list[ClientExchange]) -> AskView:
    before = [view for view in mine if _in_time(client, view.exchange.arrived_s, rivals)]
    known = set(map(id, before))
    return AskView(
        client=client,
        reading=read_body(client.pieces, client.header("content-type") or "", client.header("content-encoding") or ""),
        nonce=nonce,
        request=_json_object(client.moves.body),
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


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
