"""What an object that comes in parts must be made of, whichever door the parts come by.

The one rule: nothing is in the bucket before the upload is completed. All parts but the last are of one size and have
at least 5 MiB.
Source: Cloudflare docs, R2, multipart objects, error codes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from harness.mock_cloudflare.r2.errors import R2, RefusedError
from harness.mock_cloudflare.request import Upload

LEAST_PART_BYTES: Final = 5 * 1024 * 1024
MOST_PARTS: Final = 10_000


def begun(uploads: Mapping[str, Upload], upload_id: str, *, bucket: str, key: str) -> Upload:
    """Return an upload that was begun for that key and has not ended.

    Raises:
        RefusedError: there is none.
    """
    found = uploads.get(upload_id)
    if found is None or (found.bucket, found.key) != (bucket, key):
        raise RefusedError(R2.NO_UPLOAD)
    return found


def with_part(upload: Upload, number: int, value: bytes) -> Upload:
    """Return the upload with one part more; one of the same number before it is forgotten.

    Raises:
        RefusedError: no part has such a number.
    """
    if not 1 <= number <= MOST_PARTS:
        raise RefusedError(R2.NO_PART)
    parts = {**dict(upload.parts), number: value}
    return replace(upload, parts=tuple(sorted(parts.items())))


def etag_of(part: bytes) -> str:
    """Return the etag that a part is told by, and named by when the upload is completed."""
    return _md5(part).hex()


def put_together(upload: Upload, named: Sequence[tuple[int, str]]) -> tuple[bytes, str]:
    """Return the value and the etag of the object that the parts make, which are named by number and etag.

    They are too small in the order in which they are named, and make the object in the order of their numbers.

    Raises:
        RefusedError: a part is missing, or named twice, or of a size that it may not have.
    """
    come = dict(upload.parts)
    if len({number for number, _ in named}) < len(named):
        raise RefusedError(R2.NO_PART)
    if any(number not in come or etag != etag_of(come[number]) for number, etag in named):
        raise RefusedError(R2.NO_PART)
    if any(len(come[number]) < LEAST_PART_BYTES for number, _ in named[:-1]):
        raise RefusedError(R2.PART_TOO_SMALL)
    values = [come[number] for number, _ in sorted(named)]
    if len({len(value) for value in values[:-1]}) > 1 or (values and len(values[-1]) > len(values[0])):
        raise RefusedError(R2.PARTS_DIFFER)
    return b"".join(values), f"{_md5(b''.join(map(_md5, values))).hex()}-{len(values)}"


def _md5(value: bytes) -> bytes:
    return hashlib.md5(value, usedforsecurity=False).digest()
