"""The error bodies that Cloudflare puts on the wire, as data.

The one rule: codes and texts are rows of a table here, never literals in a fault, so that a correction is a change of
data. Sources: Cloudflare docs (workers-ai/platform/errors, fundamentals/api, support/troubleshooting) and recordings.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from uuid import UUID
from xml.sax.saxutils import escape

from fault_injection.chat import dump
from fault_injection.cloudflare.pages import EDGE_TITLES, edge_page, problem, ray_id
from fault_injection.dialects import messages, responses
from fault_injection.reply import Length, Reply


@dataclass(frozen=True, slots=True)
class AiError:
    """One internal code of Workers AI: the HTTP status it comes with and its text."""

    status: int
    message: str


AI_ERRORS: dict[int, AiError] = {
    3003: AiError(400, "Request is missing headers or body: model"),
    3006: AiError(413, "Request is too large"),
    3007: AiError(408, "Request timeout"),
    3008: AiError(408, "Request was aborted"),
    3021: AiError(429, "rate limiting: inference request per min rate reached"),
    3023: AiError(403, "Service unavailable for account"),
    3036: AiError(
        429,
        "You have used up your daily free allocation of 10,000 neurons. Please upgrade to Cloudflare's Workers Paid "
        "plan if you would like to continue usage.",
    ),
    3040: AiError(429, "Capacity temporarily exceeded, please try again."),
    3041: AiError(403, "The account is not allowed to access this model"),
    3042: AiError(404, "The model name is invalid"),
    3043: AiError(500, "Internal server error"),
    3046: AiError(408, "Request timeout"),
    4006: AiError(
        429,
        "you have used up your daily free allocation of 10,000 neurons, please upgrade to Cloudflare's Workers Paid "
        "plan if you would like to continue usage.",
    ),
    5004: AiError(400, "Invalid data type for base64 input: string"),
    5005: AiError(405, "The model does not support LoRa inference"),
    5006: AiError(
        400,
        "Bad input: Error: oneOf at '/' not met, 0 matches: required properties at '/' are 'prompt', required "
        "properties at '/' are 'messages'",
    ),
    5007: AiError(400, "No such model or task"),
    5016: AiError(403, "User has not agreed to Llama3.2 model terms"),
    5018: AiError(403, "The account is not allowed to access this model"),
    5019: AiError(405, "Request trying to use deprecated SDK version"),
    5021: AiError(
        413,
        "The estimated number of input and maximum output tokens (155740) exceeded this model context window limit "
        "(128000).",
    ),
    5028: AiError(410, "Model has been deprecated. See the model catalog for alternatives"),
    5035: AiError(403, "This model requires a Workers Paid plan"),
    8001: AiError(500, "Internal server error"),
    8005: AiError(500, "Internal server error"),
    10000: AiError(401, "Authentication error"),
}

DEFAULT_AI_CODE: dict[int, int] = {
    400: 5006,
    401: 10000,
    403: 5018,
    404: 3042,
    405: 5005,
    408: 3007,
    410: 5028,
    413: 3006,
    429: 3040,
    500: 8001,
}
"""The internal code that usually comes with a status."""


@dataclass(frozen=True, slots=True)
class ApiError:
    """One error of the v4 API: its HTTP status, its code and its text."""

    status: int
    code: int
    message: str


KEY_NOT_FOUND = ApiError(404, 10_009, "get: 'key not found'")
THROTTLED = ApiError(429, 971, "Please wait and consider throttling your request speed")
VALUE_TOO_LARGE = ApiError(413, 10_033, "Value length of 26214401 exceeds limit of 26214400.")

BODY_FORMS = ("auto", "ai", "envelope", "html", "json", "text", "empty")

_REPLACED = (
    "content-type", "content-length", "content-encoding", "transfer-encoding", "cache-control", "retry-after",
    "cf-r2-metadata-size", "cf-cache-status",
)  # fmt: skip
"""Headers that speak of the answer that an error takes the place of. With CF-Cache-Status, a Worker's `caches` would
take the error for what was kept."""

R2_ERROR_HEADER = "cf-r2-error"
"""Where a Worker's R2 binding reads what went wrong; an error without it makes the binding itself fail."""
_R2_CODES = {403: 10_003, 404: 10_007, 412: 10_031, 429: 10_058, 503: 10_043}
_R2_INTERNAL = 10_001
D1_TEXTS = {
    408: "D1 DB storage operation exceeded timeout which caused object to be reset.",
    429: "D1 DB is overloaded. Too many requests queued.",
    500: "Internal error in D1 DB storage caused object to be reset.",
    503: "D1 DB is overloaded. Requests queued for too long.",
    504: "Cannot resolve D1 DB due to transient issue on remote node.",
}
"""What a Worker's D1 binding throws, by the status that comes nearest (Cloudflare docs: D1, debug D1)."""
_S3_CODES = {
    400: "InvalidRequest",
    401: "Unauthorized",
    403: "AccessDenied",
    404: "NoSuchKey",
    412: "PreconditionFailed",
    429: "TooManyRequests",
    500: "InternalError",
    503: "ServiceUnavailable",
}
_OWN_TEXTS = {"d1": D1_TEXTS, "s3": _S3_CODES}
"""By the kind of a reply the statuses that it has words of its own for."""


