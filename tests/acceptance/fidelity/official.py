"""The official clients of Cloudflare and of OpenAI, pointed at the mock on a real socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import cloudflare
import openai
from cloudflare import AsyncCloudflare
from openai import AsyncOpenAI

from harness.mock_cloudflare.service import MockCloudflare
from harness.mock_cloudflare.settings import DEFAULT_NAMESPACE, MockSettings
from harness.shell.upstream.wire_server import WireServer

ACCOUNT = MockSettings().account_id
NAMESPACE = DEFAULT_NAMESPACE
NONCE = "ep-0123456789ab"
LLAMA = "@cf/meta/llama-3.3-70b-instruct-fp8-fast"
KIMI = "@cf/moonshotai/kimi-k2.5"
GLM = "@cf/zai-org/glm-4.7-flash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Official:
    """Clients of one running mock: Cloudflare's, OpenAI's at Cloudflare, and OpenAI's at `/v1`."""

    mock: MockCloudflare
    server: WireServer
    cloudflare: AsyncCloudflare
    openai: AsyncOpenAI
    openai_only: AsyncOpenAI

    @property
    def openai_clients(self) -> tuple[AsyncOpenAI, AsyncOpenAI]:
        return self.openai, self.openai_only


@asynccontextmanager
async def official(*, settings: MockSettings | None = None, token: str | None = None) -> AsyncIterator[Official]:
    """Run a mock and its clients; `token` is what the clients hold, the right one unless given."""
    chosen = settings or MockSettings()
    mock = MockCloudflare(chosen)
    key = token or chosen.api_token
    async with (
        WireServer(mock=mock) as server,
        cloudflare.DefaultAsyncHttpxClient(trust_env=False, timeout=10.0) as line,
        openai.DefaultAsyncHttpxClient(trust_env=False, timeout=10.0) as openai_line,
    ):
        v4 = f"{server.url}/client/v4"
        yield Official(
            mock=mock,
            server=server,
            cloudflare=AsyncCloudflare(api_token=key, base_url=v4, http_client=line, max_retries=0),
            openai=AsyncOpenAI(
                api_key=key, base_url=f"{v4}/accounts/{ACCOUNT}/ai/v1", http_client=openai_line, max_retries=0
            ),
            openai_only=AsyncOpenAI(api_key=key, base_url=f"{server.url}/v1", http_client=openai_line, max_retries=0),
        )
        assert server.problems == ()
