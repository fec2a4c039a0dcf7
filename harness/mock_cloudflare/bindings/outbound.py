"""Where a Worker's own `fetch()` goes: every host of the internet, as far as a run without a network has one.

The one rule: what is Cloudflare's, OpenAI's or Anthropic's is served here under its own name; a call to any other host
is refused and told under that host's name. Whoever judges a Worker has to know that it depends on somebody else.
"""

from __future__ import annotations

import re
from typing import Final

from fault_injection.reply import json_reply
from harness.mock_cloudflare import json_text
from harness.mock_cloudflare.r2.door import HOST
from harness.mock_cloudflare.request import Answer, Request

_LOOPBACK: Final = re.compile(r"localhost|127(\.\d+){3}|\[::1\]")
_SERVED: Final = frozenset({"api.anthropic.com", "api.cloudflare.com", "api.openai.com"})
"""AI Gateway's host is served besides; see `gateway.hosted`."""
_HOST: Final = re.compile(r"[a-z0-9.-]{1,253}")


def host_of(request: Request) -> str:
    """Return the host that a request is for, in lower case and without its port; `unknown` for none that is one."""
    host = (request.header("host") or "").lower()
    bare = host.rpartition(":")[0] if re.search(r":\d*$", host) else host
    return bare if _HOST.fullmatch(bare) or _LOOPBACK.fullmatch(bare) else "unknown"


def is_served(request: Request) -> bool:
    """Whether the mock's own API takes the request: it is the host's, or the Worker was told of the mock's address."""
    host = host_of(request)
    return host in _SERVED or _LOOPBACK.fullmatch(host) is not None or host.endswith(HOST)


def unexpected(request: Request) -> Answer:
    """Answer a call to a host that is not served."""
    host = host_of(request)
    told = f"edgeproof: a run has no network, and {host} is not served by the mock"
    body = {"error": {"message": told, "type": "unexpected_call"}}
    return Answer(surface=f"fetch.{host}", reply=json_reply(json_text.dump(body), status=502))
