"""The upstream that was named: whose API it is, where its doors are, and who asks.

The one rule: a token comes from the environment, and goes nowhere but to the host that was named.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from fault_injection.reply import Headers
from harness.core.drift.questions import Api
from harness.core.serving.names import is_loopback
from harness.errors import UsageError
from harness.mock_cloudflare.gateway.providers import SERVED
from harness.mock_cloudflare.settings import ACCOUNT_ID

GATEWAY_TOKEN: Final = "CF_AIG_TOKEN"  # noqa: S105 - the name of a variable
_GATEWAY_HOST: Final = "gateway.ai.cloudflare.com"
_VARIABLES: Final[dict[Api, str]] = {"cloudflare": "CLOUDFLARE_API_TOKEN", "openai": "OPENAI_API_KEY"}
_ACCOUNT_PATH: Final = re.compile(rf"/client/v4/accounts/(?P<account>{ACCOUNT_ID.pattern})(/ai(/v1)?)?")
"""What Workers AI gives clients of OpenAI for a base URL, and what leads there."""
_GATEWAY_PATH: Final = re.compile(rf"/v1/{ACCOUNT_ID.pattern}/(?P<behind>[^/]+/({'|'.join(SERVED)})(/v1)?)")
_V4: Final = "/client/v4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upstream:
    """Where a real upstream is. `root` is its API up to where the path of a question begins."""

    api: Api
    root: str
    is_here: bool
    """Whether it is on this machine."""
    headers: Headers = ()
    behind: str = ""
    """The AI Gateway that it is, with the provider behind it; empty for none."""

    def token(self, variable: str) -> str:
        """Return the token from the environment.

        Raises:
            UsageError: there is none.
        """
        name = variable or _VARIABLES[self.api]
        token = os.environ.get(name, "")
        if not token:
            raise UsageError(
                f"{name} is not set, so there is no token to ask with",
                next_step=f"export {name}=..., or name another variable: --token-variable NAME; an upstream that wants "
                "no token takes any word",
            )
        if not token.isascii() or not token.isprintable():
            raise UsageError(f"{name} holds what no header may", next_step="set it to the token alone, on one line")
        return token


def upstream_of(url: str, *, account: str, owned: bool) -> Upstream:
    """Return the upstream at a URL.

    Raises:
        UsageError: there can be none, it is not this machine, or Cloudflare's API was named without an account.
    """
    parts = _parts_of(url)
    if parts is None:
        raise UsageError(
            "--upstream is no URL to ask", next_step="give one such as https://api.cloudflare.com or https://HOST/v1"
        )
    host, path = parts.hostname or "", parts.path.rstrip("/")
    is_here = is_loopback(host)
    if not (is_here or owned):
        raise UsageError(
            f"{host} is not this machine",
            evidence="the requests, some of them wrong on purpose, count against the account whose token is used",
            next_step="add --i-own-this-target if they may",
        )
    origin = f"{parts.scheme}://{parts.netloc}"
    if own := _ACCOUNT_PATH.fullmatch(path):
        path, account = "", own["account"]
    if path in ("", _V4):
        if not ACCOUNT_ID.fullmatch(account):
            raise UsageError(
                f"{url} has no path, so it is taken for Cloudflare's API, which needs an account",
                evidence=f"--account is {account!r}, not 32 hexadecimal digits" if account else "there is no --account",
                next_step="give --account ID, or the whole base URL of an OpenAI-compatible API, such as https://HOST/v1",
            )
        return Upstream(api="cloudflare", root=f"{origin}{_V4}/accounts/{account}", is_here=is_here)
    token = os.environ.get(GATEWAY_TOKEN, "") if host == _GATEWAY_HOST else ""
    headers = (("cf-aig-authorization", f"Bearer {token}"),) if token else ()
    gateway = _GATEWAY_PATH.fullmatch(path)
    behind = gateway["behind"] if gateway else ""
    return Upstream(api="openai", root=origin + path, is_here=is_here, headers=headers, behind=behind)


def _parts_of(url: str) -> SplitResult | None:
    """Return the parts of a URL whose host can be asked, and None for any other."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        return None
    return parts if usable and not (parts.query or parts.fragment or parts.username is not None) else None
