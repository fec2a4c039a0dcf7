"""One field line of an HTTP/1.1 head or trailer section, by the letter of RFC 9112 §5.

The one rule: a line is a field or it is not; nothing in it is mended. Most lines come with every message of a
connection, and so the short ones are remembered.
"""

from __future__ import annotations

import re
from functools import lru_cache

_FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t \x21-\x7e\x80-\xff]*?)[ \t]*\Z")
_LONGEST_REMEMBERED_BYTES = 256


def read_field(line: bytes) -> tuple[str, str] | None:
    """Return the name and the value that a line without its CRLF holds; None where it is no field."""
    return _remembered(line) if len(line) <= _LONGEST_REMEMBERED_BYTES else _read(line)


def _read(line: bytes) -> tuple[str, str] | None:
    found = _FIELD.match(line)
    return (found[1].decode("latin-1"), found[2].decode("latin-1")) if found else None


_remembered = lru_cache(maxsize=1024)(_read)
