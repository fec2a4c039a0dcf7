"""The messages of a WebSocket: which of them ends an answer, and what is seen of one question.

The one rule: a message becomes an event of a stream, so that the same readers read both.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Any, Final

from fault_injection.reply import Headers
from harness.core.observed.history import ClientEnd, ClientExchange, Piece
from harness.shell.client.transcript import Ask

EVENTS: Final[Headers] = (("content-type", "text/event-stream"),)
"""What is said of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a WebSocket is, and who opens it: an `http` or `https` URL, a path, and headers of the handshake."""

    url: str
    path: str
    headers: Headers
    talk: str
    identity: str
    name: str


def is_last(data: str | bytes) -> bool:
    """Whether a message ends an answer: `[DONE]`, or an object that tells an error."""
    told = _read(data)
    return _text(data).strip() == "[DONE]" or bool(told.get("error") or told.get("errors") or _is_typed(told))


def as_event(data: str | bytes) -> bytes:
    """Return a message as a server-sent event; one that says by its type that it is an error is named so."""
    text = data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")
    name = b"event: error\n" if _is_typed(_read(data)) else b""
    return name + b"".join(b"data: %b\n" % line for line in text.splitlines() or [b""]) + b"\n"


def _is_typed(told: dict[str, Any]) -> bool:
    return told.get("type") == "error" and not told.get("error")


def _read(data: str | bytes) -> dict[str, Any]:
    try:
        value = json.loads(_text(data))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _text(data: str | bytes) -> str:
    return data if isinstance(data, str) else data.decode("utf-8", "replace")


@dataclass(slots=True)
class Seen:
    """What is seen of one question over a socket."""

    place: Place
    ask: Ask
    started_s: float = field(default_factory=time.monotonic)
    sent_s: float | None = None
    pieces: list[Piece] = field(default_factory=list)

    def take(self, data: str | bytes) -> None:
        """Note a message."""
        self.pieces.append(Piece(time.monotonic(), as_event(data)))

    def outcome(
        self, end: ClientEnd, problem: str, *, end_s: float | None = None, close_code: int | None = None
    ) -> ClientExchange:
        """Return everything that was seen, now that it is over."""
        refused = end is ClientEnd.REFUSED
        return ClientExchange(
            method="GET",
            path=self.place.path,
            request_headers=self.place.headers,
            moves=self.ask.moves,
            started_s=self.started_s,
            sent_s=self.sent_s,
            head_s=self.pieces[0].at_s if self.pieces else None,
            status=None if refused else 200,
            headers=() if refused else EVENTS,
            pieces=tuple(self.pieces),
            end=end,
            end_s=time.monotonic() if end_s is None else end_s,
            problem=problem,
            label=self.ask.label,
            identity=self.ask.identity,
            talk=self.place.talk,
            socket=self.place.name,
            close_code=close_code,
        )
