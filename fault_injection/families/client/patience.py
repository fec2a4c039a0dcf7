"""Faults of a client's patience: it leaves at some moment, or sends or reads slowly.

The one rule: what it sends is the request as it was, or the beginning of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from fault_injection.client import ClientMoves
from fault_injection.fault import ClientFault, Law, Turn, param

_RUDELY = "with an RST instead of a FIN"


@dataclass(frozen=True, kw_only=True)
class AbortBeforeHead(ClientFault):
    """The client leaves once its request is sent, before any answer."""

    id: ClassVar[str] = "client.abort_before_head"
    law: ClassVar[Law] = Law.SAME_BYTES
    wait_s: float = param(0.0, "how long it waits first", unit="s", low=0, high=600)
    rudely: bool = param(False, _RUDELY)

    def apply(self, moves: ClientMoves, turn: Turn) -> ClientMoves:
        return replace(moves, leave="request-sent", leave_wait_s=self.wait_s, leave_rudely=self.rudely)


@dataclass(frozen=True, kw_only=True)
class AbortBeforeFirstToken(ClientFault):
    """The client leaves once it has the answer's head, before the first event."""

    id: ClassVar[str] = "client.abort_before_first_token"
    law: ClassVar[Law] = Law.SAME_BYTES
    wait_s: float = param(0.0, "how long it waits first", unit="s", low=0, high=600)
    rudely: bool = param(False, _RUDELY)

    def apply(self, moves: ClientMoves, turn: Turn) -> ClientMoves:
        return replace(moves, leave="head", leave_wait_s=self.wait_s, leave_rudely=self.rudely)


@dataclass(frozen=True, kw_only=True)
class AbortAfter(ClientFault):
    """The client leaves in the middle of the stream, after a number of events."""

    id: ClassVar[str] = "client.abort_after"
    law: ClassVar[Law] = Law.SAME_BYTES
    events: int = param(1, "how many", unit="events", low=1, high=1_000_000)
    wait_s: float = param(0.0, "how long it waits then", unit="s", low=0, high=600)
    rudely: bool = param(False, _RUDELY)

    def apply(self, moves: ClientMoves, turn: Turn) -> ClientMoves:
        return replace(
            moves,
            leave="event",
            leave_after_events=self.events,
            leave_wait_s=self.wait_s,
            leave_rudely=self.rudely,
        )


@dataclass(frozen=True, kw_only=True)
class AbortUpload(ClientFault):
    """The client leaves in the middle of its own request."""

    id: ClassVar[str] = "client.abort_upload"
    law: ClassVar[Law] = Law.SAME_BYTES
    at_byte: int = param(
        10, "bytes of the body sent first; clamped so that one is missing", unit="bytes", low=0, high=1 << 30
    )
    rudely: bool = param(False, _RUDELY)

    def apply(self, moves: ClientMoves, turn: Turn) -> ClientMoves:
        sent = min(self.at_byte, max(0, len(moves.body) - 1))
        return replace(moves, leave="upload", leave_after_bytes=sent, leave_rudely=self.rudely)


@dataclass(frozen=True, kw_only=True)
class SlowReader(ClientFault):
    """The client reads the answer slowly, after a first pause."""

    id: ClassVar[str] = "client.slow_reader"
    law: ClassVar[Law] = Law.SAME_BYTES
    bytes_per_s: float = param(1_024.0, "how fast", unit="bytes/s", low=1, high=1 << 30)
    pause_s: float = param(0.0, "the pause before it starts", unit="s", low=0, high=600)

    def apply(self, moves: ClientMoves, turn: Turn) -> ClientMoves:
        return replace(moves, read_bytes_per_s=self.bytes_per_s, read_pause_s=self.pause_s)


@dataclass(frozen=True, kw_only=True)
class StopReading(ClientFault):
    """The client reads a number of events, then nothing, and keeps its connection open for a while."""

    id: ClassVar[str] = "client.stop_reading"
    law: ClassVar[Law] = Law.SAME_BYTES
    events: int = param(2, "how many it reads", unit="events", low=1, high=1_000_000)
    for_s: float = param(0.0, "how long it stays; 0: longer than the target claims to allow", unit="s", low=0, high=600)

    def apply(self, moves: ClientMoves, turn: Turn) -> ClientMoves:
        return replace(moves, stop_after_events=self.events, stopped_for_s=self.for_s)


@dataclass(frozen=True, kw_only=True)
class SlowUpload(ClientFault):
    """The client sends its request in small pieces with silences between them (a slow loris)."""

    id: ClassVar[str] = "client.slow_upload"
    law: ClassVar[Law] = Law.SAME_BYTES
    piece_bytes: int = param(16, "size of a piece", unit="bytes", low=1, high=1 << 30)
    wait_s: float = param(0.05, "silence between pieces", unit="s", low=0, high=60)

    def apply(self, moves: ClientMoves, turn: Turn) -> ClientMoves:
        return replace(moves, upload_piece_bytes=self.piece_bytes, upload_wait_s=self.wait_s)
