"""One exchange at the mock, read as a client would have read it.

The one rule: whether an answer was whole is decided here, by its terminal marks, and stated as one of five values,
because some endings are honestly ambiguous.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from harness.core.judging.translated.sayable import sayable
from harness.core.judging.upstream.sent import SentAnswer
from harness.core.observed import json_text
from harness.core.observed.bodies import read_body
from harness.core.observed.history import UpstreamExchange
from harness.core.observed.reading import Reading
from scenarios.dialects import MESSAGES, RESPONSES

_MOST_DIGITS = 18
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


class UpstreamView(SentAnswer):
    """One exchange at the mock, read as a client would have read it.

    `told_in` is the dialect of the client that it was made for, where that has words of its own: only what can be said
    in them is held against the client's answer.
    """

    def __init__(self, exchange: UpstreamExchange, *, told_in: str = "") -> None:
        super().__init__(exchange)
        self._told_in = told_in

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

    @property
    def retry_after_s(self) -> int | None:
        """The wait that the answer asked for, where it is said in seconds."""
        value = self.header("retry-after") or ""
        return int(value) if value.isascii() and value.isdigit() and len(value) < _MOST_DIGITS else None
