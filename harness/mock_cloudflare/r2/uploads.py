"""Objects that are put in parts by S3: begun, filled, looked at, completed or given up.

The one rule: nothing is in the bucket before the upload is completed. All parts but the last are of one size and have
at least 5 MiB.
Sources: Amazon S3 API, CreateMultipartUpload and its kin; Cloudflare docs, R2, multipart objects, error codes.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Final

from harness.mock_cloudflare.r2.call import Outcome, S3Call, empty, xml
from harness.mock_cloudflare.r2.errors import R2, RefusedError
from harness.mock_cloudflare.r2.fields import custom_fields, http_fields
from harness.mock_cloudflare.r2.objects import check_key, check_value, made_of
from harness.mock_cloudflare.r2.xml_text import Node, document, elements
from harness.mock_cloudflare.request import Upload, UploadEffect

LEAST_PART_BYTES: Final = 5 * 1024 * 1024
MOST_PARTS: Final = 10_000


def create(call: S3Call) -> Outcome:
    """Begin an upload."""
    check_key(call.key)
    call.check_bucket()
    made = Upload(
        bucket=call.bucket,
        key=call.key,
        http_fields=http_fields(call.request),
        custom_fields=custom_fields(call.request),
    )
    upload_id = call.identity.digest.hex()
    body = document(
        "InitiateMultipartUploadResult", ("Bucket", call.bucket), ("Key", call.key), ("UploadId", upload_id)
    )
    return xml(body), UploadEffect(id=upload_id, after=made)


def part(call: S3Call) -> Outcome:
    """Take a part; one of the same number before it is forgotten."""
    upload = _upload(call)
    number = _number(call.query.get("partNumber", ""))
    if not 1 <= number <= MOST_PARTS or call.request.header("x-amz-copy-source") is not None:
        raise RefusedError(R2.NO_PART if number < 1 or number > MOST_PARTS else R2.NOT_SERVED)
    check_value(call.request, call.value)
    parts = {**dict(upload.parts), number: call.value}
    after = replace(upload, parts=tuple(sorted(parts.items())))
    etag = (("etag", f'"{_md5(call.value).hex()}"'),)
    return empty(headers=etag), UploadEffect(id=call.query["uploadId"], after=after)


def parts(call: S3Call) -> Outcome:
    """List the parts that have come."""
    upload = _upload(call)
    shown: list[Node] = [
        ("Part", (("PartNumber", number), ("ETag", f'"{_md5(value).hex()}"'), ("Size", len(value))))
        for number, value in upload.parts
    ]
    head: tuple[Node, ...] = (("Bucket", call.bucket), ("Key", call.key), ("UploadId", call.query["uploadId"]))
    return xml(document("ListPartsResult", *head, ("IsTruncated", "false"), *shown)), None


def complete(call: S3Call) -> Outcome:
    """Make the object of the parts that are named, which must be there, in order and large enough."""
    upload = _upload(call)
    come = dict(upload.parts)
    asked = [
        (_number(each.get("PartNumber", "")), each.get("ETag", "")) for each in elements(call.request.body, "Part")
    ]
    if not asked:
        raise RefusedError(R2.BAD_XML)
    values: list[bytes] = []
    for number, etag in asked:
        value = come.get(number)
        if value is None or etag.strip('"') != _md5(value).hex():
            raise RefusedError(R2.NO_PART)
        values.append(value)
    if [number for number, _ in asked] != sorted({number for number, _ in asked}):
        raise RefusedError(R2.NO_PART)
    if any(len(value) < LEAST_PART_BYTES for value in values[:-1]):
        raise RefusedError(R2.PART_TOO_SMALL)
    if len({len(value) for value in values[:-1]}) > 1 or len(values[-1]) > len(values[0]):
        raise RefusedError(R2.PARTS_DIFFER)
    etag = f"{_md5(b''.join(map(_md5, values))).hex()}-{len(values)}"
    made = made_of(call, b"".join(values), upload.http_fields, upload.custom_fields, parts_etag=etag)
    body = document("CompleteMultipartUploadResult", ("Bucket", call.bucket), ("Key", call.key), ("ETag", f'"{etag}"'))
    return xml(body), UploadEffect(id=call.query["uploadId"], after=None, made=made, bucket=call.bucket)


def abort(call: S3Call) -> Outcome:
    """Give an upload up, with all its parts."""
    _upload(call)
    return empty(204), UploadEffect(id=call.query["uploadId"], after=None)


def _upload(call: S3Call) -> Upload:
    found = call.uploads.get(call.query.get("uploadId", ""))
    if found is None or (found.bucket, found.key) != (call.bucket, call.key):
        raise RefusedError(R2.NO_UPLOAD)
    return found


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def _md5(value: bytes) -> bytes:
    return hashlib.md5(value, usedforsecurity=False).digest()
