"""Who may pass: bearer tokens, and the many ways in which Cloudflare refuses one.

The one rule: a refusal never repeats the token it refuses, nor the one it wanted.
Source: Cloudflare docs, fundamentals/api/troubleshooting; statuses and texts as recorded live.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping

from fault_injection.reply import Reply
from harness.mock_cloudflare.errors import Api, api_error, openai_error, success
from harness.mock_cloudflare.identity import Identity
from harness.mock_cloudflare.request import Request
from harness.mock_cloudflare.settings import MockSettings

_TOKEN68 = re.compile(r"[A-Za-z0-9\-._~+/]+=*")  # RFC 9110 §11.2
_WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{40}|cf(ut|at|k)_[A-Za-z0-9_-]{20,}")


def refuse(request: Request, settings: MockSettings, *, account: bytes | None) -> Reply | None:
    """Return the front door's refusal, or None for a caller with the right token and account."""
    header = request.header("authorization")
    if header is None:
        legacy = request.header("x-auth-email") or request.header("x-auth-key")
        return api_error(Api.BAD_TOKEN_SHAPE if legacy else Api.NO_AUTH)
    token = _bearer(header)
    if token is None:
        return api_error(Api.BAD_HEADER, None, (6111, "Invalid format for Authorization header"))
    if not _same(token, settings.api_token):
        if not _WELL_FORMED.fullmatch(token):
            return api_error(Api.BAD_TOKEN_SHAPE)
        return api_error(Api.UNAUTHENTICATED, settings.switches.unknown_token_status)
    if account is not None and account.decode("latin-1") != settings.account_id:
        return api_error(Api.UNAUTHENTICATED, settings.switches.foreign_account_status)
    return None


def refuse_openai(request: Request, settings: MockSettings) -> Reply | None:
    """Return OpenAI's refusal, or None for a caller with the right token."""
    token = _bearer(request.header("authorization") or "")
    if token is None:
        message = "You didn't provide an API key. Give it in an Authorization header: Bearer YOUR_KEY."
        return openai_error(message, status=401)
    if not _same(token, settings.api_token):
        return openai_error("Incorrect API key provided.", status=401, code="invalid_api_key")
    return None


def verify(request: Request, settings: MockSettings, identity: Identity, parts: Mapping[str, bytes]) -> Reply:
    """Answer `tokens/verify`: a token that is not the mock's is 1000, not 10000."""
    refusal = refuse(request, settings, account=parts.get("account"))
    if refusal is None:
        return success({"id": identity.hex32, "status": "active"})
    if refusal.status in (401, 403):
        return api_error(Api.INVALID_TOKEN)
    return refusal


def _bearer(header: str) -> str | None:
    scheme, _, token = header.partition(" ")
    token = token.strip()
    return token if scheme.lower() == "bearer" and (_TOKEN68.fullmatch(token)) else None


def _same(token: str, wanted: str) -> bool:
    return hmac.compare_digest(token.encode(), wanted.encode())
