"""The S3 door of R2: whose requests come through it, what each is for, and who answers it.

The one rule: a request is S3's by its host (`ACCOUNT.r2.cloudflarestorage.com`, a bucket in front or not) or by its
signature; then the bucket stands in the host or first in the path.
Source: Cloudflare docs, R2, S3 API compatibility.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import parse_qsl, unquote

from harness.mock_cloudflare.identity import Identity
from harness.mock_cloudflare.r2 import buckets, objects, uploads
from harness.mock_cloudflare.r2.call import Outcome, S3Call, refused
from harness.mock_cloudflare.r2.errors import R2, RefusedError
from harness.mock_cloudflare.r2.signature import is_signed, refuse
from harness.mock_cloudflare.request import Answer, Request, StoredObject, Upload
from harness.mock_cloudflare.settings import MockSettings

HOST: Final = ".r2.cloudflarestorage.com"
_JURISDICTIONS: Final = ("eu", "fedramp")
_Handler = Callable[[S3Call], Outcome]
# Which handler answers: what is meant, the method, and the parameter that decides, the first that is there.
_TABLE: Final[tuple[tuple[str, str, str, str, _Handler], ...]] = (
    ("account", "GET", "", "r2.buckets", buckets.all_of_them),
    ("bucket", "GET", "list-type", "r2.list", buckets.listed),
    ("bucket", "GET", "location", "r2.buckets", buckets.location),
    ("bucket", "HEAD", "", "r2.buckets", buckets.head),
    ("bucket", "PUT", "", "r2.buckets", buckets.create),
    ("bucket", "DELETE", "", "r2.buckets", buckets.drop),
    ("bucket", "POST", "delete", "r2.delete", buckets.delete_many),
    ("object", "POST", "uploads", "r2.multipart", uploads.create),
    ("object", "PUT", "partNumber", "r2.multipart", uploads.part),
    ("object", "GET", "uploadId", "r2.multipart", uploads.parts),
    ("object", "POST", "uploadId", "r2.multipart", uploads.complete),
    ("object", "DELETE", "uploadId", "r2.multipart", uploads.abort),
    ("object", "GET", "", "r2.get", objects.get),
    ("object", "HEAD", "", "r2.head", objects.get),
    ("object", "PUT", "", "r2.put", objects.put),
    ("object", "DELETE", "", "r2.delete", objects.delete),
)
_SUBRESOURCES: Final = frozenset({
    "acl", "cors", "encryption", "lifecycle", "notification", "object-lock", "policy", "replication", "retention",
    "tagging", "uploads", "versioning", "versions", "website",
})  # fmt: skip
"""What makes another operation of a request, one that is not served."""


def is_s3(request: Request) -> bool:
    """Whether a request is for the S3 door."""
    return is_signed(request) or _host(request).endswith(HOST)


def answer(
    request: Request,
    *,
    settings: MockSettings,
    identity: Identity,
    stored: Mapping[str, Mapping[str, StoredObject]],
    begun: Mapping[str, Upload],
) -> Answer:
    """Answer one request; `stored` are the buckets and `begun` the uploads that are not completed."""
    bucket, key = _named(request)
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    meant = "object" if key else "bucket" if bucket else "account"
    surface, handler = _chosen(meant, request.method, query)
    refusal = refuse(
        request, key_id=settings.r2_access_key_id, secret=settings.r2_secret_access_key, now_s=identity.now_s
    )
    if refusal is not None:
        return Answer(surface=surface, reply=refused(refusal))
    try:
        call = S3Call(
            request=request,
            identity=identity,
            bucket=bucket,
            key=key,
            query=query,
            value=_value(request),
            buckets=stored,
            uploads=begun,
            first_buckets=settings.r2_buckets,
        )
        reply, effect = handler(call)
    except RefusedError as error:
        return Answer(surface=surface, reply=refused(error.row))
    return Answer(surface=surface, reply=replace(reply, binding="s3"), kept=effect)


def _chosen(meant: str, method: str, query: Mapping[str, str]) -> tuple[str, _Handler]:
    for what, by, parameter, surface, handler in _TABLE:
        fits = parameter in query if parameter else not query.keys() & _SUBRESOURCES
        if (what, by) == (meant, method) and fits:
            return surface, handler
    return "unknown", _not_served


def _not_served(_call: S3Call) -> Outcome:
    raise RefusedError(R2.NOT_SERVED)


def _host(request: Request) -> str:
    return (request.header("host") or "").lower().partition(":")[0]


def _named(request: Request) -> tuple[str, str]:
    """Return the bucket and the key that a request names; empty for none."""
    path = unquote(request.path.removeprefix("/"), errors="replace")
    host = _host(request)
    if host.endswith(HOST):
        labels = host.removesuffix(HOST).split(".")
        account = labels[:-1] if labels[-1] in _JURISDICTIONS else labels
        if account[:-1]:
            return ".".join(account[:-1]), path
    bucket, _, key = path.partition("/")
    return bucket, key


def _value(request: Request) -> bytes:
    """Return the body as it was before AWS's own chunks were put around it.

    Raises:
        RefusedError: it ends in the middle of one.
    """
    if not (request.header("x-amz-content-sha256") or "").startswith("STREAMING-"):
        return request.body
    out: list[bytes] = []
    rest = request.body
    while True:
        head, separator, rest = rest.partition(b"\r\n")
        try:
            size = int(head.partition(b";")[0], 16)
        except ValueError:
            size = -1
        if not separator or size < 0 or len(rest) < size:
            raise RefusedError(R2.INCOMPLETE)
        if not size:
            return b"".join(out)
        out.append(rest[:size])
        rest = rest[size + 2 :]
