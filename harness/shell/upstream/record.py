"""One exchange at a mock while it runs: what was asked, what was sent and how it ended.

The one rule: it is filled in as things happen, never afterwards, so that a snapshot taken at any moment is true.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from fault_injection.reply import Headers
from harness.core.observed.history import Bypassed, Piece, Unkept, UpstreamEnd, UpstreamExchange

_PER_S = 10
"""In so many parts of a second it is known how much was sent of what is not kept."""


@dataclass(slots=True, kw_only=True, eq=False)
class Record:
    """One exchange while it runs. Everything but the head is filled in as it happens."""

    number: int
    connection: int
    method: str
    path: str
    query: str
    request_headers: Headers
    body: bytes
    body_bytes: int
    arrived_s: float
    surface: str = "unknown"
    model: str = ""
    nonce: str = ""
    faults: tuple[str, ...] = ()
    bypassed: tuple[Bypassed, ...] = ()
    struck_byte: int | None = None
    sent: list[bytes] = field(default_factory=list)
    """What each piece held that was handed to the system."""
    sent_at_s: list[float] = field(default_factory=list)
    """When each of them was."""
    sent_bytes: int = 0
    unkept_bytes: int = 0
    unkept: list[Unkept] = field(default_factory=list)
    kept_bytes: int = 0
    end: UpstreamEnd = UpstreamEnd.RUNNING
    end_s: float | None = None
    taken_s: float | None = None
    whole: bool = False
    forgotten: bool = False
    """Whether the journal has let go of it; it then still runs, but takes no memory that is counted."""
    digest: str = ""
    """The SHA-256 of a body that is not kept."""
    _pieces: tuple[Piece, ...] = ()
    _frozen: UpstreamExchange | None = None

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """What was sent so far, made anew only as far as nobody has asked for it yet."""
        known = len(self._pieces)
        self._pieces += tuple(map(Piece, self.sent_at_s[known:], self.sent[known:]))
        return self._pieces

    def note_unkept(self, size: int, at_s: float) -> None:
        """Note how much was sent that is not kept: a number for each tenth of a second."""
        self.unkept_bytes += size
        if self.unkept and int(self.unkept[-1].at_s * _PER_S) == int(at_s * _PER_S):
            size += self.unkept.pop().size_bytes
        self.unkept.append(Unkept(at_s, size))

    @property
    def body_sha256(self) -> str:
        """The SHA-256 of the request's body; most are never asked for theirs."""
        if not self.digest:
            self.digest = hashlib.sha256(self.body).hexdigest()
        return self.digest

    def snapshot(self) -> UpstreamExchange:
        """Return what is known so far."""
        if self._frozen is not None:
            return self._frozen
        exchange = UpstreamExchange(
            number=self.number,
            connection=self.connection,
            surface=self.surface,
            method=self.method,
            path=self.path,
            query=self.query,
            request_headers=self.request_headers,
            body=self.body,
            body_bytes=self.body_bytes,
            body_sha256=self.body_sha256,
            model=self.model,
            nonce=self.nonce,
            arrived_s=self.arrived_s,
            faults=self.faults,
            bypassed=self.bypassed,
            struck_byte=self.struck_byte,
            pieces=self.pieces,
            unkept_bytes=self.unkept_bytes,
            unkept=tuple(self.unkept),
            end=self.end,
            end_s=self.end_s,
            taken_s=self.taken_s,
            whole=self.whole,
        )
        if self.end is not UpstreamEnd.RUNNING:
            self._frozen = exchange
        return exchange
