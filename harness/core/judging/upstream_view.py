"""One exchange at the mock, read as a client would have read it.

The one rule: whether an answer was whole is decided here, by its terminal marks, and stated as one of five values,
because some endings are honestly ambiguous.

Nothing here may hang on how quick the mock was. What it says without a pause counts as said once it has begun (see the
player); of a longer breath than that a target that leaves may have been given more or less, and so of an error no more
counts than its head. A field that is too long, or an answer too long to be kept, follows from the script alone.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cached_property
from typing import Any, Final, NamedTuple

from fault_injection.reply import header_of
from harness.core.judging.translated.sayable import sayable
from harness.core.observed import json_text
from harness.core.observed.bodies import read_body
from harness.core.observed.history import Piece, UpstreamEnd, UpstreamExchange
from harness.core.observed.http_reader import ResponseReader
from harness.core.observed.reading import Reading
from scenarios.dialects import MESSAGES, RESPONSES

_EVIDENCE_BYTES = 4096
_MOST_DIGITS = 18
_MOST_FIELD_BYTES = 8_000
"""A longer field of a head many a client refuses (RFC 9110 §5.4), and has no answer at all then: aiohttp from 8,190 on,
Node.js from 16 KiB on, both settable."""
_SPENT = re.compile(r"\b(3036|4006)\b")
"""Workers AI's codes for an allowance that is used up (Cloudflare docs: Workers AI errors)."""


_DIALECTS: Final = {"ai.messages": MESSAGES, "ai.responses": RESPONSES}
"""What is spoken on a surface where it is not chat completions or Workers AI's own."""
MODELS: Final = frozenset({"ai.chat", "ai.run", *_DIALECTS})
"""The surfaces on which a model answers."""


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


class _Parsed(NamedTuple):
    """What the wire bytes say."""

    reader: ResponseReader
    body: tuple[Piece, ...]
    problem: str | None
    needs_no_end: bool
    """Whether the framing was finished before the connection was, so that a client knew."""


class UpstreamView:
    """One exchange at the mock, read as a client would have read it.

    `told_in` is the dialect of the client that it was made for, where that has words of its own: only what can be said
    in them is held against the client's answer.
    """

    def __init__(self, exchange: UpstreamExchange, *, told_in: str = "") -> None:
        self.exchange = exchange
        self._told_in = told_in

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

    @cached_property
    def asked(self) -> dict[str, Any] | None:
        """The JSON object that upstream was asked with, or None when it was none, or is not kept.

        The AI binding puts what it was asked into `inputs`, beside its own options.
        """
        try:
            value = json_text.loads(self.exchange.body)
        except ValueError:
            return None
        if self.exchange.binding == "ai" and isinstance(value, dict):
            value = value.get("inputs")
        return value if isinstance(value, dict) else None

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

    @property
    def dialect(self) -> str:
        """What upstream speaks here; empty: chat completions or Workers AI's own."""
        return _DIALECTS.get(self.exchange.surface, "")

    @cached_property
    def reading(self) -> Reading:
        """The answer as a careful client reads it, as far as the client's dialect can say it."""
        return sayable(self._whole_reading, self._told_in) if self._told_in else self._whole_reading

    @cached_property
    def _whole_reading(self) -> Reading:
        """The answer as a careful client reads it, or as a lenient one does where nothing of it is in its coding."""
        body, content_type = self._parsed.body, self.header("content-type") or ""
        coded = read_body(body, content_type, self.header("content-encoding") or "", dialect=self.dialect)
        if not coded.undecodable or coded.event_count:
            return coded
        plain = read_body(body, content_type, dialect=self.dialect)
        plain.undecodable = True
        return plain

    @cached_property
    def by_line(self) -> Reading:
        """The answer as a simple client reads it, which takes the lines of an event that makes no sense one by one."""
        if self.dialect or self.reading.form != "stream" or not self.reading.malformed:
            return self.reading
        encoding = self.header("content-encoding") or ""
        found = read_body(self._parsed.body, self.header("content-type") or "", encoding, by_line=True)
        return sayable(found, self._told_in) if self._told_in else found

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
    def wholeness(self) -> Wholeness:
        """Whether the answer was all there, judged by its terminal marks."""
        reading = self._whole_reading if self._told_in else self.reading
        no_head = (self.problem is not None and self.status is None) or self.has_huge_field
        if no_head or not self.is_kept_whole:
            return Wholeness.UNREADABLE
        if not self.is_good_status:
            return Wholeness.REFUSED
        if reading.undecodable:
            # A client may give it up, or read it as it is where that is an answer (RFC 9110 §8.4).
            return Wholeness.AMBIGUOUS if reading.claims_success else Wholeness.BROKEN
        if reading.error is not None or reading.form in ("nothing", "other"):
            return Wholeness.BROKEN
        if reading.form == "json":
            if not reading.choices:
                return Wholeness.BROKEN
            good = self.framed_whole and not (reading.malformed or reading.malformed_utf8)
            return Wholeness.WHOLE if good else Wholeness.AMBIGUOUS  # all of the JSON is there
        has_one_end = self.dialect or self.exchange.surface == "ai.run"
        if reading.done and (reading.has_finish or has_one_end):
            return Wholeness.WHOLE
        return Wholeness.AMBIGUOUS if reading.done or reading.has_finish else Wholeness.BROKEN

    @property
    def is_retryable(self) -> bool:
        """Whether a client may ask again: 408, 429, 5xx, or no answer at all; a spent allowance is for good."""
        return self.status is None or (self.status in (408, 429) and not self.is_spent) or self.status >= 500

    @property
    def is_spent(self) -> bool:
        """Whether it was refused because an allowance is used up, which asking again does not mend."""
        return self.status in (408, 429) and _SPENT.search(self.body_text) is not None

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

    @property
    def retry_after_s(self) -> int | None:
        """The wait that the answer asked for, where it is said in seconds."""
        value = self.header("retry-after") or ""
        return int(value) if value.isascii() and value.isdigit() and len(value) < _MOST_DIGITS else None

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
