"""One request to make, and what is observed of it while it is made: what the clients of this layer share.

The one rule: it only writes down. When to read, how long to wait and when to leave is its client's business.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from fault_injection.client import ClientMoves
from fault_injection.reply import Headers
from harness.core.observed.history import ClientEnd, ClientExchange, Piece
from harness.core.observed.http_reader import ResponseReader
from harness.core.observed.sse import Decoder

READ_BYTES = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request to make. `patience_s` bounds the whole exchange, from the connection to the last byte.

    Host and Content-Length are added unless `headers` holds them; `path` follows whatever path `url` has.
    """

    url: str
    path: str
    method: str = "POST"
    headers: Headers = ()
    moves: ClientMoves = field(default_factory=ClientMoves)
    patience_s: float = 30.0
    label: str = ""
    identity: str = ""


class Transcript:
    """What is observed of one exchange, from the moment when it is made; its client stamps `sent_s`."""

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self.url = urlsplit(ask.url)
        self.reader = ResponseReader(ask.method)
        self.problem = ""
        self.started_s = time.monotonic()
        self.sent_s: float | None = None
        self.head_s: float | None = None
        self._target = self.url.path.rstrip("/") + ask.path
        self._headers = _framed(ask, self.url)
        self._events = _EventCounter()
        self._pieces: list[Piece] = []

    @property
    def head(self) -> bytes:
        """The head of the request, blank line included."""
        lines = [f"{self.ask.method} {self._target} HTTP/1.1", *(f"{name}: {value}" for name, value in self._headers)]
        return "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"

    def take(self, data: bytes, now_s: float) -> range:
        """Note what arrived and return the numbers, from 1, of the events that it completes.

        Events are server-sent events that carry data, or lines that are not blank in an answer of any other type.
        """
        reader = self.reader
        reader.feed(data)
        if reader.head_done and self.head_s is None:
            self.head_s = now_s
            self._events.start(reader.header("content-type") or "")
        body = reader.take()
        if body:
            self._pieces.append(Piece(now_s, body))
        return self._events.feed(body)

    @property
    def is_over(self) -> bool:
        """Whether the answer has come to its end, or cannot be read any further."""
        return self.reader.complete or self.reader.stopped

    def framed(self) -> ClientEnd:
        """Say how an answer that is over ended, by its framing."""
        self.problem = self.reader.problem or ""
        return ClientEnd.BAD_FRAMING if self.problem else ClientEnd.COMPLETE

    def closed(self) -> ClientEnd:
        """Say how the answer ended, now that the connection has."""
        self.reader.eof()
        if self.reader.complete:
            return self.framed()
        self.problem = self.reader.problem or ""
        return ClientEnd.CLOSED_EARLY

    def broken(self, error: OSError) -> ClientEnd:
        """Say how the answer ended, now that the connection has broken."""
        self.problem = f"{error.strerror or repr(error)} after {self.reader.body_bytes} bytes of body"
        return ClientEnd.RESET

    def unconnected(self, error: OSError) -> ClientEnd:
        """Say that there never was a connection."""
        self.problem = f"no connection: {error}"
        return ClientEnd.REFUSED

    def overdue(self) -> ClientEnd:
        """Say that patience has come to its end first."""
        self.problem = f"no end within {self.ask.patience_s:g} s"
        return ClientEnd.TIMED_OUT

    def outcome(self, end: ClientEnd, *, end_s: float) -> ClientExchange:
        """Return everything that was observed."""
        return ClientExchange(
            method=self.ask.method,
            path=self._target,
            request_headers=self._headers,
            moves=self.ask.moves,
            started_s=self.started_s,
            sent_s=self.sent_s,
            head_s=self.head_s,
            status=self.reader.status if self.reader.head_done else None,
            headers=self.reader.headers,
            pieces=tuple(self._pieces),
            end=end,
            end_s=end_s,
            problem=self.problem,
            label=self.ask.label,
            identity=self.ask.identity,
        )


class _EventCounter:
    """Numbers the events of a body, from 1."""

    def __init__(self) -> None:
        self._decoder: Decoder | None = None
        self._line_begun = False
        self._count = 0

    def start(self, content_type: str) -> None:
        """Choose by type what an event is."""
        if "event-stream" in content_type:
            self._decoder = Decoder()

    def feed(self, body: bytes) -> range:
        """Return the numbers of the events that this piece completes."""
        fresh = self._lines_ended(body) if self._decoder is None else len(self._decoder.feed(body))
        first = self._count + 1
        self._count += fresh
        return range(first, self._count + 1)

    def _lines_ended(self, body: bytes) -> int:
        """Count the lines with something in them that this piece ends; none is kept, however long it gets."""
        *ended, rest = body.split(b"\n")
        fresh = 0
        for line in ended:
            fresh += self._line_begun or bool(line.strip())
            self._line_begun = False
        self._line_begun = self._line_begun or bool(rest.strip())
        return fresh


def _framed(ask: Ask, url: SplitResult) -> Headers:
    """Return the headers of a request with those that its framing needs."""
    names = {name.lower() for name, _ in ask.headers}
    added: list[tuple[str, str]] = []
    if "host" not in names:
        added.append(("Host", url.netloc.rpartition("@")[2]))
    if not names & {"content-length", "transfer-encoding"} and (ask.moves.body or ask.method in ("POST", "PUT")):
        added.append(("Content-Length", str(len(ask.moves.body))))
    return (*added, *ask.headers)
