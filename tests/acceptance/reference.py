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
    async with process(upstream, **settings) as (_, url):
        yield url


@asynccontextmanager
async def process(upstream: str, **settings: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """The same, with the process that it is; whoever ends it earlier may do so."""
    command = ["-m", "harness.reference_proxy", "--port", "0", "--upstream", upstream, "--model", ""]
    mine = {f"EDGEPROOF_PROXY_{name}": value for name, value in settings.items()}
    keys = {"CLOUDFLARE_API_TOKEN": MockSettings().api_token, "CLOUDFLARE_ACCOUNT_ID": MockSettings().account_id}
    proxy = await asyncio.create_subprocess_exec(
        sys.executable, *command, stderr=PIPE, env={**os.environ, **keys, **mine}
    )
    assert proxy.stderr is not None
    log: asyncio.Task[bytes] | None = None
    try:
        line = (await proxy.stderr.readline()).decode()
        log = asyncio.create_task(proxy.stderr.read())  # or it waits for somebody to read what it logs
        yield proxy, line.split()[-1]
    finally:
        if proxy.returncode is None:
            proxy.terminate()
        await proxy.wait()
        if log is not None:
            await log
