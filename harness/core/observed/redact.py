"""Secrets taken out of whatever is shown: logs, command lines, previews of the wire.

The one rule: redact at the moment of showing or storing. What is judged is never redacted, or a leak could not be seen.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import Final

from fault_injection.reply import Headers
from harness.core.observed.hidden.credentials import MARK, is_credential_header, without_userinfo
from harness.core.observed.hidden.known_secret import KnownSecret
from harness.core.observed.hidden.places import hidden_spans
from harness.core.observed.hidden.spans import Span, marked, merged, unmarked

Redact = Callable[[str], str]
"""What takes the secrets out of a text."""

_SHORTEST: Final = 4  # a shorter "secret" would blacken half of every text

_MARK: Final = MARK.encode()
_SHORTEST_TORN: Final = 8
"""A shorter beginning of a secret may end any text."""
_ROUNDS: Final = 3
"""What one place hides can uncover the next; then redacting twice would say something else."""
_EDGE: Final = re.compile("([…▸])")
"""Where an excerpt was cut, or is marked."""


class Redactor:
    """Replaces known secrets, and whatever stands where a credential stands, by `[redacted]`."""

    __slots__ = ("_known", "_parts", "_shortest", "_written")

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # The longest first: one secret may contain another.
        chosen = sorted({each for each in secrets if len(each) >= _SHORTEST}, key=lambda each: (-len(each), each))
        # A message's head is read as Latin-1.
        chosen += [each.encode(errors="replace").decode("latin-1") for each in chosen if not each.isascii()]
        self._known = tuple(map(KnownSecret.of, chosen))
        self._parts = tuple(part.decode("latin-1") for each in self._known for part, _ in each.forms)
        self._shortest = min(map(len, self._parts), default=math.inf)
        self._written = sorted({form for each in self._known for form in each.written}, key=len, reverse=True)

    def data(self, data: bytes) -> bytes:
        """Return the bytes without secrets."""
        spans = self.spans(data)
        return marked(data, spans, _MARK) if spans else data

    def spans(self, data: bytes) -> list[Span]:
        """Return where the secrets stand, in order, none touching another."""
        gone: list[Span] = []
        if len(data) >= self._shortest:
            text = data.decode("latin-1")  # one character for each byte: `in` is many times faster for str
            if [part for part in self._parts if part in text]:
                gone = merged(span for each in self._known for span in each.spans(data))
        for _ in range(_ROUNDS):
            spans = hidden_spans(marked(data, gone, _MARK) if gone else data)
            if not spans:
                break
            gone = merged([*gone, *unmarked(spans, gone, len(_MARK))]) if gone else spans
        return gone

    def text(self, text: str) -> str:
        """Return the text without secrets, nor what an excerpt, or a text that breaks off, has left of one."""
        shown = self.data(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")
        pieces = _EDGE.split(shown)
        last = len(pieces) - 1
        for number in range(0, last + 1, 2) if last else ():
            pieces[number] = self._uncut(pieces[number], opens=number > 0, closes=number < last)
        pieces[last] = self._untorn(pieces[last])
        return "".join(pieces)

    def _uncut(self, piece: str, *, opens: bool, closes: bool) -> str:
        """Take out the end of a secret where an excerpt opens, and the start of one where it closes."""
        for form in self._written:
            sizes = range(min(len(form), len(piece)), _SHORTEST - 1, -1)
            if opens and (size := next((size for size in sizes if piece.startswith(form[-size:])), 0)):
                piece = MARK + piece[size:]
            if closes and (size := next((size for size in sizes if piece.endswith(form[:size])), 0)):
                piece = piece[:-size] + MARK
        return piece

    def _untorn(self, piece: str) -> str:
        """Take out the larger part of a secret with which a text ends, as one does that breaks off."""
        for form in self._written:
            least = max(_SHORTEST_TORN, (len(form) + 1) // 2)
            at = piece.find(form[:least], max(0, len(piece) - len(form)))
            while at >= 0:
                if form.startswith(piece[at:]):
                    return piece[:at] + MARK
                at = piece.find(form[:least], at + 1)
        return piece


def shown_headers(headers: Headers, redact: Redact) -> Headers:
    """Return headers as they may be shown: a credential's is known by its name and loses its whole value."""
    return tuple(
        (redact(name), MARK if is_credential_header(name) else redact(f"{name}: {value}").partition(": ")[2])
        for name, value in headers
    )


def shown_url(url: str) -> str:
    """Return an address that somebody gave, as a message may repeat it, be it well formed or not."""
    return Redactor().text(without_userinfo(url))
