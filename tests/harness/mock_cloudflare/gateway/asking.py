"""How the tests ask an AI Gateway: by the AI binding of a Worker, or by the gateway's own host."""

from __future__ import annotations

import json
from typing import Any

from fault_injection.reply import Headers, header_of
from harness.core.observed.binding import named
from harness.mock_cloudflare.request import Answer
from tests.harness.mock_cloudflare.asking import LLAMA, NONCE, user
from tests.harness.mock_cloudflare.bindings.calling import Caller

MESSAGES = user(f"{NONCE} tokens=3")
HOST = "gateway.ai.cloudflare.com"


def step(model: str = LLAMA, **headers: str) -> dict[str, Any]:
    """A step that asks a model of Workers AI."""
    return {"provider": "workers-ai", "endpoint": model, "headers": headers, "query": {"messages": MESSAGES}}


def openai(**more: object) -> dict[str, Any]:
    """A step that asks OpenAI."""
    query = {"model": "gpt-5-mini", "messages": MESSAGES, **more}
    return {"provider": "openai", "endpoint": "chat/completions", "headers": {}, "query": query}


class Gate(Caller):
    """A mock, and calls of one gateway's."""

    def steps(self, *steps: object, headers: Headers = (), gateway: str = "gw") -> Answer:
        """`env.AI.gateway(id).run([...])`."""
        body = json.dumps(list(steps)).encode()
        return self.call(named("ai"), "POST", f"/ai-gateway/universal/run/{gateway}", body, headers)

    def run(self, model: str = LLAMA, /, **gateway: object) -> Answer:
        """`env.AI.run(model, inputs, {gateway})`."""
        told = {"inputs": {"messages": MESSAGES}, "options": {"gateway": {"id": "gw", **gateway}}}
        header = (("cf-consn-model-id", model),)
        return self.call(named("ai"), "POST", "/ai-gateway/run", json.dumps(told).encode(), header, "version=3")

    def host(self, path: str, body: object, headers: Headers = (), method: str = "POST") -> Answer:
        """A request of the gateway's own host; `path` stands behind account and gateway."""
        whole = f"/v1/{self.settings.account_id}/gw{path}"
        return self.fetch(HOST, whole, method, headers, json.dumps(body).encode())

    def route(self, *elements: dict[str, Any], name: str = "cheap") -> None:
        path = f"{self.account}/ai-gateway/gateways/gw/routes"
        assert self.do("POST", path, {"name": name, "elements": list(elements)}).reply.status == 200


def told(answer: Answer, name: str) -> str | None:
    """A `cf-aig-*` header of an answer, by the end of its name."""
    return header_of(answer.reply.headers, f"cf-aig-{name}")
