"""The HTTP side of a face: the same door, service and log line as for chats, and another wording.

The one rule: a stream that is not whole never gets the events that end a whole one. Its connection ends abnormally,
unless it has an event that ends a broken one.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from harness.reference_proxy import jsontext
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.faces.doors import Door, unknown_protocol
from harness.reference_proxy.faces.face import Face, Stream, Whole
from harness.reference_proxy.http import relay
from harness.reference_proxy.http.app import RECORD
from harness.reference_proxy.http.coming import Served, chunk_of, head_of


class FaceFront(Served):
    """The handler of one door."""

    def __init__(self, door: Door, *parts: Any, **more: Any) -> None:  # noqa: ANN401 - passed on as they come
        super().__init__(*parts, **more)
        self._door = door
        self._loaded: dict[str, Face] = {}

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """Answer one request in the face's own words, failures included."""
        record = request[RECORD]
        face = await self._face(request.query.get("protocol", ""))
        try:
            return await self._worded(request, face)
        except ProxyError as error:
            record.fields["failure"] = error.code
            return json_answer(face.refusal(error), headers_of(error, record.id), status=error.status)

    async def _face(self, protocol: str) -> Face:
        if protocol not in self._door.faces:
            raise unknown_protocol(protocol, self._door.faces)
        if protocol not in self._loaded:
            # Beside the loop: some faces have libraries that take long to load.
            self._loaded[protocol] = await asyncio.to_thread(self._door.faces[protocol])
        return self._loaded[protocol]

    async def _worded(self, request: web.Request, face: Face) -> web.StreamResponse:
        caller = self._admit(request)
        asked = await self.asked(request)
        chat = await self._parse(jsontext.dumps(face.chat_of(asked)), caller)
        async with self.coming(request, chat) as answer:
            headers = self._headers(request[RECORD])
            if answer.completion is not None and not chat.stream and isinstance(face, Whole):
                return json_answer(face.whole(answer.completion, asked, head_of(chat)), headers)
            words = face.stream(asked, head_of(chat))
            relay.bound_buffers(request)

            async def write(to: web.StreamResponse, stall_s: float) -> None:
                await _write_all(request, to, answer.next_item, words, stall_s)

            stall_s = self._settings.client_stall_timeout_s
            return await relay.stream(request, write, {**headers, **words.headers}, stall_s)


async def _write_all(
    request: web.Request, response: web.StreamResponse, next_item: relay.NextItem, words: Stream, stall_s: float
) -> None:
    begun = list(words.begin())
    try:
        while (item := await next_item()) is not None:
            events = b"".join([*begun, *words.accept(chunk_of(item))])
            begun = []
            async with asyncio.timeout(stall_s):
                await response.write(events)
    except ProxyError as error:
        request[relay.FAILURE] = error.code
        failure = b"".join([*begun, *words.fail(error)])
        if words.ends_in_error:
            await relay.end_well(response, failure, stall_s)
            return
        async with asyncio.timeout(stall_s):
            await relay.end_with(request, response, failure)
        return
    await relay.end_well(response, b"".join([*begun, *words.end()]), stall_s)


def headers_of(error: ProxyError, request_id: str) -> dict[str, str]:
    """Return what the head of a refusal says."""
    return {"X-Request-Id": request_id, **({"Retry-After": error.retry_after} if error.retry_after else {})}


def json_answer(document: Mapping[str, Any], headers: dict[str, str], *, status: int = 200) -> web.Response:
    """Return an answer that is one JSON document."""
    return web.Response(status=status, body=jsontext.dumps(document), content_type="application/json", headers=headers)
