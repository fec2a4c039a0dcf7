"""R2's errors, for both doors: one table of statuses, of R2's own codes and of S3's.

The one rule: a door refuses with a row of this table and with nothing else.
Source: Cloudflare docs, R2, error codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, slots=True)
class Failure:
    """One row: the HTTP status, R2's own code, S3's code, and the text."""

    status: int
    code: int
    s3_code: str
    text: str


class R2(Enum):
    """What R2 refuses with."""

    NOT_SERVED = Failure(501, 10_001, "NotImplemented", "This operation is not served here")
    INTERNAL = Failure(500, 10_001, "InternalError", "We encountered an internal error. Please try again.")
    UNAUTHORIZED = Failure(401, 10_002, "Unauthorized", "Unauthorized")
    BAD_BUCKET_NAME = Failure(400, 10_005, "InvalidBucketName", "The specified bucket name is not valid.")
    NO_BUCKET = Failure(404, 10_006, "NoSuchBucket", "The specified bucket does not exist.")
    NO_KEY = Failure(404, 10_007, "NoSuchKey", "The specified key does not exist.")
    BUCKET_NOT_EMPTY = Failure(409, 10_008, "BucketNotEmpty", "The bucket you tried to delete is not empty")
    PART_TOO_SMALL = Failure(
        400, 10_011, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed object size."
    )
    INCOMPLETE = Failure(400, 10_013, "IncompleteBody", "The request body terminated unexpectedly")
    BAD_MD5 = Failure(400, 10_014, "InvalidDigest", "The Content-MD5 you specified was invalid.")
    EXPIRED = Failure(400, 10_018, "ExpiredRequest", "The request has expired.")
    BAD_KEY = Failure(400, 10_020, "InvalidObjectName", "The specified object name is not valid.")
    NO_UPLOAD = Failure(404, 10_024, "NoSuchUpload", "The specified multipart upload does not exist.")
    NO_PART = Failure(400, 10_025, "InvalidPart", "One or more of the specified parts could not be found.")
    PARTS_DIFFER = Failure(400, 10_048, "InvalidPart", "All non-trailing parts must have the same length.")
    UNMET = Failure(412, 10_031, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold.")
    BAD_SIGNATURE = Failure(
        403, 10_035, "SignatureDoesNotMatch", "The request signature we calculated does not match the one you provided."
    )
    BAD_DIGEST = Failure(400, 10_037, "BadDigest", "The Content-MD5 you specified did not match what we received.")
    BAD_RANGE = Failure(416, 10_039, "InvalidRange", "The requested range is not satisfiable")
    BAD_XML = Failure(400, 10_001, "MalformedXML", "The XML you provided was not well formed.")


class RefusedError(Exception):
    """A door refuses, with a row of the table."""

    def __init__(self, row: R2) -> None:
        super().__init__(row.value.text)
        self.row = row
