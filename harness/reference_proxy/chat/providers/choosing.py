"""Which provider answers for a model, by its name alone.

    @cf/..., @hf/...     Workers AI
    anthropic/...        Anthropic's Messages, where it is configured; it is asked for what follows the slash
    anything else        the OpenAI-compatible provider, where it is configured, by chats or by Responses as is set;
                         else Workers AI

The one rule: a conversation holds no provider's ids, so that its next turn may go to another.
"""

from dataclasses import replace

import httpx

from harness.reference_proxy.chat.providers import anthropic, responses
from harness.reference_proxy.chat.providers.attempted import Attempted
from harness.reference_proxy.chat.providers.provider import Provider
from harness.reference_proxy.http.parts import Parts
from harness.reference_proxy.requests import ChatRequest
from harness.reference_proxy.settings import Settings
from harness.reference_proxy.upstream.client import http_client
from harness.reference_proxy.upstream.routes import UpstreamCall, call_for
from harness.reference_proxy.upstream.upstream import Upstream


class Providers:
    """Every provider that is configured, and the connections that are not the proxy's own."""

    def __init__(self, settings: Settings, parts: Parts) -> None:
        self._clients: list[httpx.AsyncClient] = []
        self._workers_ai = Attempted("workers-ai", parts.upstream, parts.attempts, call_for)
        attempts = parts.attempts.without_fallback()
        self._openai: Provider | None = None
        if settings.chat_openai_url:
            theirs = _at(settings, settings.chat_openai_url, settings.chat_openai_key)
            by_responses = settings.chat_openai_api == "responses"
            kind = responses.ResponsesUpstream if by_responses else Upstream
            upstream = kind(theirs, self._client(theirs), wall=parts.wall, root="/")
            self._openai = Attempted("openai", upstream, attempts, responses.call_for if by_responses else _openai_call)
        self._anthropic: Provider | None = None
        if settings.chat_anthropic_url:
            theirs = _at(settings, settings.chat_anthropic_url, settings.chat_anthropic_key)
            messages = anthropic.AnthropicUpstream(theirs, self._client(theirs), wall=parts.wall, root="/")
            self._anthropic = Attempted("anthropic", messages, attempts, anthropic.call_for)

    def of(self, model: str) -> Provider:
        """Who answers for this model."""
        if model.startswith(("@cf/", "@hf/")):
            return self._workers_ai
        if model.startswith(anthropic.PREFIX) and self._anthropic is not None:
            return self._anthropic
        return self._openai or self._workers_ai

    def _client(self, settings: Settings) -> httpx.AsyncClient:
        client = http_client(settings)
        self._clients.append(client)
        return client

    async def aclose(self) -> None:
        """Close the connections."""
        for client in self._clients:
            await client.aclose()


def _at(settings: Settings, url: str, key: str) -> Settings:
    return replace(settings, upstream=url, upstream_fallbacks="", api_token=key)


def _openai_call(request: ChatRequest, model: str) -> UpstreamCall:
    return UpstreamCall(
        path="chat/completions",
        body={**request.parameters, "model": model},
        model=model,
        stream=True,
        include_usage=True,
        choices=1,
    )
