"""Who may pass the S3 door: AWS's signature, version 4, in a header or in the query of a presigned URL.

The one rule: a request that is signed this way is S3's, wherever it arrives; no other service of Cloudflare's is asked
so. Key and secret follow from the API token: the secret is its SHA-256.
Sources: AWS, Signature Version 4 for API requests; Cloudflare docs, R2, authentication.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import quote, unquote_plus

from harness.mock_cloudflare.r2.errors import R2
from harness.mock_cloudflare.request import Request, last_of_each

ALGORITHM: Final = "AWS4-HMAC-SHA256"
_HEADER: Final = re.compile(
    rf"{ALGORITHM}\s+Credential=(?P<credential>[^,\s]+),\s*SignedHeaders=(?P<headers>[^,\s]+),\s*"
    r"Signature=(?P<signature>[0-9a-f]{64})\s*"
)
_WHEN: Final = "%Y%m%dT%H%M%SZ"
_MOST_DIGITS: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signed:
    """What a request says of its signature."""

    credential: str
    headers: str
    signature: str
    at: str
    payload: str
    lives_s: int | None = None


def is_signed(request: Request) -> bool:
    """Whether a request bears such a signature, right or wrong."""
    header = request.header("authorization") or ""
    return header.startswith(ALGORITHM) or f"X-Amz-Algorithm={ALGORITHM}" in request.query


def refuse(request: Request, *, key_id: str, secret: str, now_s: float) -> R2 | None:
    """Return what R2 refuses the caller with; None for one whose signature is right."""
    signed = _signed(request)
    if signed is None:
        return R2.UNAUTHORIZED
    owner, _, scope = signed.credential.partition("/")
    if owner != key_id or not scope.endswith("/s3/aws4_request"):
        return R2.UNAUTHORIZED
    try:
        made_s = datetime.strptime(signed.at, _WHEN).replace(tzinfo=UTC).timestamp()
    except ValueError:
        return R2.UNAUTHORIZED
    right = _signature(request, signed, scope, secret)
    if not hmac.compare_digest(right.encode(), signed.signature.encode("utf-8", "replace")):
        return R2.BAD_SIGNATURE
    return R2.EXPIRED if signed.lives_s is not None and now_s > made_s + signed.lives_s else None


def _signed(request: Request) -> _Signed | None:
    found = _HEADER.fullmatch(request.header("authorization") or "")
    if found is not None:
        return _Signed(
            credential=found["credential"],
            headers=found["headers"],
            signature=found["signature"],
            at=request.header("x-amz-date") or "",
            payload=request.header("x-amz-content-sha256") or "UNSIGNED-PAYLOAD",
        )
    told = last_of_each(request.query)
    lives = told.get("X-Amz-Expires", "")
    if told.get("X-Amz-Algorithm") != ALGORITHM or not lives.isdecimal() or len(lives) > _MOST_DIGITS:
        return None
    return _Signed(
        credential=told.get("X-Amz-Credential", ""),
        headers=told.get("X-Amz-SignedHeaders", ""),
        signature=told.get("X-Amz-Signature", ""),
        at=told.get("X-Amz-Date", ""),
        payload="UNSIGNED-PAYLOAD",
        lives_s=int(lives),
    )


def _signature(request: Request, signed: _Signed, scope: str, secret: str) -> str:
    asked = hashlib.sha256(_canonical(request, signed).encode("utf-8", "replace")).hexdigest()
    text = f"{ALGORITHM}\n{signed.at}\n{scope}\n{asked}"
    key = f"AWS4{secret}".encode()
    for part in (*scope.split("/"), text):
        key = hmac.new(key, part.encode("utf-8", "replace"), hashlib.sha256).digest()
    return key.hex()


def _canonical(request: Request, signed: _Signed) -> str:
    pairs = [part.partition("=") for part in request.query.split("&") if part]
    query = sorted((_encoded(name), _encoded(value)) for name, _, value in pairs if name != "X-Amz-Signature")
    names = signed.headers.split(";")
    return "\n".join(
        (
            request.method,
            request.path or "/",
            "&".join(f"{name}={value}" for name, value in query),
            *(f"{name}:{_values(request, name)}" for name in names),
            "",
            signed.headers,
            signed.payload,
        )
    )


def _encoded(text: str) -> str:
    return quote(unquote_plus(text), safe="-_.~")


def _values(request: Request, name: str) -> str:
    return ",".join(" ".join(value.split()) for key, value in request.headers if key.lower() == name)
