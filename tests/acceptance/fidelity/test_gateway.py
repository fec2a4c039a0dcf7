"""AI Gateway's routes and logs through Cloudflare's own client."""

from __future__ import annotations

from typing import Any

import cloudflare
import pytest

from fault_injection.reply import header_of
from harness.core.observed.binding import named
from harness.mock_cloudflare.request import Request
from tests.acceptance.fidelity.official import ACCOUNT, LLAMA, Official, official

HERE: Any = {"account_id": ACCOUNT}
ELEMENTS: Any = [
    {"id": "s", "type": "start", "outputs": {"next": {"elementId": "m"}}},
    {
        "id": "m",
        "type": "model",
        "properties": {"provider": "workers-ai", "model": LLAMA, "timeout": 1000, "retries": 0},
        "outputs": {"success": {"elementId": "e"}, "fallback": {"elementId": "e"}},
    },
    {"id": "e", "type": "end", "outputs": {}},
]


def _run(at: Official) -> str:
    """Let a Worker ask once; return the id of the log."""
    body = b'[{"provider":"workers-ai","endpoint":"%s","headers":{},"query":{"prompt":"hi"}}]' % LLAMA.encode()
    request = Request(
        method="POST",
        path="/ai-gateway/universal/run/gw",
        headers=(("x-edgeproof-binding", named("ai")), ("cf-aig-metadata", '{"user":"ada"}')),
        body=body,
    )
    answer = at.mock.answer(request, now_s=1_764_000_000.0)
    at.mock.commit(answer)
    return header_of(answer.reply.headers, "cf-aig-log-id") or ""


async def test_a_route_is_made_read_listed_and_dropped() -> None:
    async with official() as at:
        routing = at.cloudflare.ai_gateway.dynamic_routing
        made = await routing.create("gw", **HERE, name="cheap", elements=ELEMENTS)
        read = await routing.get(made.id, **HERE, gateway_id="gw")
        listed = await routing.list("gw", **HERE)
        await routing.delete(made.id, **HERE, gateway_id="gw")
        after = await routing.list("gw", **HERE)

    assert (made.name, read.name, made.gateway_id) == ("cheap", "cheap", "gw")
    assert [element.type for element in read.elements] == ["start", "model", "end"]
    assert ([route.name for route in listed.data.routes], after.data.routes) == (["cheap"], [])


async def test_a_log_is_read_and_given_feedback() -> None:
    async with official() as at:
        identifier, logs = _run(at), at.cloudflare.ai_gateway.logs
        await logs.edit(identifier, **HERE, gateway_id="gw", feedback=1, score=90)
        log = await logs.get(identifier, **HERE, gateway_id="gw")

    assert (log.provider, log.model, log.success, log.cached, log.step) == ("workers-ai", LLAMA, True, False, 0)
    assert log.metadata == '{"user":"ada"}'
    assert log.tokens_out is not None
    assert log.tokens_out > 0


async def test_a_log_that_is_not_there_is_not_found() -> None:
    async with official() as at:
        with pytest.raises(cloudflare.NotFoundError):
            await at.cloudflare.ai_gateway.logs.get("none", **HERE, gateway_id="gw")
