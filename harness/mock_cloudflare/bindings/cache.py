"""The Cache API: `caches.default` and `caches.open(...)`, which workerd sends to `cacheApiOutbound`.

The one rule: what may not be kept is not kept, and the Worker is told nothing of it, as on the edge: a `put` succeeds
either way. A miss is a 504 (`Cache-Control: only-if-cached`, RFC 9111 §5.2.1.7), which `match` turns into undefined.
Sources: RFC 9111 §3, §5.2; Cloudflare docs, Workers runtime APIs, Cache; `src/workerd/api/cache.c++` in workerd.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from fault_injection.reply import Headers, Reply, header_of
from harness.mock_cloudflare.bindings.binding import BindingCall
from harness.mock_cloudflare.request import Answer, CacheEffect, Request

_STATUS: Final = re.compile(r"HTTP/\S* [0-9]{3}")
_CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r\n")
_NAMESPACE_HEADER: Final = "cf-cache-namespace"
"""Which cache of `caches.open` is meant; `caches.default` sends none."""
_USUAL_TTL_S: Final = {200: 7200, 206: 7200, 301: 7200, 302: 1200, 303: 1200, 404: 180, 410: 180}
"""How long the edge keeps what says nothing of its life (Cloudflare docs: default cache behavior, edge TTL)."""
_NEVER: Final = frozenset({"no-store", "private", "no-cache"})
_NOT_ON_HOPS: Final = frozenset({"transfer-encoding", "content-length", "connection"})
_AGE: Final = re.compile(r"(?:^|[,\s])(s-maxage|max-age)\s*=\s*\"?(\d{1,10})", re.IGNORECASE)


class _Parsed(NamedTuple):
    """An answer read from its text."""

    status: int
    headers: Headers
    body: bytes


def answer(call: BindingCall) -> Answer:
    """Answer one call of the binding."""
    request, key = call.request, _key(call.request)
    match request.method:
        case "GET" | "HEAD":
            return Answer(surface="cache.match", reply=_match(call, key))
        case "PUT":
            return Answer(surface="cache.put", reply=Reply(status=204), kept=_put(call, key))
        case "PURGE":
            there = call.stores.fresh(key, now_s=call.identity.now_s) is not None
            dropped = CacheEffect(key=key, kept=None)
            return Answer(surface="cache.delete", reply=Reply(status=200 if there else 404), kept=dropped)
        case _:
            return Answer(surface="unknown", reply=Reply(status=405))


def _key(request: Request) -> str:
    where = f"{request.header('host') or ''}{request.path}?{request.query}"
    return f"{request.header(_NAMESPACE_HEADER) or ''} {where}"


def _match(call: BindingCall, key: str) -> Reply:
    kept = call.stores.fresh(key, now_s=call.identity.now_s)
    found = _parse(kept) if kept is not None else None
    if found is None:
        return Reply(status=504, headers=(("cf-cache-status", "MISS"),))
    headers = tuple(pair for pair in found.headers if pair[0].lower() not in _NOT_ON_HOPS)
    return Reply(status=found.status, headers=(*headers, ("cf-cache-status", "HIT")), body=found.body)


def _put(call: BindingCall, key: str) -> CacheEffect | None:
    found = _parse(call.request.body)
    life_s = 0 if found is None else life_of(found.status, found.headers)
    if not life_s:
        return None
    return CacheEffect(key=key, kept=call.request.body, until_s=call.identity.now_s + life_s)


def life_of(status: int, headers: Headers) -> int:
    """Return how many seconds an answer may be kept; 0 for one that may not be."""
    control = (header_of(headers, "cache-control") or "").lower()
    said = {part.partition("=")[0].strip() for part in control.split(",")}
    if (
        said & _NEVER
        or header_of(headers, "set-cookie") is not None
        or (header_of(headers, "vary") or "").strip() == "*"
    ):
        return 0
    ages = {name.lower(): int(seconds) for name, seconds in _AGE.findall(control)}
    usual = _USUAL_TTL_S.get(status, 0)
    return ages.get("s-maxage", ages.get("max-age", usual))


def _parse(text: bytes) -> _Parsed | None:
    """Read an answer as workerd writes it into a `put`: a status line, fields, and the body behind a blank line."""
    head, separator, body = text.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ", 2)
    if not separator or len(words) < 2 or not _STATUS.fullmatch(" ".join(words[:2])):
        return None
    fields = [line.partition(":") for line in lines]
    headers = tuple((name.strip(), value.strip()) for name, colon, value in fields if colon)
    chunked = "chunked" in (header_of(headers, "transfer-encoding") or "").lower()
    return _Parsed(int(words[1]), headers, _unchunked(body) if chunked else body)


def _unchunked(body: bytes) -> bytes:
    """Undo the chunked coding as far as it goes (RFC 9112 §7.1)."""
    out: list[bytes] = []
    at = 0
    while size := _CHUNK_SIZE.match(body, at):
        length = int(size[1], 16)
        if not length:
            break
        out.append(body[size.end() : size.end() + length])
        at = size.end() + length + len(b"\r\n")
    return b"".join(out)
