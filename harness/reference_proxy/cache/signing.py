"""Requests signed as S3 wants them: AWS's signature, version 4, in a header.

The one rule: what is signed is exactly what is sent, the body included.
Source: AWS, Signature Version 4 for API requests (S3 encodes a path once, not twice as other services do).
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

import httpx

_ALGORITHM = "AWS4-HMAC-SHA256"
_SAFE = "-_.~"


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Key:
    """Who signs, and for which region: R2 has but one, `auto`."""

    key_id: str
    secret: str = field(repr=False)
    region: str = "auto"


def signed(
    method: str,
    endpoint: str,
    path: str,
    *,
    key: S3Key,
    now_s: float,
    query: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> httpx.Request:
    """The request to `endpoint` (no path) for a path that is not yet encoded; `now_s` is Unix time."""
    at = datetime.fromtimestamp(now_s, UTC).strftime("%Y%m%dT%H%M%SZ")
    encoded = quote(path, safe=f"/{_SAFE}")
    asked = "&".join(
        f"{quote(name, safe=_SAFE)}={quote(value, safe=_SAFE)}" for name, value in sorted((query or {}).items())
    )
    url = httpx.URL(f"{endpoint}{encoded}{'?' if asked else ''}{asked}")
    told = {
        **{name.lower(): " ".join(value.split()) for name, value in (headers or {}).items()},
        "host": url.netloc.decode("ascii"),
        "x-amz-content-sha256": hashlib.sha256(body).hexdigest(),
        "x-amz-date": at,
    }
    names = ";".join(sorted(told))
    fields = "".join(f"{name}:{told[name]}\n" for name in sorted(told))
    canonical = "\n".join((method, encoded, asked, fields, names, told["x-amz-content-sha256"]))
    scope = f"{at[:8]}/{key.region}/s3/aws4_request"
    text = f"{_ALGORITHM}\n{at}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    told["authorization"] = (
        f"{_ALGORITHM} Credential={key.key_id}/{scope}, SignedHeaders={names}, Signature={_signature(key, scope, text)}"
    )
    return httpx.Request(method, url, headers=told, content=body)


def _signature(key: S3Key, scope: str, text: str) -> str:
    made = f"AWS4{key.secret}".encode()
    for part in (*scope.split("/"), text):
        made = hmac.new(made, part.encode(), hashlib.sha256).digest()
    return made.hex()
