"""Who may pass through a gateway, and who may steer it.

The one rule: on this machine only those are let through who name it as such, so that no page in a browser gets in by a
name of its own (DNS rebinding); from elsewhere only those with the token, which never goes on to upstream.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import Final

from fault_injection.reply import Headers, Reply, header_of
from harness.core.serving.names import Names, is_loopback
from harness.shell.upstream.answering import error_reply
from harness.shell.upstream.callers import misdirected, uninvited

TOKEN_HEADER: Final = "X-Edgeproof-Token"  # noqa: S105 - the name of a header
TOKEN_VARIABLE: Final = "EDGEPROOF_GATEWAY_TOKEN"  # noqa: S105 - the name of a variable


class Manners:
    """The rules of one listener on `host`. `others` are names besides by which clients may call it.

    At one that `steers` no page of elsewhere may ask; a proxy may well pass on where a browser's request comes from.
    """

    def __init__(self, host: str, *, token: str = "", others: Iterable[str] = (), steers: bool = False) -> None:
        self._token = token
        self._open = is_loopback(host)
        self._names = Names(host, *others)
        self._stranger = uninvited if steers else misdirected

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
        return self._stranger(headers, self._names, server="gateway")
