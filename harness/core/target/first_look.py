"""A target file for a proxy about which nothing is known but where it listens.

The one rule: what is assumed stands in the file's own lines, so that nothing is judged which no file could say.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

import tomli_w

from harness.core.observed.hidden.credentials import has_userinfo
from harness.core.observed.redact import shown_url
from harness.errors import UsageError

_USUAL_PATHS: Final = MappingProxyType(
    {
        "openai": "/v1/chat/completions",
        "workers-ai": "/client/v4/accounts/{account_id}/ai/run/{{model}}",
        "openai-responses": "/v1/responses",
        "anthropic-messages": "/v1/messages",
        "copilotkit": "/copilotkit",
        "ag-ui": "/ag-ui",
        "ai-sdk": "/ai-sdk",
    }
)

_READY_TIMEOUT_S: Final = 5.0
"""It runs already, and so it need not be waited for while it starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstLook:
    """A proxy that runs already, as far as a command line can tell of it."""

    origin: str
    dialect: str
    path: str
    model: str
    streaming: bool

    @classmethod
    def at(cls, url: str, *, dialect: str, path: str | None, model: str, streaming: bool) -> FirstLook:
        """Return what is assumed of the proxy at an address; a path in the address is that of a chat request.

        Raises:
            UsageError: the address is none, or the path does not begin with a slash.
        """
        if has_userinfo(url):
            raise UsageError(
                f"{shown_url(url)} holds a user name or a password, which a report would show",
                next_step="leave it out; give a client's token as EDGEPROOF_CLIENT_TOKEN in the environment, or write "
                "a target file whose [chat] headers hold what the proxy wants",
            )
        try:
            parts = urlsplit(url)
            usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable or parts.query or parts.fragment or {"{", "}"} & {*parts.netloc}:
            raise UsageError(
                f"{shown_url(url)!r} is not the address of a proxy",
                next_step="it should look like http://127.0.0.1:8080",
            )
        asked = path or parts.path.rstrip("/") or _USUAL_PATHS[dialect]
        if not asked.startswith("/"):
            raise UsageError(f"{asked!r} is not the path of a chat request", next_step='it should begin with "/"')
        return cls(
            origin=f"{parts.scheme}://{parts.netloc}", dialect=dialect, path=asked, model=model, streaming=streaming
        )

    @property
    def text(self) -> str:
        """The target file that says all of this."""
        return tomli_w.dumps(
            {
                "target": {
                    "name": urlsplit(self.origin).netloc,
                    "url": self.origin,
                    "ready_timeout_s": _READY_TIMEOUT_S,
                },
                "chat": {
                    "dialect": self.dialect,
                    "path": self.path,
                    "model": self.model,
                    "headers": {"Authorization": "Bearer {client_token}"},
                },
                "capabilities": {"streaming": True} if self.streaming else {},
            }
        )
