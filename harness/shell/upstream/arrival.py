"""What comes in on a connection to the mock: a request, or what there is of one.

The one rule: a request is told as it came, save that its target is in origin form (RFC 9112 §3.2.1).
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import NamedTuple

from fault_injection.reply import Headers, header_of
from harness.core.observed.binding import BINDING_HEADER
from harness.core.observed.request_target import wanted
from harness.mock_cloudflare.request import Request


class Arrival(NamedTuple):
    """What came in: a request, whole or not.

    `refused` is the status to refuse it with: 400 for what is not HTTP, 413 for a body over the bound. `partial` says
    that the peer left before the request was whole.
    """

    request: Request
    arrived_s: float
    keep_alive: bool = True
    refused: int = 0
    reason: str = ""
    partial: bool = False


@lru_cache(maxsize=1024)  # most fields come with every request, and a journal keeps them by the thousand
def field(name: bytes, value: bytes) -> tuple[str, str]:
    """Return a header as text; its bytes stand for themselves (RFC 9110 §5.5)."""
    return sys.intern(name.decode("latin-1")), value.decode("latin-1")


def target_and_headers(raw: bytes, fields: list[tuple[str, str]]) -> tuple[str, Headers]:
    """Return the target of a request in origin form, and its headers; `raw` is the target as it came.

    A target that cannot be read stays as it is; its request is refused.
    """
    target = raw.decode("latin-1")
    headers: Headers = tuple(fields)
    if target.startswith("/") or (found := wanted(target)) is None:
        return target, headers
    return found.path_and_query, _with_host(headers, found.authority) if found.authority else headers


def _with_host(headers: Headers, authority: str) -> Headers:
    """Return the fields with the host that the target names, for workerd, which sends none of its own in that form."""
    from_binding = header_of(headers, BINDING_HEADER) is not None
    return (*headers, ("host", authority)) if from_binding and header_of(headers, "host") is None else headers
