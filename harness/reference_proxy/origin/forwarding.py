"""What goes on to the origin, what comes back from it, and as which question a request is looked up.

The one rule: what is said of one connection stays on it (RFC 9110 §7.6.1). Everything else passes.
"""

import hashlib
from collections.abc import Iterable

from aiohttp import web

from harness.reference_proxy import jsontext
from harness.reference_proxy.errors import invalid_request
from harness.reference_proxy.origin.entry import Fields
from harness.reference_proxy.origin.question import Question, values_of

MOUNT = "/origin"
_ONE_HOP = frozenset({
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade",
})  # fmt: skip
_MADE_ANEW = frozenset({"host", "content-length", "accept-encoding", "expect"})
_UNDONE = frozenset({"gzip", "deflate", "br", "zstd"})
"""Codings of a request's body that the server has undone before we see it."""
_NOT_KEPT = frozenset({"content-length", "date", "set-cookie", "age", "server", "x-cache", "x-request-id"})
_SHAPING = (
    "Accept", "Accept-Language", "Anthropic-Beta", "Anthropic-Version", "Api-Key", "CF-AIG-Authorization",
    "Content-Type", "Cookie", "OpenAI-Beta", "OpenAI-Organization", "OpenAI-Project", "Origin", "X-Api-Key",
    "X-Goog-Api-Key",
)  # fmt: skip
"""Fields that APIs of models answer by, and that few of them name in `Vary`."""


def path_of(request: web.Request) -> str:
    """Return the path and the query that the origin is asked for, as the client wrote them.

    Raises:
        ProxyError: the path leads out of the one that the origin has.
    """
    segments = request.rel_url.raw_path.lower().replace("%2e", ".").split("/")
    if ".." in segments:
        raise invalid_request("The path must not hold '..' segments.", code="invalid_path")
    return request.rel_url.raw_path_qs.removeprefix(MOUNT) or "/"


def request_headers(request: web.Request, token: str) -> list[tuple[str, str]]:
    """Return what is told to the origin; with a token of our own, nothing that the client authorizes itself with."""
    dropped = _ONE_HOP | _MADE_ANEW | _named(request.headers.getall("Connection", ()))
    dropped |= {"authorization", "x-api-key"} if token else set()
    dropped |= {"content-encoding"} if request.headers.get("Content-Encoding", "").lower() in _UNDONE else set()
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


def question_of(request: web.Request, body: bytes, owner: str, token: str) -> Question:
    """Return a request as the cache sees it: whose it is, and a hash of what it asks for and shapes answers by custom.

    An answer's own `Vary` is heeded besides. Because nobody is given what was kept for another, an answer to a request
    with `Authorization` may be kept (RFC 9111 §3.5 is about caches that share such answers).
    """
    told = tuple(request_headers(request, token))
    shaping = [request.method, path_of(request), values_of(told, _SHAPING), hashlib.sha256(body).hexdigest()]
    return Question(key=f"{owner}-{hashlib.sha256(jsontext.canonical(shaping)).hexdigest()}", told=told)


def _named(connection: Iterable[str]) -> set[str]:
    return {name.strip().lower() for value in connection for name in value.split(",")}
