"""One secret that is known, in every form in which programs write it down.

The one rule: a form is looked for by its plainest part first, which is a fast search; only where that is found is the
form itself.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final
from urllib.parse import quote, quote_plus

from harness.core.observed.hidden.spans import Span

_SHORTEST_CODED: Final = 8
"""A shorter one leaves too little in Base64 to be told from any other text."""
_PLAIN: Final = re.compile(rb"[A-Za-z0-9._~-]+")
"""What no usual encoder changes (RFC 3986 §2.3)."""
_BASE64: Final = rb"[A-Za-z0-9+/_-]"
_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
_ENTITIES: Final = {"&": b"amp", "<": b"lt", ">": b"gt", '"': b"quot", "'": b"apos"}

_CONTROLS: Final = {"\n": b"n", "\r": b"r", "\t": b"t", "\b": b"b", "\f": b"f"}

Form = tuple[bytes, re.Pattern[bytes]]
"""A part that a form holds for certain, and all of it."""


@dataclass(frozen=True, slots=True, repr=False)
class KnownSecret:
    """A secret to be taken out of texts."""

    written: tuple[str, ...]
    """As it is, and percent-encoded; an excerpt may leave the beginning or the end of these."""
    forms: tuple[Form, ...]

    @classmethod
    def of(cls, secret: str) -> KnownSecret:
        """Return a secret with its forms."""
        data = secret.encode("utf-8", "surrogatepass")
        forms = [(_plainest(data), _anywhere(b"".join(_any_form(sign, len([*run])) for sign, run in groupby(secret))))]
        if len(data) >= _SHORTEST_CODED:
            forms += [form for offset in range(3) for form in _in_base64(data, offset)]
        written = dict.fromkeys((secret, quote(secret, "", errors="surrogatepass"), _as_form(secret)))
        return cls(tuple(written), tuple(forms))

    def spans(self, data: bytes) -> Iterator[Span]:
        """Yield where the secret stands in any form; these may overlap, as a form of `aaaa` does in `aaaaaa`."""
        for part, form in self.forms:
            if part in data:
                yield from (each.span(1) for each in form.finditer(data))


def _anywhere(pattern: bytes) -> re.Pattern[bytes]:
    """Return a pattern whose matches may overlap: what it finds is its first group."""
    return re.compile(b"(?=(%s))" % pattern)


def _as_form(secret: str) -> str:
    return quote_plus(secret, errors="surrogatepass")


def _plainest(data: bytes) -> bytes:
    return max(_PLAIN.findall(data), key=len, default=b"")


def _any_form(sign: str, times: int) -> bytes:
    """Return a pattern for a run of a character.

    It stands there as it is, or as a URL, JSON (also within JSON), Python or HTML writes it.
    """
    data = sign.encode("utf-8", "surrogatepass")
    if _PLAIN.fullmatch(data):
        return re.escape(data) * times
    units = sign.encode("utf-16-be", "surrogatepass")
    unicode = b"".join(rb"\\{1,8}u(?i:%02x%02x)" % (units[at], units[at + 1]) for at in range(0, len(units), 2))
    percent = b"".join(b"%%(?:25)*(?i:%02x)" % byte for byte in data)
    entity = b"&(?:amp;)?(?:#0*%d|#[xX]0*(?i:%x)%s);" % (
        ord(sign),
        ord(sign),
        b"|" + _ENTITIES[sign] if sign in _ENTITIES else b"",
    )
    if sign == "\\":
        # Each may stand there nine times. A pattern for each would divide a long run in all the ways there are.
        return rb"(?:(?:%b){%d}|\\{%d,%d})" % (b"|".join([entity, unicode, percent]), times, times, 9 * times)
    escaped = [rb"\\{,8}" + re.escape(data)]
    escaped += [rb"\\{1,8}" + _CONTROLS[sign]] if sign in _CONTROLS else []
    escaped += [rb"\+"] if sign == " " else []
    # What is written longer comes first: a percent sign that is found as it is would leave the 25 of `%25`.
    return b"(?:%b){%d}" % (b"|".join([entity, unicode, percent, *escaped]), times)


def _in_base64(data: bytes, offset: int) -> Iterator[Form]:
    """Yield what stands in Base64 when so many bytes of a group of three come before the secret.

    The characters at both ends hold bits of what is beside it, too.
    """
    coded = b64encode(bytes(offset) + data).rstrip(b"=")
    before, behind = (offset * 8 + 5) // 6, int((offset + len(data)) % 3 > 0)
    core = coded[before : len(coded) - behind]
    for part in dict.fromkeys((core, core.translate(_URL_SAFE))):
        yield part, _anywhere(b"%s{,%d}%s(?:%s={,2}){,%d}" % (_BASE64, before, re.escape(part), _BASE64, behind))
