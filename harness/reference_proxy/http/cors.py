"""Which pages of other origins may call, and read what they are told (Fetch: CORS protocol).

The one rule: the permission is on every answer alike, refusals and failures too, or a page never learns what was wrong.
"""

from collections.abc import Mapping

_ANY = "*"
METHODS = "GET, POST"
"""What the proxy's own routes take."""
_OF_CLIENTS = "anthropic-version, x-api-key, x-copilotcloud-public-api-key, x-copilotkit-runtime-client-gql-version"
_ALLOWED_HEADERS = f"authorization, cache-control, content-type, last-event-id, {_OF_CLIENTS}"
_EXPOSED_HEADERS = "content-disposition, retry-after, x-cache, x-conversation-id, x-message-id, x-request-id"
_MAX_AGE_S = 600


def granted(origin: str | None, allowed: frozenset[str]) -> Mapping[str, str]:
    """What is said to a page of that origin; nothing to one that may not read, or to who is no page."""
    if origin is None or not allowed & {_ANY, origin}:
        return {}
    named = _ANY if _ANY in allowed else origin
    vary = {} if named == _ANY else {"Vary": "Origin"}
    return {"Access-Control-Allow-Origin": named, "Access-Control-Expose-Headers": _EXPOSED_HEADERS, **vary}


def preflight(origin: str | None, allowed: frozenset[str], *, methods: str = METHODS) -> Mapping[str, str]:
    """What else is said to a page that asks whether it may ask by one of these methods."""
    if not granted(origin, allowed):
        return {}
    return {
        "Access-Control-Allow-Methods": methods,
        "Access-Control-Allow-Headers": _ALLOWED_HEADERS,
        "Access-Control-Max-Age": str(_MAX_AGE_S),
    }
