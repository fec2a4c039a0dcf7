"""The HTTP side of a face: the same door, service and log line as for chats, and another wording.

The one rule: a stream that is not whole never gets the events that end a whole one, and its connection ends abnormally.
"""

import asyncio
import uuid
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from harness.reference_proxy import jsontext, requests
from harness.reference_proxy.answers import completions
from harness.reference_proxy.answers.failures import wall_clock
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.faces.face import Face, Head, Stream
from harness.reference_proxy.http import relay
from harness.reference_proxy.http.app import RECORD, THREAD_FROM_BYTES, Front, bound_buffers
from harness.reference_proxy.requests import ChatRequest


class FaceFront(Front):
    """The handler of one face."""

    def __init__(self, face: Face, *parts: Any, **more: Any) -> None:  # noqa: ANN401 - passed on as they come
        super().__init__(*parts, **more)
        self._face = face

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """Answer one request in the face's own words, failures included."""
        record = request[RECORD]
        try:
            return await self._worded(request)
        except ProxyError as error:
            record.fields["failure"] = error.code
            headers = {"X-Request-Id": record.id, **({"Retry-After": error.retry_after} if error.retry_after else {})}
            return _json(self._face.refusal(error), headers, status=error.status)

    async def _worded(self, request: web.Request) -> web.StreamResponse:
        record = request[RECORD]
        caller = self._admit(request)
        asked = await self._asked(await self._body(request))
        chat = await self._parse(jsontext.dumps(self._face.chat_of(asked)), caller)
        record.form = "stream" if chat.stream else "json"
        record.fields.update(model=chat.model, stream=chat.stream)
        service = self._service
        bypass = self._bypasses(request)
        record.cache = "BYPASS" if bypass else "MISS"
        stored = None if bypass else service.cached(chat)
        if stored is not None:
            record.cache = "HIT"
            return await self._kept(request, asked, chat, stored)
        flight = service.join(chat, bypass=bypass)
        try:
            with flight.waiting() as reader:
                await flight.begun()
                if flight.completion is not None:
                    record.cache = "HIT" if flight.from_kv else record.cache
                    return await self._kept(request, asked, chat, flight.completion)
                return await self._followed(request, asked, chat, reader.next)
        finally:
            record.fields.update(attempts=flight.attempts, served_by=flight.served_by, usage=flight.usage)

    async def _asked(self, body: bytes) -> Mapping[str, Any]:
        depth = self._settings.max_depth
        if len(body) < THREAD_FROM_BYTES:
            return requests.document(body, max_depth=depth)
        return await asyncio.to_thread(requests.document, body, max_depth=depth)

    async def _kept(
        self, request: web.Request, asked: Mapping[str, Any], chat: ChatRequest, completion: dict[str, Any]
    ) -> web.StreamResponse:
        if not chat.stream:
            worded = self._face.whole(completion, asked, _head(chat))
            return _json(worded, self._headers(request[RECORD]))
        chunks = iter(completions.chunks_of(completion, include_usage=True))

        async def next_item() -> bytes | None:
            chunk = next(chunks, None)
            return None if chunk is None else jsontext.dumps(chunk)[1:]

        return await self._followed(request, asked, chat, next_item)

    async def _followed(
        self, request: web.Request, asked: Mapping[str, Any], chat: ChatRequest, next_item: relay.NextItem
    ) -> web.StreamResponse:
        words = self._face.stream(asked, _head(chat))
        bound_buffers(request)

        async def write(to: web.StreamResponse, stall_s: float) -> None:
            await _write_all(request, to, next_item, words, stall_s)

        stall_s = self._settings.client_stall_timeout_s
        return await relay.stream(request, write, self._headers(request[RECORD]), stall_s)


def _head(chat: ChatRequest) -> Head:
    return Head(mark=uuid.uuid4().hex, model=chat.model, created_s=int(wall_clock()))


async def _write_all(
    request: web.Request, response: web.StreamResponse, next_item: relay.NextItem, words: Stream, stall_s: float
) -> None:
    try:
        begun = list(words.begin())
        while (item := await next_item()) is not None:
            events = b"".join([*begun, *words.accept(_chunk(item))])
            begun = []
            async with asyncio.timeout(stall_s):
                await response.write(events)
    except ProxyError as error:
        request[relay.FAILURE] = error.code
        await relay.end_with(request, response, b"".join(words.fail(error)))
        return
    except TimeoutError:
        request[relay.FAILURE] = "client_stalled"
        relay.abort(request)
        return
    await response.write(b"".join([*begun, *words.end()]))
    await response.write_eof()


def _chunk(item: bytes) -> dict[str, Any]:
    read: Any = jsontext.loads((b"{" + item).decode())
    return dict(read)


def _json(document: Mapping[str, Any], headers: dict[str, str], *, status: int = 200) -> web.Response:
    return web.Response(status=status, body=jsontext.dumps(document), content_type="application/json", headers=headers)
