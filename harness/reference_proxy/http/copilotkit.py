"""The HTTP side of CopilotKit's GraphQL: the same door, service and log line as for chats, and forms by negotiation.

The one rule: an answer that is not whole never gets its end, neither its last part nor the end of its framing.
"""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack, aclosing
from http import HTTPStatus

from aiohttp import web

from harness.reference_proxy import jsontext
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.faces.copilotkit import framing
from harness.reference_proxy.faces.copilotkit.answer import NextChunk
from harness.reference_proxy.faces.copilotkit.errors import cause_of, refusal_of, unfit_document
from harness.reference_proxy.faces.copilotkit.executing import Execution, execute
from harness.reference_proxy.faces.copilotkit.operation import UnfitError, operation_of
from harness.reference_proxy.faces.face import Head, Json
from harness.reference_proxy.http import relay
from harness.reference_proxy.http.app import RECORD
from harness.reference_proxy.http.coming import Served, chunk_of, head_of
from harness.reference_proxy.http.faces import headers_of

_IN_ONE = (framing.JSON, framing.GRAPHQL, framing.EVENTS)


class CopilotKitFront(Served):
    """The handler of GraphQL."""

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """Answer one request, failures included."""
        record = request[RECORD]
        kind = framing.taken(request.headers.get("Accept", ""), _IN_ONE[:2]) or framing.JSON
        try:
            return await self._answered(request)
        except UnfitError as error:
            record.fields["failure"] = error.code
            # By GraphQL over HTTP, only the newer media type lets a status speak of a document.
            status = HTTPStatus.OK if kind == framing.JSON else HTTPStatus.BAD_REQUEST
            return _document(unfit_document(error.code, error.errors), kind, self._headers(record), status=status)
        except ProxyError as error:
            record.fields["failure"] = error.code
            return _document(refusal_of(error), kind, headers_of(error, record.id), status=error.status)

    async def _answered(self, request: web.Request) -> web.StreamResponse:
        caller = self._admit(request)
        operation = operation_of(await self.asked(request))
        kind = framing.taken(request.headers.get("Accept", ""), framing.IN_PARTS if operation.in_parts else _IN_ONE)
        if kind is None:
            request[RECORD].fields["failure"] = "not_acceptable"
            offered = f"{framing.EVENTS}; charset=utf-8, {framing.MULTIPART}" if operation.in_parts else framing.JSON
            return web.Response(status=HTTPStatus.NOT_ACCEPTABLE, headers={"Accept": offered})
        async with AsyncExitStack() as held:

            async def begin(chat: Json) -> tuple[Head, NextChunk]:
                parsed = await self._parse(jsontext.dumps(chat), caller)
                answer = await held.enter_async_context(self.coming(request, parsed))

                async def next_chunk() -> Json | None:
                    item = await answer.next_item()
                    return None if item is None else chunk_of(item)

                return head_of(parsed), next_chunk

            execution = await execute(operation, begin)
            return await self._told(request, execution, kind)

    async def _told(self, request: web.Request, execution: Execution, kind: str) -> web.StreamResponse:
        if (failure := cause_of(execution.errors)) is not None:
            raise failure
        headers = self._headers(request[RECORD])
        form = framing.FORMS.get(kind)
        if form is None or (execution.errors and execution.first.get("data") is None):
            status = HTTPStatus.BAD_REQUEST if execution.first.get("data") is None else HTTPStatus.OK
            return _document(execution.first, framing.JSON if form else kind, headers, status=status)
        relay.bound_buffers(request)

        async def write(to: web.StreamResponse, stall_s: float) -> None:
            await _write_all(request, to, execution, form, stall_s)

        return await relay.stream(request, write, {**headers, **form.headers}, self._settings.client_stall_timeout_s)


async def _write_all(
    request: web.Request, response: web.StreamResponse, execution: Execution, form: framing.Form, stall_s: float
) -> None:
    async def send(data: bytes) -> None:
        async with asyncio.timeout(stall_s):
            await response.write(data)

    await send(form.begin + form.part(execution.first))
    if execution.further is not None:
        async with aclosing(execution.further) as parts:
            async for part in parts:
                await send(form.part({**part, "hasNext": part["hasNext"] or execution.failure is not None}))
    if execution.failure is not None:
        request[relay.FAILURE] = execution.failure.code
        await relay.flush_and_abort(request)
        return
    await relay.end_well(response, form.end, stall_s)


def _document(document: Mapping[str, object], kind: str, headers: dict[str, str], *, status: int) -> web.Response:
    return web.Response(status=status, body=jsontext.dumps(document), content_type=kind, headers=headers)
