"""Proxies that read events by examples instead of by the standard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from aiohttp import web

from tests.targets.door import Ask
from tests.targets.parser import ParsingProxy, Stream
from tests.targets.resilience import Live
from tests.targets.serving import Failure, Json
from tests.targets.sse import Event, Parser


class _ByExample(Parser):
    """Splits at blank lines of two LF; `read` says what one block means."""

    def __init__(self) -> None:
        super().__init__()
        self._held = b""

    def feed(self, piece: bytes) -> list[Event]:
        *blocks, self._held = (self._held + piece).split(b"\n\n")
        return [Event("message", data) for block in blocks if (data := self.read(block.decode())) is not None]

    def read(self, block: str) -> str | None:
        lines = [line for line in block.split("\n") if line.startswith("data:")]
        return "\n".join(line.removeprefix("data:").removeprefix(" ") for line in lines) if lines else None


class _ByExampleStream(Stream):
    parser = _ByExample


class KnowsOneLineEnd(ParsingProxy):
    """Knows LF and neither CRLF nor CR."""

    stream = _ByExampleStream


class _Spaced(_ByExample):
    def read(self, block: str) -> str | None:
        lines = [line for line in block.split("\n") if line.startswith("data: ")]
        return "\n".join(line.removeprefix("data: ") for line in lines) if lines else None


class _SpacedStream(Stream):
    parser = _Spaced


class NeedsTheSpace(ParsingProxy):
    """Looks for `data: ` with its space."""

    stream = _SpacedStream


class _OneLine(_ByExample):
    def read(self, block: str) -> str | None:
        return block.removeprefix("data:").strip() if block.startswith("data:") else None


class _OneLineStream(Stream):
    parser = _OneLine


class TakesBlocks(ParsingProxy):
    """Takes what stands behind `data:` up to the blank line for JSON, whatever other fields there are."""

    stream = _OneLineStream


class Tidies(ParsingProxy):
    """Strips every piece of text."""

    async def write(self, response: web.StreamResponse, chunk: Json) -> None:
        for choice in chunk.get("choices", []):
            if isinstance(choice.get("delta", {}).get("content"), str):
                choice["delta"]["content"] = choice["delta"]["content"].strip()
        await super().write(response, chunk)


class DropsWhenFull(ParsingProxy):
    """Has a queue between upstream and client that forgets what does not fit."""

    async def relay(self, request: web.Request, ask: Ask, live: Live) -> web.StreamResponse:
        return await super().relay(request, ask, _Forgetful(live))


class _Forgetful(Live):
    def __init__(self, live: Live) -> None:
        self.model = live.model
        self.queue: asyncio.Queue[Json | Failure | None] = asyncio.Queue(4)
        self.task = asyncio.create_task(self._fill(live))

    async def _fill(self, live: Live) -> None:
        try:
            async for chunk in live.chunks():
                if not self.queue.full():
                    self.queue.put_nowait(chunk)
            await self.queue.put(None)
        except Failure as failure:
            await self.queue.put(failure)

    async def chunks(self) -> AsyncIterator[Json]:
        while (item := await self.queue.get()) is not None:
            if isinstance(item, Failure):
                raise item
            yield item
