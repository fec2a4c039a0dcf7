"""The names by which a server on this machine may be called.

A page of elsewhere can let its own name point to 127.0.0.1 (DNS rebinding), and then reads and steers what listens here
as if it were its own. The browser still sends that name in `Host`, and it names the page in `Origin`.

The one rule: who is asked by a name that is not ours is not answered, whoever asks.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

_USUAL_PORT: Final = 80


@lru_cache(maxsize=64)  # clients call a gateway by few names, at every request
def is_loopback(host: str) -> bool:
    """Whether a host is this machine alone, by its name or its number."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


class Names:
    """Those of the loopback interface, and `others`; with a `port`, only together with it."""

    def __init__(self, *others: str, port: int = 0) -> None:
        self._others = frozenset(name.lower() for name in others)
        self._port = port

    def include(self, authority: str) -> bool:
        """Whether a `Host` names this server: a name of ours, and the right port where one is wanted."""
        host, port = _place(authority)
        return (is_loopback(host) or host in self._others) and self._port in (0, port)

    def include_page(self, origin: str) -> bool:
        """Whether an `Origin` is a page by one of these names; an opaque origin, `null`, is not."""
        scheme, _, authority = origin.partition("://")
        return scheme in ("http", "https") and self.include(authority)


@lru_cache(maxsize=64)
def _place(authority: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{authority}")
        return (parts.hostname or "").lower(), parts.port or _USUAL_PORT
    except ValueError:
        return "", 0