_OWN_FORMS = {"ai": "binding", "anthropic": "anthropic", "openai": "openai"}
"""By who reads a reply the form that it takes errors in."""
_WITHOUT_PAGES = {"anthropic": frozenset(EDGE_TITLES), "openai": frozenset({503})}
"""Statuses that a provider answers itself, where Cloudflare's edge has a page for them. OpenAI is behind that edge."""


def error_reply(
    reply: Reply,
    status: int,
    rng: Random,
    *,
    ai_code: int = 0,
    message: str = "",
    retry_after: str = "",
    form: str = "auto",
) -> Reply:
    """Answer with an error in place of the reply, keeping its timing and the headers that every answer carries.

    `ai_code` 0 takes the status's usual code, an empty `message` that code's text. `form` is one of `BODY_FORMS`:
    `auto` is what Cloudflare sends for that status.
    """
    if form == "auto":
        own = _OWN_FORMS.get(reply.binding) or ("envelope" if status == 401 else "ai")
        has_page = status in EDGE_TITLES and status not in _WITHOUT_PAGES.get(own, ())
        form = "html" if has_page and not ai_code else own
        if reply.binding in _OWN_TEXTS and (form != "html" or status in _OWN_TEXTS[reply.binding]):
            form = reply.binding
    content_type, body = _body(form, status, rng, ai_code=ai_code, message=message, retry_after=retry_after)
    headers = [pair for pair in reply.headers if pair[0].lower() not in _REPLACED]
    if content_type:
        headers.append(("content-type", content_type))
    if retry_after:
        headers.append(("retry-after", retry_after))
    if reply.binding == "r2" and status >= 400:
        headers.append((R2_ERROR_HEADER, r2_error(_R2_CODES.get(status, _R2_INTERNAL), message or "internal error")))
    return replace(reply, status=status, headers=tuple(headers), body=body, framing=Length())


def envelope_error(code: int, message: str) -> bytes:
    """Build the failure body of the v4 API's front door and of Workers KV."""
    return dump({"result": None, "success": False, "errors": [{"code": code, "message": message}], "messages": []})


def ai_error(code: int, message: str) -> bytes:
    """Build the failure body of Workers AI: message before code, and a result of `{}`."""
    return dump({"errors": [{"message": message, "code": code}], "success": False, "result": {}, "messages": []})


def binding_error(code: int, message: str) -> bytes:
    """Build the failure body that the AI binding reads: it throws an error `name` that says code and description.

    Source: `_parseError` of `src/cloudflare/internal/ai-api.ts` in workerd.
    """
    told = {"internalCode": code, "message": message, "name": "InferenceUpstreamError", "description": message}
    return dump(told)


def d1_error(message: str) -> bytes:
    """Build the body that the D1 binding throws as `D1_ERROR: ...`, whatever the status.

    Source: `mapD1Result` of `src/cloudflare/internal/d1-api.ts` in workerd.
    """
    return dump({"success": False, "error": message})


def s3_error(code: str, message: str) -> bytes:
    """Build the XML that clients of R2's S3 API read (Cloudflare docs: R2, error codes)."""
    told = f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
    return f'<?xml version="1.0" encoding="UTF-8"?>{told}'.encode("utf-8", "replace")


def r2_error(code: int, message: str) -> str:
    """Build the header that tells R2's binding what went wrong (Cloudflare docs: R2, error codes)."""
    return dump({"version": 1, "v4code": code, "message": message}).decode("latin-1", "replace")


def _body(form: str, status: int, rng: Random, *, ai_code: int, message: str, retry_after: str) -> tuple[str, bytes]:
    code = ai_code or DEFAULT_AI_CODE.get(status, 1000 + status)
    title = EDGE_TITLES.get(status, "Error")
    row = AI_ERRORS.get(code)
    text = message or (row.message if row else title)
    match form:
        case "ai":
            request = UUID(int=rng.getrandbits(128), version=4)
            return "application/json", ai_error(code, f"AiError: AiError: {text} ({request})")
        case "anthropic":
            return "application/json", messages.error_body(status, message)
        case "openai":
            return "application/json", responses.error_body(status, message)
        case "binding":
            return "application/json", binding_error(code, text)
        case "d1":
            return "application/json", d1_error(message or D1_TEXTS.get(status, D1_TEXTS[500]))
        case "s3":
            name = _S3_CODES.get(status, _S3_CODES[500])
            return "application/xml", s3_error(name, message or "We encountered an internal error. Please try again.")
        case "envelope":
            return "application/json", envelope_error(code, text)
        case "html":
            return "text/html; charset=UTF-8", edge_page(status, message or title, ray_id(rng))
        case "json":
            return "application/json", problem(status, message or title, ray_id(rng), retry_after)
        case "text":
            return "text/plain; charset=UTF-8", f"error code: {status}".encode()
        case _:
            return "", b""
