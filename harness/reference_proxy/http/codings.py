"""Content codings: answers that are no streams, made smaller for the clients that say they can read that.

The one rule: who does not ask for a coding never gets one, and a stream gets none whatever is asked: a compressor holds
events back. What must not be transformed (`no-transform`) stays as it is.
Sources: RFC 9110 §7.7, §8.4, §12.5.3, §12.5.5; RFC 9111 §5.2.1.6, §5.2.2.6.
"""

import asyncio
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from aiohttp import web

THREAD_FROM_BYTES: Final = 64 * 1024  # larger ones are compressed beside the loop, not on it
_READABLE: Final = ("application/json", "text/")
"""What gets smaller; all else that passes is most often compressed already."""


def _gzip(body: bytes) -> bytes:
    import gzip

    return gzip.compress(body, 5, mtime=0)


def _brotli(body: bytes) -> bytes:
    import brotli

    return bytes(brotli.compress(body, quality=4))


def _zstd(body: bytes) -> bytes:
    import zstandard

    return zstandard.ZstdCompressor(level=3).compress(body)


CODERS: Final[dict[str, Callable[[bytes], bytes]]] = {"zstd": _zstd, "br": _brotli, "gzip": _gzip}
"""By name, in the order in which they are taken where a client likes several as well. Each loads what it needs."""


async def coded(request: web.Request, response: web.StreamResponse, *, least_bytes: int) -> web.StreamResponse:
    """Return a response, not yet begun, as its client likes it best; one that has begun, or is small, as it was."""
    if not isinstance(response, web.Response) or response.prepared or not least_bytes:
        return response
    body = response.body
    if not isinstance(body, bytes) or len(body) < least_bytes or not _may_be_coded(request, response):
        return response
    vary(response)
    coding = chosen(", ".join(request.headers.getall("Accept-Encoding", ())))
    if coding:
        coder = CODERS[coding]
        response.body = coder(body) if len(body) < THREAD_FROM_BYTES else await asyncio.to_thread(coder, body)
        response.headers["Content-Encoding"] = coding
    return response


def vary(response: web.StreamResponse) -> None:
    """Say that another client may get the answer in another coding, so that no cache between gives it the wrong one."""
    varies_by(response, "Accept-Encoding")


def varies_by(response: web.StreamResponse, field: str) -> None:
    """Say, besides what is said already, that an answer was chosen by this field of the request (RFC 9110 §12.5.5)."""
    known = ", ".join(response.headers.getall("Vary", ()))
    if not {field.lower(), "*"} & {name.strip().lower() for name in known.split(",")}:
        response.headers["Vary"] = f"{known}, {field}" if known else field


@lru_cache(maxsize=64)
def chosen(accepted: str) -> str:
    """Return the coding that an `Accept-Encoding` likes best of ours; empty for none, which always is an answer."""
    weights: dict[str, float] = {}
    for item in accepted.lower().split(","):
        name, _, parameter = item.partition(";")
        weights[name.strip()] = _weight(parameter)
    anything = weights.get("*", 0.0)
    best, coding = weights.get("identity", 0.0), ""
    for name in CODERS:
        weight = weights.get(name, anything)
        if weight > best or (weight == best and weight > 0 and not coding):
            best, coding = weight, name
    return coding


def must_stay(cache_control: str) -> bool:
    """Whether a message's `Cache-Control` forbids those between its two ends to change it."""
    return "no-transform" in (part.strip() for part in cache_control.lower().split(","))


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0


def _may_be_coded(request: web.Request, response: web.Response) -> bool:
    if "Content-Encoding" in response.headers or not response.content_type.startswith(_READABLE):
        return False
    return response.content_type != "text/event-stream" and not any(
        must_stay(",".join(message.headers.getall("Cache-Control", ()))) for message in (request, response)
    )
