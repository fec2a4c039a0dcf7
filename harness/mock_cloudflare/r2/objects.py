"""Objects by S3: get, head, put, copy and delete, with ranges, conditions and checksums.

The one rule: a condition is looked at before anything else is said of an object (RFC 9110 §13.2.2).
Sources: Amazon S3 API, GetObject and PutObject; Cloudflare docs, R2, S3 API compatibility.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Final
from urllib.parse import unquote

from fault_injection.reply import Reply
from harness.mock_cloudflare.r2.call import Outcome, S3Call, day_of, empty, xml
from harness.mock_cloudflare.r2.errors import R2, RefusedError
from harness.mock_cloudflare.r2.fields import custom_fields, headers_of, http_fields, seconds_of
from harness.mock_cloudflare.r2.xml_text import document
from harness.mock_cloudflare.request import ObjectsEffect, Request, StoredObject

MOST_KEY_BYTES: Final = 1024
_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_CHECKSUMS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "x-amz-checksum-crc32": lambda value: zlib.crc32(value).to_bytes(4, "big"),
    "x-amz-checksum-sha1": lambda value: hashlib.sha1(value, usedforsecurity=False).digest(),
    "x-amz-checksum-sha256": lambda value: hashlib.sha256(value).digest(),
}
"""The checksums that can be looked at here; others are taken as they come."""


def get(call: S3Call) -> Outcome:
    """Answer a get or a head; a head has the same reply, whose body is not sent."""
    found = call.found()
    if (unmet := _unmet(call.request, found)) is not None:
        return unmet, None
    headers = headers_of(found)
    span = _span(call.request.header("range") or "", len(found.value))
    if span is None:
        return Reply(headers=headers, body=found.value, binding="s3"), None
    start, end = span
    told = ("content-range", f"bytes {start}-{end - 1}/{len(found.value)}")
    return Reply(status=206, headers=(*headers, told), body=found.value[start:end], binding="s3"), None


def put(call: S3Call) -> Outcome:
    """Answer a put, or a copy where a header names a source."""
    source = call.request.header("x-amz-copy-source")
    if source is not None:
        return _copy(call, source)
    check_key(call.key)
    check_value(call.request, call.value)
    before = call.objects.get(call.key)
    matches, never = call.request.header("if-match"), call.request.header("if-none-match")
    if (matches and not _named(matches, before)) or (never and _named(never, before)):
        raise RefusedError(R2.UNMET)
    made = made_of(call, call.value, http_fields(call.request), custom_fields(call.request))
    return empty(headers=(("etag", f'"{made.etag}"'),)), ObjectsEffect(bucket=call.bucket, puts=(made,))


def delete(call: S3Call) -> Outcome:
    """Answer a delete, which succeeds whether the object is there or not."""
    call.check_bucket()
    return empty(204), ObjectsEffect(bucket=call.bucket, deletes=(call.key,))


def check_key(key: str) -> None:
    """Refuse a name that is none."""
    if not key or len(key.encode("utf-8", "replace")) > MOST_KEY_BYTES:
        raise RefusedError(R2.BAD_KEY)


def check_value(request: Request, value: bytes) -> None:
    """Refuse a value that is not what was announced."""
    announced = request.header("content-md5")
    if announced is not None:
        try:
            digest = base64.b64decode(announced, validate=True)
        except binascii.Error:
            digest = b""
        if len(digest) != 16:
            raise RefusedError(R2.BAD_MD5)
        if digest != hashlib.md5(value, usedforsecurity=False).digest():
            raise RefusedError(R2.BAD_DIGEST)
    payload = request.header("x-amz-content-sha256") or ""
    whole = re.fullmatch("[0-9a-f]{64}", payload) is not None
    wrong = any(
        told is not None and told != base64.b64encode(made(value)).decode()
        for told, made in ((request.header(name), made) for name, made in _CHECKSUMS.items())
    )
    if wrong or (whole and payload != hashlib.sha256(value).hexdigest()):
        raise RefusedError(R2.BAD_DIGEST)


def made_of(
    call: S3Call,
    value: bytes,
    http: tuple[tuple[str, str], ...],
    custom: tuple[tuple[str, str], ...],
    parts_etag: str = "",
) -> StoredObject:
    """Return the object that the path names, with this value and metadata."""
    return StoredObject(
        key=call.key,
        value=value,
        version=call.identity.hex32,
        uploaded_ms=int(call.identity.now_s * 1000),
        http_fields=http,
        custom_fields=custom,
        parts_etag=parts_etag,
    )


def _copy(call: S3Call, source: str) -> Outcome:
    check_key(call.key)
    bucket, _, key = unquote(source.partition("?")[0]).removeprefix("/").partition("/")
    found = replace(call, bucket=bucket).found(key)
    kept = (found.http_fields, found.custom_fields)
    if call.request.header("x-amz-metadata-directive") == "REPLACE":
        kept = (http_fields(call.request), custom_fields(call.request))
    call.check_bucket()
    made = made_of(call, found.value, *kept, parts_etag=found.parts_etag)
    body = document("CopyObjectResult", ("ETag", f'"{made.etag}"'), ("LastModified", day_of(made.uploaded_ms)))
    return xml(body), ObjectsEffect(bucket=call.bucket, puts=(made,))


def _unmet(request: Request, found: StoredObject) -> Reply | None:
    """Return the answer to a read whose condition does not hold (RFC 9110 §13.2.2); None where all do."""
    changed_s = found.uploaded_ms // 1000
    matches, never = request.header("if-match"), request.header("if-none-match")
    unless = seconds_of(request.header("if-unmodified-since") or "")
    since = seconds_of(request.header("if-modified-since") or "")
    if not _named(matches, found) if matches is not None else unless is not None and changed_s > unless:
        raise RefusedError(R2.UNMET)
    if _named(never, found) if never is not None else since is not None and changed_s <= since:
        return empty(304, headers_of(found))
    return None


def _named(etags: str, found: StoredObject | None) -> bool:
    if found is None:
        return False
    names = [each.strip().removeprefix("W/").strip('"') for each in etags.split(",")]
    return found.etag in names or "*" in names


def _span(header: str, size: int) -> tuple[int, int] | None:
    """Return where a range begins and ends; None for no range, or for what RFC 9110 §14.2 lets a server ignore."""
    found = _RANGE.fullmatch(header.strip())
    if found is None or found[0] == "bytes=-":
        return None
    first, last = found[1], found[2]
    if not first:
        start, end = max(0, size - int(last)), size
    elif last and int(last) < int(first):
        return None
    else:
        start, end = int(first), size if not last else min(size, int(last) + 1)
    if start >= end:
        raise RefusedError(R2.BAD_RANGE)
    return start, end
