"""An answer as every face gets it: kept or under way, whole or in chunks, with the log line told where it came from.

The one rule: who leaves, in whatever way, no longer holds the answer; the last one to leave ends the upstream call.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from harness.reference_proxy import jsontext, requests
from harness.reference_proxy.answers import completions
from harness.reference_proxy.answers.failures import wall_clock
from harness.reference_proxy.faces.face import Head
from harness.reference_proxy.http import relay
from harness.reference_proxy.http.app import RECORD, THREAD_FROM_BYTES, Front
from harness.reference_proxy.requests import ChatRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """One answer: `completion` where it is whole already; `next_item` gives it in chunks in any case."""

    completion: dict[str, Any] | None
    next_item: relay.NextItem


class Served(Front):
    """What the handlers of other APIs have in common: reading a request, and the answer that it gets."""

    async def asked(self, request: web.Request) -> Mapping[str, Any]:
        """Return the JSON object that a request brings; raises ProxyError."""
        body, depth = await self._body(request), self._settings.max_depth
        if len(body) < THREAD_FROM_BYTES:
            return requests.document(body, max_depth=depth)
        return await asyncio.to_thread(requests.document, body, max_depth=depth)

    @asynccontextmanager
    async def coming(self, request: web.Request, chat: ChatRequest) -> AsyncIterator[Coming]:
        """Wait for a chat's answer to begin, and hold it; raises ProxyError where it never will."""
        record = request[RECORD]
        record.form = "stream" if chat.stream else "json"
        record.fields.update(model=chat.model, stream=chat.stream)
        bypass = self._bypasses(request)
        record.cache = "BYPASS" if bypass else "MISS"
        stored = None if bypass else self._service.cached(chat)
        if stored is not None:
            record.cache = "HIT"
            yield _whole(stored)
            return
        flight = self._service.join(chat, bypass=bypass)
        try:
            with flight.waiting() as reader:
                await flight.begun()
                if flight.completion is None:
                    yield Coming(completion=None, next_item=reader.next)
                    return
                record.cache = "HIT" if flight.from_kv else record.cache
                yield _whole(flight.completion)
        finally:
            record.fields.update(attempts=flight.attempts, served_by=flight.served_by, usage=flight.usage)


def _whole(completion: dict[str, Any]) -> Coming:
    chunks = iter(completions.chunks_of(completion, include_usage=True))

    async def next_item() -> bytes | None:
        chunk = next(chunks, None)
        return None if chunk is None else jsontext.dumps(chunk)[1:]

    return Coming(completion=completion, next_item=next_item)


def head_of(chat: ChatRequest) -> Head:
    """Return what names a new answer."""
    return Head(mark=uuid.uuid4().hex, model=chat.model, created_s=int(wall_clock()))


def chunk_of(item: bytes) -> dict[str, Any]:
    """Return the chunk in one item of an answer."""
    read: Any = jsontext.loads((b"{" + item).decode())
    return dict(read)
