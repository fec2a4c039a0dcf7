"""What goes on to the origin, what comes back from it, and under which key an answer is kept.

The one rule: what is said of one connection stays on it (RFC 9110 §7.6.1), and two requests have one key only where the
origin cannot tell them apart.
"""

import hashlib
from collections.abc import Iterable, Mapping

from aiohttp import web

from harness.reference_proxy import jsontext
from harness.reference_proxy.origin.entry import Fields

MOUNT = "/origin"
_ONE_HOP = frozenset({
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade",
})  # fmt: skip
_MADE_ANEW = frozenset({"host", "content-length", "accept-encoding", "expect"})
_NOT_KEPT = frozenset({"content-length", "date", "set-cookie", "age", "server", "x-cache", "x-request-id"})
_SHAPING = ("Accept", "Accept-Language", "Content-Type", "Cookie", "Origin")


def path_of(request: web.Request) -> str:
    """Return the path and the query that the origin is asked for, as the client wrote them."""
    return request.rel_url.raw_path_qs.removeprefix(MOUNT) or "/"


def request_headers(request: web.Request, token: str) -> list[tuple[str, str]]:
    """Return what is told to the origin; with a token of our own, nothing that the client authorizes itself with."""
    dropped = _ONE_HOP | _MADE_ANEW | _named(request.headers.getall("Connection", ()))
    dropped |= {"authorization", "x-api-key"} if token else set()
    told = [(name, value) for name, value in request.headers.items() if name.lower() not in dropped]
    own = [("Authorization", f"Bearer {token}")] if token else []
    # Unchanged: what is kept is given to clients that read other codings, or none.
    return [*told, *own, ("Accept-Encoding", "identity")]


def response_fields(headers: Iterable[tuple[str, str]]) -> Fields:
    """Return the fields of an answer that are for the client, in their order; its length is told anew."""
    pairs = list(headers)
    named = _named(value for name, value in pairs if name.lower() == "connection")
    dropped = _ONE_HOP | named | {"content-length"}
    return tuple((name, value) for name, value in pairs if name.lower() not in dropped)


def kept_fields(fields: Fields) -> Fields:
    """Return those that are given again with a kept answer: not what was said of one occasion."""
    return tuple((name, value) for name, value in fields if name.lower() not in _NOT_KEPT)


def may_be_kept(status: int, fields: Fields) -> bool:
    """Whether an answer with this head may be given to a later request of the same caller.

    `no-cache` does not forbid it: event streams come with it, to be passed at once, and are what is to be kept.
    """
    said = [(name.lower(), value.strip().lower()) for name, value in fields]
    directives = {part.strip() for name, value in said if name == "cache-control" for part in value.split(",")}
    return (
        status == 200
        and not directives & {"no-store", "private"}
        and not {"set-cookie", "content-encoding", "content-range"} & {name for name, _ in said}
        and ("vary", "*") not in said
    )


def key_of(request: web.Request, body: bytes, owner: str) -> str:
    """Return the key of a request: whose it is, and a hash of all that the origin may answer by."""
    told: Mapping[str, list[str]] = {name: request.headers.getall(name, []) for name in _SHAPING}
    shaping = [request.method, path_of(request), told, hashlib.sha256(body).hexdigest()]
    return f"{owner}-{hashlib.sha256(jsontext.canonical(shaping)).hexdigest()}"


def _named(connection: Iterable[str]) -> set[str]:
    return {name.strip().lower() for value in connection for name in value.split(",")}
