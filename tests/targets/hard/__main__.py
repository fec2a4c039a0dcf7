"""Starts one of the proxies: `python -m tests.targets.hard endless --port N --upstream URL`.

The one rule: each is a right byte pipe but for the one thing that its name says.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import AsyncIterator
from typing import ClassVar

import aiohttp
from aiohttp import web

from tests.targets.pipe import Pipe
from tests.targets.serving import Settings, Target, serve

_LARGE_BYTES = 65_536
_LIVES = 10


class Endless(Pipe):
    """It has no timeout at all."""

    idle_s: ClassVar[float] = 1e6
    first_byte_s: ClassVar[float] = 1e6


class HangsAtLarge(Pipe):
    """The first answer of more than 64 KiB blocks it for good: no later request is answered either."""

    async def pieces(self, answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        """Pass on an answer, unless it is large."""
        size_bytes = 0
        async for piece in super().pieces(answer):
            size_bytes += len(piece)
            if size_bytes > _LARGE_BYTES:
                time.sleep(1e6)  # noqa: ASYNC251 - that is what is wrong with it
            yield piece


class DiesOften(Pipe):
    """Every tenth request ends its process."""

    asked = 0

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """Answer nine requests, and die of the tenth."""
        self.asked += 1
        if self.asked == _LIVES:
            os._exit(3)
        return await super().chat(request)


KINDS: dict[str, type[Target]] = {"endless": Endless, "hangs-at-large": HangsAtLarge, "dies-often": DiesOften}


def main() -> None:
    """Serve until told to end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True)
    arguments = parser.parse_args()
    serve(KINDS[arguments.kind](Settings(port=arguments.port, upstream=arguments.upstream)))


if __name__ == "__main__":
    main()
