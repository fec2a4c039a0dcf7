"""One call of R2's S3 API with everything that decides its answer, and how it is answered.

The one rule: a handler reads the stores and describes a change in an effect; what it refuses, it raises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from fault_injection.cloudflare.errors import s3_error
from fault_injection.reply import Headers, Reply
from harness.mock_cloudflare.identity import Identity
from harness.mock_cloudflare.r2.errors import R2, RefusedError
from harness.mock_cloudflare.request import Request, StoredObject, StoreEffect, Upload

Outcome: TypeAlias = tuple[Reply, StoreEffect | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Call:
    """A request that may pass, for a bucket and a key in it; empty where none is meant."""

    request: Request
    identity: Identity
    bucket: str
    key: str
    query: Mapping[str, str]
    value: bytes
    """The body without the chunks of its coding."""
    buckets: Mapping[str, Mapping[str, StoredObject]]
    uploads: Mapping[str, Upload]
    first_buckets: frozenset[str] | None

    def check_bucket(self) -> None:
        """Refuse a bucket that is not there."""
        known = self.first_buckets is None or self.bucket in self.first_buckets
        if not known and self.bucket not in self.buckets:
            raise RefusedError(R2.NO_BUCKET)

    @property
    def objects(self) -> Mapping[str, StoredObject]:
        """What is in the bucket.

        Raises:
            RefusedError: there is no such bucket.
        """
        self.check_bucket()
        return self.buckets.get(self.bucket, {})

    def found(self, key: str | None = None) -> StoredObject:
        """Return the object of the path, or of another key.

        Raises:
            RefusedError: there is none.
        """
        found = self.objects.get(self.key if key is None else key)
        if found is None:
            raise RefusedError(R2.NO_KEY)
        return found


def xml(body: bytes, *, status: int = 200) -> Reply:
    """Build an answer in XML."""
    return Reply(status=status, headers=(("content-type", "application/xml"),), body=body, binding="s3")


def empty(status: int = 200, headers: Headers = ()) -> Reply:
    """Build an answer without a body."""
    return Reply(status=status, headers=headers, binding="s3")


def refused(row: R2) -> Reply:
    """Build the error of a row."""
    return xml(s3_error(row.value.s3_code, row.value.text), status=row.value.status)


def day_of(unix_ms: int) -> str:
    """Return a time as S3 writes it into XML."""
    return datetime.fromtimestamp(unix_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
