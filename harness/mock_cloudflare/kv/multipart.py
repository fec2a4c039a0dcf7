"""Multipart forms, read to the byte.

The one rule: a value comes out exactly as it went in; only the CRLF in front of a delimiter belongs to the delimiter
(RFC 2046 §5.1.1, RFC 7578 §4).
"""

from __future__ import annotations

import re

_BOUNDARY = re.compile(r';\s*boundary=(?:"([^"]+)"|([^\s;"]+))', re.IGNORECASE)
_NAME = re.compile(rb'^content-disposition:[^\r\n]*?[;\s]name="((?:[^"\\]|\\.)*)"', re.IGNORECASE | re.MULTILINE)


def is_form(content_type: str | None) -> bool:
    """Whether a body of that type is a multipart form."""
    return (content_type or "").split(";")[0].strip().lower() == "multipart/form-data"


def parse(content_type: str, body: bytes) -> dict[str, bytes] | None:
    """Return the form's parts by name; None for a body that is no such form. The first of a name counts."""
    found = _BOUNDARY.search(content_type)
    if not found:
        return None
    boundary = re.escape((found.group(1) or found.group(2)).encode("latin-1", "replace"))
    delimiter = re.compile(rb"\r\n--" + boundary + rb"(?:(--)|[ \t]*(?=\r\n))")
    whole = b"\r\n" + body
    parts: dict[str, bytes] = {}
    starts: int | None = None
    for mark in delimiter.finditer(whole):
        if starts is not None:
            _add(parts, whole[starts : mark.start()])
        if mark.group(1):
            return parts
        starts = mark.end()
    return None  # never closed


def _add(parts: dict[str, bytes], part: bytes) -> None:
    head, separator, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    name = _NAME.search(head)
    if separator and name:
        parts.setdefault(name.group(1).decode("utf-8", "replace"), content)
