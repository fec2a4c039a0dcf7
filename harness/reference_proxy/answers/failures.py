"""What an upstream failure means: the status for the client, and whether to try again.

The one rule: nothing of the upstream's wording reaches a client unless it concerns the client's own request, and
then without URLs and credentials. Codes and statuses: Cloudflare docs, workers-ai/platform/errors.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from harness.reference_proxy import jsontext
from harness.reference_proxy.errors import UpstreamError

MAX_HONOURED_WAIT_S = 60.0
_MAX_MESSAGE_CHARS = 500
_URL = re.compile(r"(?:https?|wss?)://\S+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_DAILY_QUOTA = frozenset({3036, 4006})
_AUTH_CODES = frozenset({1000, 2009, 6003, 9106, 9109, 10000, 10001})
_STATUS_OF_CODE = {
    3006: 413, 3007: 408, 3008: 408, 3010: 413, 3021: 429, 3036: 429, 3039: 400, 3040: 429, 3042: 404, 3046: 408,
    4006: 429, 5004: 400, 5006: 400, 5007: 400, 5021: 413, 5028: 410,
}  # fmt: skip

Scrub = Callable[[str], str]


def scrubber(secrets: list[str]) -> Scrub:
    """A function that takes URLs, these secrets and control characters out of a message, and bounds it."""
    known = sorted((secret for secret in secrets if secret), key=len, reverse=True)

    def scrub(text: str) -> str:
        text = _URL.sub("[url]", text)
        for secret in known:
            text = text.replace(secret, "[redacted]")
        return _CONTROL.sub(" ", text)[:_MAX_MESSAGE_CHARS]

    return scrub


def retry_after_s(value: str | None, now: float) -> float | None:
    """Seconds to wait by a Retry-After header (RFC 9110 §10.2.3); None when absent, past or not understood."""
    if value is None:
        return None
    text = value.strip()
    if re.fullmatch(r"[0-9]{1,10}(\.[0-9]+)?", text):
        wait_s = float(text)
    else:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        wait_s = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - now
    return wait_s if wait_s > 0 else None


def wall_clock() -> float:
    """Seconds since the epoch, for dates on the wire and ages of stored answers."""
    return datetime.now(UTC).timestamp()


def from_response(status: int, retry_after: str | None, body: bytes, *, scrub: Scrub, now: float) -> UpstreamError:
    """The failure told by a status other than 200, or by a 200 whose body says that it failed."""
    code, message = _code_and_message(_json_or_none(body))
    if status < 300:
        status = _STATUS_OF_CODE.get(code or 0, 502)
    wait_s = retry_after_s(retry_after, now)
    return _failure(status, code, scrub(message), retry_after if wait_s is not None else None, wait_s)


def in_band(payload: object, *, scrub: Scrub) -> UpstreamError:
    """The failure that an upstream event reports inside its stream."""
    code, message = _code_and_message(payload)
    status = _STATUS_OF_CODE.get(code or 0, code if code and 400 <= code < 600 else 502)
    failure = _failure(status, code, scrub(message), None, None)
    failure.code = "upstream_stream_error" if failure.status >= 500 else failure.code
    return failure


def is_error(payload: Mapping[str, Any]) -> bool:
    """Whether a document is one of the error envelopes: v4, AI Gateway's, OpenAI's."""
    return bool(payload.get("error")) or bool(payload.get("errors")) or payload.get("success") is False


def _failure(
    status: int, code: int | None, message: str, retry_after: str | None, wait_s: float | None
) -> UpstreamError:
    detail = message or "The upstream rejected the request."
    if status in (401, 403) or (status < 500 and code in _AUTH_CODES):
        return UpstreamError(
            502,
            "The upstream did not accept the proxy's credentials.",
            kind="upstream_auth",
            code="upstream_auth",
            retryable=False,
            discredits=False,
        )
    if status == 429:
        quota = code in _DAILY_QUOTA
        return UpstreamError(
            429,
            detail if message else "The upstream is limiting requests.",
            kind="rate_limit_error",
            code="upstream_quota_exhausted" if quota else "upstream_rate_limited",
            retry_after=retry_after,
            wait_s=wait_s,
            retryable=not quota,
            discredits=False,
        )
    if status == 408 or status in (504, 522, 524):
        return UpstreamError(
            504,
            "The upstream timed out.",
            kind="upstream_timeout",
            code="upstream_timeout",
            retry_after=retry_after,
            wait_s=wait_s,
        )
    if 400 <= status < 500:
        return _client_error(status, code, detail)
    return UpstreamError(
        503 if status == 503 else 502,
        "The upstream is unavailable." if status == 503 else "The upstream failed.",
        code="upstream_unavailable" if status == 503 else "upstream_error",
        retry_after=retry_after,
        wait_s=wait_s,
        retryable=status >= 500,
        discredits=status >= 500,
    )


def _client_error(status: int, code: int | None, detail: str) -> UpstreamError:
    name = {404: "model_not_found", 410: "model_not_found", 413: "context_too_large"}.get(status)
    return UpstreamError(
        {404: 404, 410: 404, 413: 413}.get(status, 400),
        detail,
        kind="invalid_request_error",
        code=name or (f"upstream_{code}" if code else "upstream_rejected"),
        retryable=False,
        discredits=False,
    )


def _json_or_none(body: bytes) -> object:
    try:
        return jsontext.loads(body.decode("utf-8"))
    except ValueError:
        return None


def _code_and_message(payload: object) -> tuple[int | None, str]:
    if not isinstance(payload, Mapping):
        return None, ""
    for name in ("errors", "error"):
        found = payload.get(name)
        if isinstance(found, list) and found:
            found = found[0]
        if isinstance(found, Mapping):
            return _as_code(found.get("code")), _as_text(found.get("message"))
        if isinstance(found, str):
            return _as_code(payload.get("code")), found
    return _as_code(payload.get("internalCode", payload.get("code"))), _as_text(payload.get("message"))


def _as_code(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else ""
