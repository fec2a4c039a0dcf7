"""A public suite for OpenAI's chat completions passes whole on the mock's doors, and through the reference proxy."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from harness.mock_cloudflare.settings import MockSettings
from tests.acceptance.fidelity.official import ACCOUNT, LLAMA, official

SUITE = "from llm_comply.cli import main; main()"
REASONING = "@cf/deepseek-ai/deepseek-r1-distill-qwen-32b"
"""The suite asks for reasoning only where the name of the model promises it."""
TOKEN = MockSettings().api_token


async def verdicts(base_url: str) -> dict[str, str]:
    """Return what the suite says of each of its tests at a door."""
    return await _said(base_url, LLAMA) | await _said(base_url, REASONING, "--filter", "chat-reasoning-summary")


async def _said(base_url: str, model: str, *more: str) -> dict[str, str]:
    options = ["--format", "openai-chat", "--json", "--base-url", base_url, "--api-key", TOKEN, "--model", model, *more]
    suite = await asyncio.create_subprocess_exec(sys.executable, "-c", SUITE, *options, stdout=PIPE, stderr=PIPE)
    out, error = await suite.communicate()
    assert out, error.decode()
    told: dict[str, Any] = json.loads(out)
    return {each["id"]: f"{each['status']} {each.get('errors')}" for each in told["results"]}


@asynccontextmanager
async def reference(upstream: str) -> AsyncIterator[str]:
    """Run the reference proxy; without a model of its own it declines who names none, as OpenAI does."""
    command = ["-m", "harness.reference_proxy", "--port", "0", "--upstream", upstream, "--model", ""]
    env = {**os.environ, "CLOUDFLARE_API_TOKEN": TOKEN, "CLOUDFLARE_ACCOUNT_ID": ACCOUNT}
    proxy = await asyncio.create_subprocess_exec(sys.executable, *command, stderr=PIPE, env=env)
    try:
        assert proxy.stderr is not None
        line = (await proxy.stderr.readline()).decode()
        yield line.split()[-1]
    finally:
        proxy.terminate()
        await proxy.communicate()


@pytest.mark.parametrize("door", ["/v1", f"/client/v4/accounts/{ACCOUNT}/ai/v1"])
async def test_the_mock_passes_whole(door: str) -> None:
    async with official() as at:
        found = await verdicts(at.server.url + door)

    assert len(found) >= 9
    assert {name: told for name, told in found.items() if not told.startswith("passed")} == {}


async def test_the_reference_passes_whole() -> None:
    async with official() as at, reference(at.server.url) as url:
        found = await verdicts(f"{url}/v1")

    assert len(found) >= 9
    assert {name: told for name, told in found.items() if not told.startswith("passed")} == {}
