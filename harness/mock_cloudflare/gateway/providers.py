"""Providers behind AI Gateway: which call of the mock's own services a step is.

The one rule: a provider hears its own path, its own body and its own key; a step without a key uses the account's where
the caller may, as with keys that are stored at the gateway.
Source: Cloudflare docs, AI Gateway, providers, universal endpoint, unified API (`compat`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fault_injection.reply import Headers
from harness.mock_cloudflare import json_text
from harness.mock_cloudflare.request import Request

SERVED = ("workers-ai", "openai", "anthropic", "compat")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One call to one provider; names of headers are in lower case."""

    provider: str
    endpoint: str
    """The provider's own path, without a slash before it."""
    headers: Mapping[str, str]
    body: bytes
    method: str = "POST"

    @property
    def query(self) -> dict[str, object]:
        """The body as an object; empty where it is none."""
        try:
            return json_text.load_object(self.body)
        except json_text.BadJsonError:
            return {}

    @property
    def model(self) -> str:
        """The model that is asked, as far as the step says."""
        told = self.query.get("model")
        if isinstance(told, str):
            return told
        return self.endpoint if self.provider == "workers-ai" and self.endpoint.startswith("@") else ""


def of_model(step: Step, provider: str, model: str) -> Step:
    """Return a step of the unified API as one that asks a model of a provider."""
    body = json_text.dump({**step.query, "model": model})
    return replace(step, provider=provider, endpoint=f"v1/{step.endpoint.removeprefix('v1/')}", body=body)


def resolved(step: Step) -> Step:
    """Return the step of a provider that a step of the unified API stands for: `model` is `provider/model`."""
    if step.provider != "compat":
        return step
    provider, _, model = step.model.partition("/")
    if provider in SERVED and model:
        return of_model(step, "openai" if provider == "anthropic" else provider, model)
    return of_model(step, "openai", step.model)


def request_of(step: Step, *, account: str, token: str) -> Request | None:
    """Return the call of the mock's services that a step is; None for a provider that is not served."""
    endpoint = step.endpoint.strip("/")
    match step.provider:
        case "workers-ai":
            path = f"/client/v4/accounts/{account}/ai/{endpoint if endpoint.startswith('v1/') else f'run/{endpoint}'}"
        case "openai" | "anthropic":
            path = f"/v1/{endpoint.removeprefix('v1/')}"
        case _:
            return None
    return Request(method=step.method, path=path, headers=_headers(step, token), body=step.body)


def _headers(step: Step, token: str) -> Headers:
    own = tuple((name, value) for name, value in step.headers.items() if not name.startswith("cf-aig-"))
    key = "x-api-key" if step.provider == "anthropic" else "authorization"
    if key in step.headers or not token:
        return own
    return (*own, (key, token if key == "x-api-key" else f"Bearer {token}"))
