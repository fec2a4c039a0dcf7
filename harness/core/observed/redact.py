"""Secrets taken out of whatever is shown: logs, command lines, previews of the wire.

The one rule: redact at the moment of showing or storing. What is judged is never redacted, or a leak could not be seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote, quote_plus

MARK: Final = "[redacted]"
_SHORTEST: Final = 4  # a shorter "secret" would blacken half of every text

_EDGE: Final = re.compile("([…▸])")
"""Where an excerpt was cut, or is marked."""

_SECRET_NAME: Final = re.compile(
    r"TOKEN|SECRET|PASSW|CREDENTIAL|COOKIE|PRIVATE|API_?KEY|ACCESS_?KEY|AUTH(?!OR)|_KEY$|_DSN$|DATABASE_URL",
    re.IGNORECASE,
)
_CREDENTIAL: Final = re.compile(
    rb"""
    ( \b (?: proxy-|cf-aig-)? authorization ["']? \s* [:=] \s* ["']? (?: (?:bearer|basic) \s+ )?
    | \b (?: x-)? (?: api|auth) -? (?: key|token) ["']? \s* [:=] \s* ["']?
    | \b bearer \s+ (?= [^\s"']* \d )    # with a digit somewhere: "a bearer token is missing" is prose
    )
    (?! \[redacted\] ) [^\s"',;]+
    """,
    re.IGNORECASE | re.VERBOSE,
)


class Redactor:
    """Replaces known secrets, and whatever stands where a credential stands, by `[redacted]`."""

    __slots__ = ("_forms", "_known")

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        written = {form for secret in secrets if len(secret) >= _SHORTEST for form in _forms(secret)}
        # The longest first: one secret may contain another.
        self._forms = sorted(written, key=len, reverse=True)
        pattern = b"|".join(re.escape(form.encode()) for form in self._forms)
        self._known = re.compile(pattern) if pattern else None

    def data(self, data: bytes) -> bytes:
        """Return the bytes without secrets."""
        mark = MARK.encode()
        if self._known:
            data = self._known.sub(mark, data)
        return _CREDENTIAL.sub(lambda found: found[1] + mark, data)

    def text(self, text: str) -> str:
        """Return the text without secrets, nor what an excerpt has left of one that it cuts."""
        shown = self.data(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")
        pieces = _EDGE.split(shown)
        last = len(pieces) - 1
        for number in range(0, last + 1, 2) if last else ():
            pieces[number] = self._uncut(pieces[number], opens=number > 0, closes=number < last)
        return "".join(pieces)

    def _uncut(self, piece: str, *, opens: bool, closes: bool) -> str:
        """Take out the end of a secret where an excerpt opens, and the start of one where it closes."""
        for form in self._forms:
            sizes = range(min(len(form), len(piece)), _SHORTEST - 1, -1)
            if opens and (size := next((size for size in sizes if piece.startswith(form[-size:])), 0)):
                piece = MARK + piece[size:]
            if closes and (size := next((size for size in sizes if piece.endswith(form[:size])), 0)):
                piece = piece[:-size] + MARK
        return piece


def names_a_secret(variable: str) -> bool:
    """Say whether an environment variable of that name may hold a secret."""
    return bool(_SECRET_NAME.search(variable))


def secrets_of(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the values of those variables that may hold secrets."""
    return tuple(value for name, value in environ.items() if value and names_a_secret(name))


def _forms(secret: str) -> set[str]:
    return {secret, quote(secret, safe=""), quote_plus(secret)}
