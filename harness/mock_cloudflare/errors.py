"""Cloudflare's errors: the three envelopes, and one table of codes, statuses and texts.

The one rule: key order and shape of an envelope are wire format. The front door writes `code` before `message` and a
null result, Workers AI writes `message` before `code` and an empty object; clients tell them apart by that.
Sources: Cloudflare docs, fundamentals/api and workers-ai/platform/errors; texts marked (seen) were recorded live.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from fault_injection.dialects import messages
from fault_injection.reply import Reply, json_reply
from harness.mock_cloudflare import json_text


@dataclass(frozen=True, slots=True)
class Failure:
    """One row: the HTTP status, Cloudflare's code, and the text with its blanks."""

    status: int
    code: int
    text: str


class Api(Enum):
    """Errors of the front door: authentication and routing."""

    NO_AUTH = Failure(400, 9106, "Missing X-Auth-Key, X-Auth-Email or Authorization headers")
    BAD_HEADER = Failure(400, 6003, "Invalid request headers")
    BAD_TOKEN_SHAPE = Failure(400, 9106, "Authentication failed (status: 400)")
    UNAUTHENTICATED = Failure(401, 10000, "Authentication error")
    INVALID_TOKEN = Failure(401, 1000, "Invalid API Token")
    NO_ROUTE = Failure(400, 7000, "No route for that URI")
    BAD_IDENTIFIER = Failure(404, 7003, "Could not route to {path}, perhaps your object identifier is invalid?")
    BAD_METHOD = Failure(405, 7001, "{method} not supported for requested URI.")
    THROTTLED = Failure(429, 971, "Please wait and consider throttling your request speed")


class Ai(Enum):
    """Errors of Workers AI."""

    BAD_INPUT = Failure(400, 5006, "Bad input: Error: {what}")
    NO_SUCH_MODEL = Failure(400, 5007, "No such model {model} or task")
    NO_BODY = Failure(400, 3003, "Request is missing headers or body: {what}")
    DEPRECATED = Failure(
        410, 5028, "Model has been deprecated: {model} was deprecated on {date}. See the model catalog for alternatives"
    )


class Kv(Enum):
    """Errors of Workers KV. Codes above 10016 are not confirmed."""

    NO_KEY = Failure(404, 10009, "get: 'key not found'")
    BAD_NAMESPACE = Failure(400, 10011, "could not parse UUID from request's namespace_id: '{what}'")
    NO_NAMESPACE = Failure(404, 10013, "{operation}: 'namespace not found'")
    TITLE_TAKEN = Failure(400, 10014, "a namespace with this account ID and title already exists")
    BAD_BODY = Failure(400, 10001, "{what}")
    BAD_KEY = Failure(400, 10017, "{what}")
    LONG_KEY = Failure(414, 10030, "UTF-8 encoded length of {length} exceeds key length limit of {limit}.")
    BIG_VALUE = Failure(413, 10033, "Value length of {length} exceeds limit of {limit}.")
    BIG_METADATA = Failure(413, 10047, "Metadata length of {length} exceeds limit of {limit}.")
    BAD_EXPIRY = Failure(400, 10021, "Invalid {name} of {value}. {why}")
    BAD_LIMIT = Failure(400, 10022, "Invalid key_count_limit of {value}. Please specify an integer {why}.")
    BAD_CURSOR = Failure(400, 10023, "list keys: 'invalid cursor'")
    BAD_COUNT = Failure(400, 10024, "{what}")
    BIG_REQUEST = Failure(413, 10025, "Total size of request exceeds the limit of 100MB")
    TOO_MANY_WRITES = Failure(429, 10429, "Rate limited")


class Manage(Enum):
    """Errors of the API of AI Gateway's logs and routes. Their codes are not confirmed."""

    NO_LOG = Failure(404, 7002, "Log Not Found")
    NO_ROUTE = Failure(404, 7002, "Route Not Found")
    BAD_BODY = Failure(400, 7001, "{what}")


def api_error(
    row: Api | Kv | Manage, status: int | None = None, chain: tuple[int, str] | None = None, /, **blanks: object
) -> Reply:
    """Build the front door's envelope, which KV uses too; `status` replaces the row's, `chain` is the cause."""
    failure = row.value
    error: dict[str, object] = {"code": failure.code, "message": failure.text.format(**blanks)}
    if chain:
        error["error_chain"] = [{"code": chain[0], "message": chain[1]}]
    body = {"result": None, "success": False, "errors": [error], "messages": []}
    return json_reply(json_text.dump(body), status=status or failure.status)


def ai_error(row: Ai, *, uuid: str = "", **blanks: object) -> Reply:
    """Build Workers AI's envelope; the uuid of the request, where given, ends the message."""
    failure = row.value
    message = f"AiError: {failure.text.format(**blanks)}" + (f" ({uuid})" if uuid else "")
    body = {"errors": [{"message": message, "code": failure.code}], "success": False, "result": {}, "messages": []}
    return json_reply(json_text.dump(body), status=failure.status)


def openai_error(message: str, *, status: int, kind: str = "invalid_request_error", code: str | None = None) -> Reply:
    """Build OpenAI's error object, for clients that know no other."""
    body = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return json_reply(json_text.dump(body), status=status)


def anthropic_error(message: str, *, status: int) -> Reply:
    """Build Anthropic's error object."""
    return replace(json_reply(messages.error_body(status, message), status=status), binding="anthropic")


def success(result: object, *, info: dict[str, object] | None = None) -> Reply:
    """Build the v4 envelope of a success, with `result_info` where it is a list."""
    body: dict[str, object] = {"result": result, "success": True, "errors": [], "messages": []}
    if info is not None:
        body["result_info"] = info
    return json_reply(json_text.dump(body))
