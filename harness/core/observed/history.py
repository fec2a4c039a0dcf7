"""What happened in a case, on both sides of the target, as data.

The one rule: a history holds observations only. Whatever is concluded from them (the answer a client read, a broken
promise) is computed elsewhere and can be computed again from here.

All times are seconds on one monotonic clock, shared by both sides.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fault_injection.client import ClientMoves
from fault_injection.reply import Headers, header_of
from harness.core.observed.binding import BINDING_HEADER, kind_of
from scenarios.case import Act
from scenarios.deed import Deed


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes as one read or one write saw them."""

    at_s: float
    data: bytes


class ClientEnd(StrEnum):
    """How an exchange ended as the client saw it."""

    COMPLETE = "complete"
    """The framing says the answer is whole (or it ran until a polite close without any length)."""
    CLOSED_EARLY = "closed early"
    """The connection closed before the framing was done, or before any answer."""
    RESET = "reset"
    LEFT = "left"
    """The client itself went, as its moves said."""
    TIMED_OUT = "timed out"
    """Nothing more came until the client's own patience ended."""
    REFUSED = "refused"
    """No connection could be made."""
    BAD_FRAMING = "bad framing"
    """What came is not HTTP/1.1 as RFC 9112 has it; `problem` says where."""


class UpstreamEnd(StrEnum):
    """How an exchange ended as the mock saw it."""

    KEPT = "kept"
    """Everything was sent and the connection stays open."""
    CLOSED = "closed"
    RESET = "reset"
    PEER_LEFT = "peer left"
    """The target closed or reset the connection before the script was over: in a pause, unread, or in a long breath."""
    RUNNING = "running"
    """Not over yet when the history was taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientExchange:
    """One request to the target and what came of it. `pieces` are body bytes, freed of their framing."""

    method: str
    path: str
    request_headers: Headers
    moves: ClientMoves
    started_s: float
    sent_s: float | None
    """When the last byte of the request had been handed to the system; None when it never was."""
    head_s: float | None
    status: int | None
    headers: Headers
    pieces: tuple[Piece, ...]
    end: ClientEnd
    end_s: float
    problem: str = ""
    label: str = ""
    """Which step of its case this is."""
    identity: str = ""
    """Which of the two client identities asked."""
    rode_on: bool = False
    """Whether another request had gone out on its connection before."""
    dropped: bool = False
    """Whether a connection that had promised to stay closed before it answered; a fresh one was used then."""
    unasked: bytes = b""
    """What came on its connection while nothing was asked there, as far as it was kept; a fresh one was used then."""
    interim: tuple[int, ...] = ()
    """The statuses of the interim answers (1xx) that came first."""
    expected_in_vain: bool = False
    """Whether a client that asked to be told when to send its body was told nothing in time, and sent it."""
    talk: str = ""
    """The case's name of the conversation that it belongs to; empty for none."""
    socket: str = ""
    """The case's name of the WebSocket that it went over; empty: by HTTP. What came there is shown as the events of a
    stream under status 200, a message each, since a message has no status of its own."""
    dialect: str = ""
    """The dialect in which it was put; empty: that of chat completions, OpenAI's or Workers AI's."""
    close_code: int | None = None
    """The code with which the target closed a WebSocket or answered its close: 1006 where it said nothing (RFC 6455
    §7.4.1), None while it is open."""

    def header(self, name: str) -> str | None:
        """Return the first answer header of that name, whatever its case."""
        return header_of(self.headers, name)

    @property
    def body(self) -> bytes:
        """The answer's body, as far as it came."""
        return b"".join(piece.data for piece in self.pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What a request to a chat service was for."""

    deed: Deed
    nonce: str = ""
    """What its question carries, its search looks for, or its title or prompt holds."""
    text: str = ""
    """The question, title, prompt or search as it was put."""
    model: str = ""
    """The model that was asked for; empty where none was named."""
    conversation: str = ""
    """The id of the conversation that the request named; empty where it named none."""
    agent: str = ""
    """The id of the agent that the request named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What was done with a conversation besides asking in it. `exchange` is a request by HTTP, or a WebSocket from its
    opening to its end, with its messages as events."""

    act: Act
    exchange: ClientExchange
    has_ponged: bool = False
    """Whether the ping that was sent came back."""
    errand: Errand | None = None
    """What it was for at a chat service; None: it was none of its requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bypassed:
    """A fault, as a spec, that was chosen for an exchange and could not strike it, and why."""

    fault: str
    because: str


@dataclass(frozen=True, slots=True)
class Unkept:
    """Bytes that were sent and are not kept, the last of them `at_s`."""

    at_s: float
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class UpstreamExchange:
    """One request that reached the mock and what the mock did. `pieces` are wire bytes, head and framing included."""

    number: int
    """Order of arrival at this mock, from 1."""
    connection: int
    surface: str
    method: str
    path: str
    query: str = ""
    request_headers: Headers
    body: bytes
    """The request's body; empty when it was over the journal's bound (see `body_bytes` and `body_sha256`)."""
    body_bytes: int
    body_sha256: str
    model: str = ""
    nonce: str = ""
    arrived_s: float
    faults: tuple[str, ...] = ()
    """The faults applied, as specs."""
    bypassed: tuple[Bypassed, ...] = ()
    struck_byte: int | None = None
    """How many bytes of its answer passed as they should before the first fault showed; None where nobody knows."""
    pieces: tuple[Piece, ...] = ()
    unkept_bytes: int = 0
    """What was sent behind the pieces, over the bound of what is kept of one answer."""
    unkept: tuple[Unkept, ...] = ()
    """When that was sent: what went out in a tenth of a second together."""
    end: UpstreamEnd
    end_s: float | None = None
    taken_s: float | None = None
    """When the system had taken the last of what was sent; None while a peer that does not read keeps it waiting."""
    whole: bool = True
    """Whether every action of the script was performed."""

    def header(self, name: str) -> str | None:
        """Return the first request header of that name, whatever its case."""
        return header_of(self.request_headers, name)

    @property
    def binding(self) -> str:
        """The kind of a Worker's binding that the call comes from; empty for a call that a target made by itself."""
        return kind_of(self.header(BINDING_HEADER))

    @property
    def wire(self) -> bytes:
        """Every byte the mock sent for this exchange, as far as it was kept."""
        return b"".join(piece.data for piece in self.pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The target's resources at one moment, all its processes together. `label` is the step that had just ended."""

    at_s: float
    label: str
    resident_bytes: int
    descriptors: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeapSample:
    """What all isolates of a Worker's process held at one moment, behind a collection: objects and their buffers."""

    at_s: float
    held_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Everything observed in one case. `alive` is the outcome of the clean request asked at its end, if one was.

    `earlier` are AI calls of others at the same mock, before the case or beside it: a target may carry their effect, as
    an open breaker.
    `deaths` tell how the target's process ended while the case ran, each time that nobody had asked it to.
    """

    clients: tuple[ClientExchange, ...] = ()
    upstreams: tuple[UpstreamExchange, ...] = ()
    alive: ClientExchange | None = None
    earlier: tuple[UpstreamExchange, ...] = ()
    samples: tuple[Sample, ...] = ()
    heaps: tuple[HeapSample, ...] = ()
    """What a Worker's heap held while its case about that played; empty for any other case, and any other target."""
    deaths: tuple[str, ...] = ()
    visits: tuple[Visit, ...] = ()
    """What was done with conversations besides asking in them, in the order in which it began."""
    socket_buffers_bytes: int = 0
    """What the system may hold of one answer on its way through a process: of each connection the most that its own
    buffers grow to; 0 where that is not known."""
