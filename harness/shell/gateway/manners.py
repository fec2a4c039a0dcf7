"""Who may pass through a gateway, and who may steer it.

The one rule: on this machine only those are let through who name it as such, so that no page in a browser gets in by a
name of its own (DNS rebinding); from elsewhere only those with the token, which never goes on to upstream.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from fault_injection.reply import Headers, Reply, header_of
from harness.shell.upstream.answering import error_reply

TOKEN_HEADER: Final = "X-Edgeproof-Token"  # noqa: S105 - the name of a header
TOKEN_VARIABLE: Final = "EDGEPROOF_GATEWAY_TOKEN"  # noqa: S105 - the name of a variable


@lru_cache(maxsize=64)  # clients call a gateway by few names, at every request
def is_loopback(host: str) -> bool:
    """Whether a host is this machine alone, by its name or its number."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


class Manners:
    """The rules of one listener on `host`. `others` are names besides by which clients may call it."""

    def __init__(self, host: str, *, token: str = "", others: Iterable[str] = ()) -> None:
        self._token = token
        self._open = is_loopback(host)
        self._names = {host.lower(), *(name.lower() for name in others)}

    @property
    def asks_nobody(self) -> bool:
        """Whether anybody may pass who can reach the listener."""
        return self._open and not self._token

    def refusal(self, headers: Headers) -> Reply | None:
        """Return the answer to somebody who may not, or None."""
        if not self.asks_nobody:
            given = header_of(headers, TOKEN_HEADER) or ""
            if not self._token or not hmac.compare_digest(given.encode(), self._token.encode()):
                return error_reply(
                    403, f"{TOKEN_HEADER} is missing or wrong; the gateway takes {TOKEN_VARIABLE}'s value"
                )
            return None
        named = _host_name(header_of(headers, "host") or "")
        if named and not is_loopback(named) and named not in self._names:
            return error_reply(421, f"this gateway does not go by the name {named!r}; it takes --name {named}")
        return None


@lru_cache(maxsize=64)
def _host_name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return host.lower()
