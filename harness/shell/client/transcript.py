"""One request to make, and what is observed of it while it is made: what the clients of this layer share.

The one rule: it only writes down. When to read, how long to wait and when to leave is its client's business.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from fault_injection.client import ClientMoves
from fault_injection.reply import Headers
from harness.core.observed.codings import UndecodableError, decoding
from harness.core.observed.history import ClientEnd, ClientExchange, Piece
from harness.core.observed.http_reader import ResponseReader
from harness.core.observed.sse import Decoder
from harness.shell.client.putting import coded, head_of, headers_of, pieces_of, target_of

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
    talk: str = ""
    """The conversation that it belongs to, as the history has it."""
    dialect: str = ""
    """The dialect in which it is put."""


class Transcript:
    """What is observed of one exchange, from the moment when it is made; its client stamps `sent_s`."""

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self.url = urlsplit(ask.url)
        manner = ask.moves.manner
        self.reader = ResponseReader(ask.method, version=manner.version)
        self.problem = ""
        self.started_s = time.monotonic()
        self.sent_s: float | None = None
        self.head_s: float | None = None
        self.rode_on = False
        """Whether the connection had served a request before, or was to serve one first."""
        self.dropped = False
        """Whether a connection that had promised to stay was closed before this request was answered on it."""
        self.unasked = b""
        """What came on the connection while nothing was asked on it."""
        self.expected_in_vain = False
        """Whether a client that asked to be told when to send its body was told nothing, and sent it."""
        self.body = coded(ask.moves.body, manner)
        """The body as it goes out."""
        self._target = self.url.path.rstrip("/") + target_of(ask.path, manner.query)
        self._headers = headers_of(ask.headers, ask.method, ask.moves, len(self.body), self.url)
        self._events = _EventCounter()
        self._pieces: list[Piece] = []

    @property
    def head(self) -> bytes:
        """The head of the request, blank line included."""
        return head_of(self.ask.method, self._target, self.ask.moves.manner.version, self._headers)

    @property
    def request(self) -> bytes:
        """All of the request, head and body."""
        return self.head + b"".join(pieces_of(self.body, self.ask.moves))

    def take(self, data: bytes, now_s: float) -> range:
        """Note what arrived and return the numbers, from 1, of the events that it completes.

        Events are server-sent events that carry data, or lines that are not blank in an answer of any other type.
        """
        reader = self.reader
        reader.feed(data)
        if reader.head_done and self.head_s is None:
            self.head_s = now_s
            self._events.start(reader.header("content-type") or "", reader.header("content-encoding") or "")
        body = reader.take()
        if body:
            self._pieces.append(Piece(now_s, body))
        return self._events.feed(body)

    def renew(self) -> None:
        """Forget an answer that never began, and the request that it was for: both come on another connection."""
        self.reader = ResponseReader(self.ask.method, version=self.ask.moves.manner.version)
        self.problem, self.sent_s = "", None

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
            talk=self.ask.talk,
            dialect=self.ask.dialect,
            rode_on=self.rode_on,
            dropped=self.dropped,
            unasked=self.unasked,
            interim=self.reader.interim,
            expected_in_vain=self.expected_in_vain,
        )


class _EventCounter:
    """Numbers the events of a body, from 1."""

    def __init__(self) -> None:
        self._coding = decoding("")
        self._decoder: Decoder | None = None
        self._line_begun = False
        self._count = 0

    def start(self, content_type: str, content_encoding: str) -> None:
        """Choose by type what an event is, and by coding how it is read."""
        self._coding = decoding(content_encoding)
        if "event-stream" in content_type:
            self._decoder = Decoder()

    def feed(self, body: bytes) -> range:
        """Return the numbers of the events that this piece completes."""
        with suppress(UndecodableError):
            body = self._coding.feed(body)
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
