"""Objects that are put in parts by S3: begun, filled, looked at, completed or given up.

The one rule: what the parts must be is decided in `parts`; here they are only named as S3 names them.
Source: Amazon S3 API, CreateMultipartUpload and its kin.
"""

from __future__ import annotations

from harness.mock_cloudflare.r2.call import Outcome, S3Call, empty, xml
from harness.mock_cloudflare.r2.errors import R2, RefusedError
from harness.mock_cloudflare.r2.fields import custom_fields, http_fields
from harness.mock_cloudflare.r2.objects import check_key, check_value, made_of
from harness.mock_cloudflare.r2.parts import begun, etag_of, put_together, with_part
from harness.mock_cloudflare.r2.xml_text import Node, document, elements
from harness.mock_cloudflare.request import Upload, UploadEffect


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
    after = with_part(upload, number, call.value)
    if call.request.header("x-amz-copy-source") is not None:
        raise RefusedError(R2.NOT_SERVED)
    check_value(call.request, call.value)
    etag = (("etag", f'"{etag_of(call.value)}"'),)
    return empty(headers=etag), UploadEffect(id=call.query["uploadId"], after=after)


def parts(call: S3Call) -> Outcome:
    """List the parts that have come."""
    upload = _upload(call)
    shown: list[Node] = [
        ("Part", (("PartNumber", number), ("ETag", f'"{etag_of(value)}"'), ("Size", len(value))))
        for number, value in upload.parts
    ]
    head: tuple[Node, ...] = (("Bucket", call.bucket), ("Key", call.key), ("UploadId", call.query["uploadId"]))
    return xml(document("ListPartsResult", *head, ("IsTruncated", "false"), *shown)), None


def complete(call: S3Call) -> Outcome:
    """Make the object of the parts that are named, which must be there, in order and large enough."""
    upload = _upload(call)
    named = [
        (_number(each.get("PartNumber", "")), each.get("ETag", "").strip('"'))
        for each in elements(call.request.body, "Part")
    ]
    if not named:
        raise RefusedError(R2.BAD_XML)
    if named != sorted(named):
        raise RefusedError(R2.NO_PART)
    value, etag = put_together(upload, named)
    made = made_of(call, value, upload.http_fields, upload.custom_fields, parts_etag=etag)
    body = document("CompleteMultipartUploadResult", ("Bucket", call.bucket), ("Key", call.key), ("ETag", f'"{etag}"'))
    return xml(body), UploadEffect(id=call.query["uploadId"], after=None, made=made, bucket=call.bucket)


def abort(call: S3Call) -> Outcome:
    """Give an upload up, with all its parts."""
    _upload(call)
    return empty(204), UploadEffect(id=call.query["uploadId"], after=None)


def _upload(call: S3Call) -> Upload:
    return begun(call.uploads, call.query.get("uploadId", ""), bucket=call.bucket, key=call.key)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0
