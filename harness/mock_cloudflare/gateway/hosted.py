"""`gateway.ai.cloudflare.com`: the universal endpoint, and each provider's own paths behind account and gateway.

The one rule: a provider that is not served is somebody else's host, and a call to it is told as such.
Source: Cloudflare docs, AI Gateway, universal endpoint, providers, authenticated gateway.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable
from typing import Final

from harness.mock_cloudflare.gateway import passage
from harness.mock_cloudflare.gateway.call import GatewayCall, Remembered
from harness.mock_cloudflare.gateway.errors import Gateway, gateway_error
from harness.mock_cloudflare.gateway.providers import SERVED, Step
from harness.mock_cloudflare.gateway.universal import fields_of, steps_of
from harness.mock_cloudflare.identity import Identity
from harness.mock_cloudflare.request import Answer, Request
from harness.mock_cloudflare.settings import MockSettings

HOST: Final = "gateway.ai.cloudflare.com"
_PATH: Final = re.compile(r"/v1/(?P<account>[^/]+)/(?P<gateway>[^/]+)/?(?:(?P<provider>[^/]+)/(?P<rest>.+))?")


def answer(
    request: Request,
    *,
    settings: MockSettings,
    identity: Identity,
    remembered: Remembered,
    ask: Callable[[Request], Answer],
) -> Answer | None:
    """Answer a call of the host; None for what is not served."""
    found = _PATH.fullmatch(request.path)
    if found is None or (found["provider"] or SERVED[0]) not in SERVED:
        return None
    fields = fields_of(request)
    allowed = fields.get("cf-aig-authorization")
    if allowed is not None and not hmac.compare_digest(allowed.encode(), f"Bearer {settings.api_token}".encode()):
        return Answer(surface=passage.RUN, reply=gateway_error(Gateway.UNAUTHORIZED))
    if found["account"] != settings.account_id:
        return Answer(surface=passage.RUN, reply=gateway_error(Gateway.NO_GATEWAY))
    if found["provider"]:
        own = {name: value for name, value in fields.items() if name not in ("host", "content-length")}
        steps: tuple[Step, ...] = (
            Step(
                provider=found["provider"],
                endpoint=found["rest"],
                headers=own,
                body=request.body,
                method=request.method,
            ),
        )
    else:
        steps = steps_of(request.body) if request.method == "POST" else ()
    call = GatewayCall(
        gateway=found["gateway"],
        steps=steps,
        headers=fields,
        token=settings.api_token if allowed is not None else "",
        settings=settings,
        identity=identity,
        remembered=remembered,
        ask=ask,
        surface="" if found["provider"] else passage.RUN,
    )
    return passage.answer(call)
