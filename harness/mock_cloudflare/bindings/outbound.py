"""Where a Worker's own `fetch()` goes: every host of the internet, as far as a run without a network has one.

The one rule: what is Cloudflare's or OpenAI's is served here under its own name; a call to any other host is refused
and told under that host's name, because whoever judges a Worker has to know that it depends on somebody else.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from fault_injection.reply import json_reply
from harness.mock_cloudflare import json_text
from harness.mock_cloudflare.r2.door import HOST
from harness.mock_cloudflare.request import Answer, Request

_LOOPBACK: Final = re.compile(r"localhost|127(\.\d+){3}|\[::1\]")
_HOST: Final = re.compile(r"[a-z0-9.-]{1,253}")
_GATEWAY: Final = re.compile(r"/v1/(?P<account>[^/]+)/[^/]+/(?P<provider>[^/]+)(?P<rest>/.*)")


def host_of(request: Request) -> str:
    """Return the host that a request is for, in lower case and without its port; `unknown` for none that is one."""
    host = (request.header("host") or "").lower()
    bare = host.rpartition(":")[0] if re.search(r":\d*$", host) else host
    return bare if _HOST.fullmatch(bare) or _LOOPBACK.fullmatch(bare) else "unknown"


def served(request: Request) -> Request | None:
    """Return the request as the mock's own API takes it; None for a host that is not served."""
    host = host_of(request)
    if _LOOPBACK.fullmatch(host) or host.endswith(HOST):
        return request  # the mock by its own address, or the S3 door of R2
    rewrite = _SERVED.get(host)
    return None if rewrite is None else rewrite(request)


def unexpected(request: Request) -> Answer:
    """Answer a call to a host that is not served."""
    host = host_of(request)
    told = f"edgeproof: a run has no network, and {host} is not served by the mock"
    body = {"error": {"message": told, "type": "unexpected_call"}}
    return Answer(surface=f"fetch.{host}", reply=json_reply(json_text.dump(body), status=502))


def _as_it_is(request: Request) -> Request:
    return request


def _by_gateway(request: Request) -> Request | None:
    """AI Gateway: the provider's own path behind account and gateway (Cloudflare docs: AI Gateway, providers)."""
    found = _GATEWAY.fullmatch(request.path)
    if found is None:
        return None
    provider, rest, workers_ai = found["provider"], found["rest"], f"/client/v4/accounts/{found['account']}/ai"
    match provider:
        case "openai" | "compat":
            return replace(request, path=f"/v1{rest}")
        case "workers-ai":
            return replace(request, path=f"{workers_ai}{rest if rest.startswith('/v1/') else f'/run{rest}'}")
        case _:
            return None


_SERVED: Final[dict[str, Callable[[Request], Request | None]]] = {
    "api.cloudflare.com": _as_it_is,
    "api.openai.com": _as_it_is,
    "gateway.ai.cloudflare.com": _by_gateway,
}
