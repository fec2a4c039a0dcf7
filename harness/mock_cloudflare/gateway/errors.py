"""AI Gateway's own errors: an envelope whose list is called `error`, with what the binding reads beside it.

The one rule: a provider's error is never put into this form; it passes through as the provider said it.
Source: Cloudflare docs, AI Gateway, troubleshooting; bodies as people have met them. What stands at 2005 is a guess.
"""

from __future__ import annotations

from enum import Enum

from fault_injection.reply import Reply, json_reply
from harness.mock_cloudflare import json_text
from harness.mock_cloudflare.errors import Failure


class Gateway(Enum):
    """Errors of AI Gateway."""

    NO_GATEWAY = Failure(400, 2001, "Please configure AI Gateway in the Cloudflare dashboard")
    TOO_LATE = Failure(504, 2005, "Request timeout")
    NO_PROVIDER = Failure(400, 2008, "Invalid provider")
    UNAUTHORIZED = Failure(401, 2009, "Unauthorized")
    LIMITED = Failure(429, 2003, "Rate limited")
    BAD_REQUEST = Failure(400, 7001, "{what}")


def gateway_error(row: Gateway, /, **blanks: object) -> Reply:
    """Build an error of the gateway itself."""
    failure = row.value
    text = failure.text.format(**blanks)
    body = {
        "success": False,
        "result": [],
        "messages": [],
        "error": [{"code": failure.code, "message": text}],
        "name": "AiGatewayError",
        "httpCode": failure.status,
        "internalCode": failure.code,
        "message": text,
        "description": text,
    }
    return json_reply(json_text.dump(body), status=failure.status)
