"""The reference proxy as a process of its own, in front of a mock of this one."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from harness.mock_cloudflare.settings import MockSettings


@asynccontextmanager
async def reference(upstream: str, **settings: str) -> AsyncIterator[str]:
    """Run it, and give its URL; without a model of its own it declines who names none, as OpenAI does.

    Settings are named as in its environment, without what all of them begin with.
    """
    command = ["-m", "harness.reference_proxy", "--port", "0", "--upstream", upstream, "--model", ""]
    mine = {f"EDGEPROOF_PROXY_{name}": value for name, value in settings.items()}
    keys = {"CLOUDFLARE_API_TOKEN": MockSettings().api_token, "CLOUDFLARE_ACCOUNT_ID": MockSettings().account_id}
    proxy = await asyncio.create_subprocess_exec(
        sys.executable, *command, stderr=PIPE, env={**os.environ, **keys, **mine}
    )
    try:
        assert proxy.stderr is not None
        line = (await proxy.stderr.readline()).decode()
        yield line.split()[-1]
    finally:
        proxy.terminate()
        await proxy.communicate()
