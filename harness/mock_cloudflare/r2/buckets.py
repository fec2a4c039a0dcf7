"""Buckets by S3: listed, made, dropped, and the keys in them listed and deleted by the thousand.

Sources: Amazon S3 API, ListObjectsV2 and DeleteObjects; Cloudflare docs, R2, S3 API compatibility.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from harness.mock_cloudflare.r2.call import Outcome, S3Call, day_of, empty, xml
from harness.mock_cloudflare.r2.errors import R2, RefusedError
from harness.mock_cloudflare.r2.listing import MOST_LISTED, Page, page_of
from harness.mock_cloudflare.r2.xml_text import Node, document, elements
from harness.mock_cloudflare.request import BucketEffect, ObjectsEffect, StoredObject

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")


def all_of_them(call: S3Call) -> Outcome:
    """List the buckets of the account."""
    names = sorted({*call.buckets, *(call.first_buckets or ())})
    shown: list[Node] = [("Bucket", (("Name", name), ("CreationDate", day_of(0)))) for name in names]
    return xml(document("ListAllMyBucketsResult", ("Buckets", shown))), None


def head(call: S3Call) -> Outcome:
    """Tell whether there is such a bucket."""
    call.check_bucket()
    return empty(headers=(("x-amz-bucket-region", "auto"),)), None


def location(call: S3Call) -> Outcome:
    """Tell where a bucket is, which is nowhere in particular."""
    call.check_bucket()
    return xml(document("LocationConstraint")), None


def create(call: S3Call) -> Outcome:
    """Make a bucket; one that is there remains as it is."""
    if not _NAME.fullmatch(call.bucket):
        raise RefusedError(R2.BAD_BUCKET_NAME)
    return empty(headers=(("location", f"/{call.bucket}"),)), BucketEffect(bucket=call.bucket)


def drop(call: S3Call) -> Outcome:
    """Drop a bucket that is empty."""
    if call.objects:
        raise RefusedError(R2.BUCKET_NOT_EMPTY)
    return empty(204), BucketEffect(bucket=call.bucket, dropped=True)


def listed(call: S3Call) -> Outcome:
    """List a page of the keys."""
    query = call.query
    told = query.get("max-keys", "")
    most = min(int(told), MOST_LISTED) if told.isascii() and told.isdecimal() and len(told) < 9 else MOST_LISTED
    page = Page()
    if objects := call.objects if most else {}:
        page = page_of(
            objects,
            prefix=query.get("prefix", ""),
            mark=query.get("delimiter", ""),
            after=query.get("start-after", ""),
            cursor=query.get("continuation-token", ""),
            most=most,
        )
    by_url = query.get("encoding-type") == "url"

    def named(text: str) -> str:
        return quote(text.encode("utf-8", "replace"), safe="/") if by_url else text

    def shown(found: StoredObject) -> Node:
        about: list[Node] = [
            ("Key", named(found.key)),
            ("LastModified", day_of(found.uploaded_ms)),
            ("ETag", f'"{found.etag}"'),
            ("Size", len(found.value)),
            ("StorageClass", "STANDARD"),
        ]
        return ("Contents", about)

    echoed = {"Prefix": "prefix", "Delimiter": "delimiter", "StartAfter": "start-after"}
    nodes: list[Node] = [
        ("Name", call.bucket),
        *((name, named(query[parameter])) for name, parameter in echoed.items() if parameter in query),
        *([("EncodingType", "url")] if by_url else []),
        ("MaxKeys", most),
        ("KeyCount", len(page.objects) + len(page.prefixes)),
        ("IsTruncated", "true" if page.cursor else "false"),
        *([("NextContinuationToken", page.cursor)] if page.cursor else []),
        *map(shown, page.objects),
        *(("CommonPrefixes", (("Prefix", named(prefix)),)) for prefix in page.prefixes),
    ]
    return xml(document("ListBucketResult", *nodes)), None


def delete_many(call: S3Call) -> Outcome:
    """Delete as many keys as a body names."""
    call.check_bucket()
    keys = [each.get("Key", "") for each in elements(call.request.body, "Object")]
    if not keys or len(keys) > MOST_LISTED:
        raise RefusedError(R2.BAD_XML)
    quiet = b"<Quiet>true</Quiet>" in call.request.body
    shown: list[Node] = [] if quiet else [("Deleted", (("Key", key),)) for key in keys]
    return xml(document("DeleteResult", *shown)), ObjectsEffect(bucket=call.bucket, deletes=tuple(keys))
