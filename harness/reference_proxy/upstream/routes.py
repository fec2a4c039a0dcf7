"""Which Workers AI endpoint answers for a model, and in which form it wants the request.

The one rule: parameters go out as the client sent them; the few rewrites the API forces are here and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harness.reference_proxy.requests import ChatRequest

_OPENAI_PREFIXES = ("@cf/meta/", "@cf/mistral/", "@cf/google/")


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamCall:
    """One request to Workers AI: the path under the account, and the JSON body."""

    path: str
    body: Mapping[str, Any]
    model: str
    stream: bool
    include_usage: bool
    choices: int


def call_for(request: ChatRequest, model: str) -> UpstreamCall:
    """The upstream call that answers `request` with `model` (which may be a fallback)."""
    body = dict(request.parameters)
    if model.startswith(_OPENAI_PREFIXES):
        path = "ai/v1/chat/completions"
        body["model"] = model
    else:
        path = f"ai/run/{model}"
        del body["model"]
        body["messages"] = [_without_null_content(message) for message in body["messages"]]
    return UpstreamCall(
        path=path,
        body=body,
        model=model,
        stream=request.stream,
        include_usage=request.include_usage,
        choices=request.choices,
    )


def _without_null_content(message: Mapping[str, Any]) -> Mapping[str, Any]:
    # The native endpoint rejects null and absent content (5006); a tool call's message must carry "".
    return message if message.get("content") is not None else {**message, "content": ""}
