"""The proxy with the chat service, as a process of its own that can be killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from tests.harness.reference_proxy.chat.service import PLAIN, USERS

LIMITS = ("chat-timeout", "first-byte-timeout", "upstream-idle-timeout", "connect-timeout")
PATIENT = [f"--{name}-s=3600" for name in LIMITS]
"""On a busy machine nobody is given up who is only slow."""

ROOT = Path(__file__).parents[4]


class Process:
    """A running proxy."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self._process = process
        self.url = url

    async def kill(self) -> None:
        """End it as `kill -9` does."""
        self._process.kill()
        await self._process.wait()


@contextlib.asynccontextmanager
async def started(database_url: str, upstream: str) -> AsyncIterator[tuple[Process, httpx.AsyncClient]]:
    """The process, and a client of it; whatever became of it, it is gone afterwards."""
    environment = {
        **os.environ, "CLOUDFLARE_API_TOKEN": "up-secret", "CLOUDFLARE_ACCOUNT_ID": "acc-secret",
        "EDGEPROOF_PROXY_CHAT_DATABASE": database_url, "EDGEPROOF_PROXY_CHAT_USERS": USERS,
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "harness.reference_proxy", "--port", "0", "--upstream", upstream, *PATIENT,
        env=environment, cwd=ROOT, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    drained: asyncio.Task[bytes] | None = None
    try:
        said = b""
        while b"listening on" not in said:
            said = await process.stderr.readline()
            assert said, "it ended as it started"
        drained = asyncio.create_task(process.stderr.read())
        url = said.decode().split()[-1]
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(base_url=url, **PLAIN, limits=limits) as http:
            yield Process(process, url), http
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        if drained is not None:
            await drained
