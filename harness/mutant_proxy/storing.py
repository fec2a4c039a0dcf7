"""Mutants that store or code answers wrongly: in R2, as NDJSON, while they flow by, for clients of other codings.

The one rule: each replaces one seam in a few lines; what it gets wrong is told in `scenarios.mutants.storing`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, TypeAlias

from aiohttp import web

from harness.mutant_proxy.seam import Original, mutant
from harness.reference_proxy.answers.chunks import Chunk
from harness.reference_proxy.answers.ndjson import LineParser
from harness.reference_proxy.answers.sse import SseParser
from harness.reference_proxy.cache.beginnings import Beginnings, Source
from harness.reference_proxy.cache.r2 import R2Tier
from harness.reference_proxy.http import relay
from harness.reference_proxy.http.app import RECORD, Front
from harness.reference_proxy.origin.capture import Capture
from harness.reference_proxy.requests import ChatRequest

Json: TypeAlias = dict[str, Any]

_EVER_S = 3600.0


@mutant
def bucket_down_is_fatal(get: Original) -> object:
    async def strict(self: R2Tier, key: str) -> bytes | None:
        errors = self.errors
        value: bytes | None = await get(self, key)
        if self.errors > errors:
            raise RuntimeError("R2 failed")
        return value

    return strict


@mutant
def bucket_waited_for(_: Original) -> object:
    return property(lambda _: _EVER_S)


@mutant
def beginning_of_another_question(_: Original) -> object:
    last: list[str] = []

    def hasty(self: Beginnings, _: ChatRequest, source: Source, *, on_used: Callable[[], None]) -> Source:
        return _Hasty(source, last)

    return hasty


class _Hasty:
    """A source that says first what the source before it had begun with."""

    def __init__(self, source: Source, last: list[str]) -> None:
        self._source = source
        self._said = "".join(last)
        self._last = last
        last.clear()

    async def next(self) -> Chunk | None:
        chunk = await self._source.next()
        for choice in chunk["choices"] if chunk else ():
            text = choice["delta"].get("content")
            if text:
                self._last.append(text)
                choice["delta"]["content"] = self._said + text
                self._said = ""
        return chunk

    def push_back(self, chunk: Chunk) -> None:
        self._source.push_back(chunk)

    async def aclose(self) -> None:
        await self._source.aclose()


@mutant
def lines_forgotten_in_the_cache(_: Original) -> object:
    async def as_events(self: Front, request: web.Request, chat: ChatRequest, completion: Json) -> web.StreamResponse:
        record = request[RECORD]
        record.cache = "HIT"
        headers = self._headers(record)
        if not chat.stream:
            return relay.json_answer(completion, headers)
        usage = chat.include_usage
        return await relay.replay(request, completion, include_usage=usage, headers=headers, stall_s=5.0)

    return as_events


@mutant
def coding_of_the_last_client(chosen: Original) -> object:
    last: list[str] = []

    def sticky(accepted: str) -> str:
        coding: str = chosen(accepted)
        last.append(coding or "".join(last[-1:]))
        return last[-1]

    return sticky


@mutant
def coding_without_vary(_: Original) -> object:
    return lambda _: None


@mutant
def stream_read_before_it_is_passed(next_block: Original) -> object:
    read: dict[AsyncIterator[bytes], list[bytes]] = {}

    async def whole(blocks: AsyncIterator[bytes], timeout_s: float) -> bytes | None:
        if blocks not in read:
            read[blocks] = []
            while (block := await next_block(blocks, timeout_s)) is not None:
                read[blocks].append(block)
            return b"".join(read[blocks])
        return None

    return whole


@mutant
def cut_capture_kept(_: Original) -> object:
    return lambda *_, **__: True


@mutant
def cut_lines_kept(stream: Original) -> object:
    def careless(parser: SseParser | LineParser, body: bytes) -> bool:
        return isinstance(parser, LineParser) or bool(stream(parser, body))

    return careless


@mutant
def captures_unbounded(_: Original) -> object:
    everything: list[bytes] = []

    def hoarding(self: Capture, piece: bytes) -> None:
        everything.append(piece)
        self._pieces.append(piece)

    return hoarding


@mutant
def capture_without_its_caller(owner_of: Original) -> object:
    return lambda _: owner_of("nobody")
