"""What the mock sent for one exchange, read as HTTP and no further.

The one rule: nothing here may hang on how quick the mock was.

What it says without a pause counts as said once it has begun (see the player); of a longer breath than that a target
that leaves may have been given more or less, and so of an error no more counts than its head. A field that is too long,
or an answer too long to be kept, follows from the script alone.
"""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from fault_injection.reply import header_of
from harness.core.observed.history import Piece, UpstreamEnd, UpstreamExchange
from harness.core.observed.http_reader import ResponseReader

_EVIDENCE_BYTES = 4096
_MOST_FIELD_BYTES = 8_000
"""A longer field of a head many a client refuses (RFC 9110 §5.4), and has no answer at all then: aiohttp from 8,190 on,
Node.js from 16 KiB on, both settable."""


class _Parsed(NamedTuple):
    """What the wire bytes say."""

    reader: ResponseReader
    body: tuple[Piece, ...]
    problem: str | None
    needs_no_end: bool
    """Whether the framing was finished before the connection was, so that a client knew."""


class SentAnswer:
    """The answer of one exchange at the mock: its head, its framing, the bytes of its body, and when it was over."""

    def __init__(self, exchange: UpstreamExchange) -> None:
        self.exchange = exchange

    @cached_property
    def _parsed(self) -> _Parsed:
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
        return _Parsed(reader, tuple(body), problem, needs_no_end)

    @property
    def status(self) -> int | None:
        """The status sent, or None when no whole head was."""
        return self._parsed.reader.status if self._parsed.reader.head_done else None

    def header(self, name: str) -> str | None:
        """Return the first header of that name that was sent."""
        return header_of(self._parsed.reader.headers, name)

    @property
    def has_huge_field(self) -> bool:
        """Whether a field of the head was longer than a client has to take."""
        return any(len(name) + len(value) > _MOST_FIELD_BYTES for name, value in self._parsed.reader.headers)

    @property
    def problem(self) -> str | None:
        """What was wrong with the HTTP framing, or None, as for an answer that only broke off."""
        return self._parsed.problem

    @property
    def framed_whole(self) -> bool:
        """Whether the framing was finished."""
        return self._parsed.reader.complete

    @property
    def is_read_on_by_some(self) -> bool:
        """Whether a line end between chunks was spoiled, behind which lenient readers alone read on."""
        return self._parsed.reader.line_end_spoiled

    @property
    def showed_break(self) -> bool:
        """Whether anybody who reads HTTP could see that the answer is not whole: its framing was never finished.

        That holds for who is cut off and for who gives up. Only a reset shows it without a length (RFC 9112 §8), and
        where undici sees an end: at a FIN behind chunks that the head announced, and at a spoiled line end between
        chunks, whose two bytes it skips unread.
        """
        reader = self._parsed.reader
        announced = reader.framing == "chunked" and (self.header("connection") or "").lower() == "close"
        at_a_close = announced and self.exchange.end is UpstreamEnd.CLOSED
        if reader.framing == "until-close" or at_a_close or self.is_read_on_by_some:
            return self.exchange.end is UpstreamEnd.RESET
        return reader.head_done and not reader.complete

    @property
    def leaves_a_dead_connection(self) -> bool:
        """Whether its connection ended behind an answer that was whole: whoever pools it may still use it once."""
        return self.exchange.end in (UpstreamEnd.CLOSED, UpstreamEnd.RESET) and self._parsed.needs_no_end

    @cached_property
    def body_size_bytes(self) -> int:
        """How much of a body was sent."""
        return sum(len(piece.data) for piece in self._parsed.body)

    @property
    def is_kept_whole(self) -> bool:
        """Whether the history holds all that was sent, so that an answer can be compared with it."""
        return not self.exchange.unkept_bytes

    @property
    def is_good_status(self) -> bool:
        """Whether the status was a success."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_given_up(self) -> bool:
        """Whether the target left before it knew how the call would end, as when its own client had left.

        The head of an error tells that, so leaving behind it gives up nothing. How much of the body the mock had
        written by then is a race, and does not matter here.
        """
        return self.exchange.end is UpstreamEnd.PEER_LEFT and (self.status is None or self.is_good_status)

    @cached_property
    def body_text(self) -> str:
        """The start of the body, for evidence."""
        start = b""
        for piece in self._parsed.body:
            start += piece.data[:_EVIDENCE_BYTES]
            if len(start) >= _EVIDENCE_BYTES:
                break
        return start[:_EVIDENCE_BYTES].decode(errors="replace")

    @property
    def last_bytes(self) -> bytes:
        """The end of the body, for evidence."""
        end = b""
        for piece in reversed(self._parsed.body):
            end = piece.data[-_EVIDENCE_BYTES:] + end
            if len(end) >= _EVIDENCE_BYTES:
                break
        return end[-_EVIDENCE_BYTES:]

    @cached_property
    def told_s(self) -> float:
        """When the mock had said how the call goes: with the head of an error, else with its end.

        No target knows earlier, whenever the mock came to the rest of the answer or noticed that its peer had left.
        """
        if self.status is None or self.is_good_status:
            return self.ended_s
        reader = ResponseReader(method=self.exchange.method)
        for piece in self.exchange.pieces:
            reader.feed(piece.data)
            if reader.head_done:
                return piece.at_s
        return self.ended_s

    @property
    def ended_s(self) -> float:
        """When it was over, or infinity while it runs.

        An answer is over with the last byte that its framing promised, however long its connection stays open behind
        it (RFC 9112 §8, §9.3): a client has put that connection by for its next request.
        """
        end_s = self.exchange.end_s if self.exchange.end_s is not None else float("inf")
        taken_s = self.exchange.taken_s
        return min(end_s, taken_s) if taken_s is not None and self._parsed.needs_no_end else end_s
