"""The metadata of an object between its two forms: fields as the binding names them, and headers as S3 does.

The one rule: what one door was told the other tells.
Sources: Cloudflare docs, R2, Workers API, HTTP metadata; Amazon S3 API, PutObject.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final

from fault_injection.reply import Headers
from harness.mock_cloudflare.request import Request, StoredObject

_OWN: Final = "x-amz-meta-"
_NAMES: Final = {
    "content-type": "contentType",
    "content-language": "contentLanguage",
    "content-disposition": "contentDisposition",
    "content-encoding": "contentEncoding",
    "cache-control": "cacheControl",
}
_EXPIRES: Final = ("expires", "cacheExpiry")
"""A date in the header, milliseconds of Unix time in the field."""


def http_fields(request: Request) -> tuple[tuple[str, str], ...]:
    """Return what a request says of the value it brings."""
    told = [(field, _without_chunks(name, request.header(name) or "")) for name, field in _NAMES.items()]
    expires = _milliseconds(request.header(_EXPIRES[0]) or "")
    return tuple((field, value) for field, value in (*told, (_EXPIRES[1], expires)) if value)


def custom_fields(request: Request) -> tuple[tuple[str, str], ...]:
    """Return the metadata that is the client's own."""
    return tuple(
        (name.lower().removeprefix(_OWN), value) for name, value in request.headers if name.lower().startswith(_OWN)
    )


def headers_of(found: StoredObject) -> Headers:
    """Return the headers that tell of an object."""
    fields = dict(found.http_fields)
    told = [(name, fields.get(field, "")) for name, field in _NAMES.items()]
    expires = fields.get(_EXPIRES[1], "")
    if expires.isdecimal():
        told.append((_EXPIRES[0], http_date(int(expires))))
    return (
        *((name, value) for name, value in told if value),
        ("etag", f'"{found.etag}"'),
        ("last-modified", http_date(found.uploaded_ms)),
        ("accept-ranges", "bytes"),
        *((f"{_OWN}{name}", value) for name, value in found.custom_fields),
    )


def http_date(unix_ms: int) -> str:
    """Return a time as HTTP writes it, to the second (RFC 9110 §5.6.7)."""
    return format_datetime(datetime.fromtimestamp(min(unix_ms // 1000, 253_402_300_799), UTC), usegmt=True)


def seconds_of(date: str) -> float | None:
    """Return a date of HTTP in Unix seconds; None for what is none."""
    try:
        return parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return None


def _milliseconds(date: str) -> str:
    at_s = seconds_of(date) if date else None
    return "" if at_s is None or at_s < 0 else str(int(at_s * 1000))


def _without_chunks(name: str, value: str) -> str:
    """Return a header's value without the coding that only clothed the body on its way."""
    if name != "content-encoding":
        return value
    return ", ".join(each for each in (part.strip() for part in value.split(",")) if each and each != "aws-chunked")
