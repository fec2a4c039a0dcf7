"""Mutants that misunderstand how a request is put, or spoil a connection for the next one.

The one rule: each replaces one seam in a few lines; what it gets wrong is told in `scenarios.mutants.clients`.
"""

from __future__ import annotations

import asyncio
from typing import Any
from weakref import WeakSet

import httpx
from aiohttp import HttpVersion11, web

from harness.mutant_proxy.seam import Original, mutant
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.http.app import Front, Handler
from harness.reference_proxy.http.relay import NextItem
from harness.reference_proxy.upstream.transport import PooledTransport

_MISREAD = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 18\r\n\r\nBad request syntax"
_SOON_S = 0.02
_DECLINED = range(400, 500)
_LONG_BYTES = 4_096
_SLOTS = 40
_EVER_S = 3600.0
_SPOILT: WeakSet[Any] = WeakSet()


@mutant
def body_left_on_the_connection(guarded: Original) -> object:
    async def leaving(self: Front, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.transport in _SPOILT:
            _SPOILT.discard(request.transport)
            return web.Response(status=400, text="Bad request syntax")
        response: web.StreamResponse = await guarded(self, request, handler)
        if response.status in _DECLINED:
            _SPOILT.add(request.transport)
        return response

    return leaving


@mutant
def body_answered_as_well(guarded: Original) -> object:
    async def answering_twice(self: Front, request: web.Request, handler: Handler) -> web.StreamResponse:
        response: web.StreamResponse = await guarded(self, request, handler)
        if response.status in _DECLINED and request.transport is not None:
            asyncio.get_running_loop().call_later(_SOON_S, request.transport.write, _MISREAD)
        return response

    return answering_twice


@mutant
def length_needed(body: Original) -> object:
    async def needing(self: Front, request: web.Request) -> bytes:
        int(request.headers["Content-Length"])
        return await body(self, request)  # type: ignore[no-any-return]  # what stood at the seam

    return needing


@mutant
def type_compared_whole(body: Original) -> object:
    async def comparing(self: Front, request: web.Request) -> bytes:
        if request.headers.get("Content-Type") != "application/json":
            raise ProxyError(415, "Send JSON.", kind="invalid_request_error", code="unsupported_media_type")
        return await body(self, request)  # type: ignore[no-any-return]  # what stood at the seam

    return comparing


@mutant
def type_needed(body: Original) -> object:
    async def needing(self: Front, request: web.Request) -> bytes:
        request.headers["Content-Type"].partition(";")
        return await body(self, request)  # type: ignore[no-any-return]  # what stood at the seam

    return needing


@mutant
def coded_body_unread(body: Original) -> object:
    async def taking_it_raw(self: Front, request: web.Request) -> bytes:
        if "Content-Encoding" in request.headers:
            b"\x1f\x8b".decode()
        return await body(self, request)  # type: ignore[no-any-return]  # what stood at the seam

    return taking_it_raw


@mutant
def size_before_unpacking(body: Original) -> object:
    async def measuring_what_came(self: Front, request: web.Request) -> bytes:
        return await (request.content.read() if "Content-Encoding" in request.headers else body(self, request))

    return measuring_what_came


@mutant
def gzip_holds_streams(begun: Original) -> object:
    def compressing(headers: dict[str, str]) -> web.StreamResponse:
        response: web.StreamResponse = begun(headers)
        response.enable_compression()
        return response

    return compressing


@mutant
def named_and_not_compressed(json_answer: Original) -> object:
    def naming(completion: dict[str, Any], headers: dict[str, str]) -> web.Response:
        return json_answer(completion, {**headers, "Content-Encoding": "gzip"})  # type: ignore[no-any-return]

    return naming


@mutant
def chunks_below_http_1_1(stream: Original) -> object:
    async def chunking(
        request: web.Request, next_item: NextItem, headers: dict[str, str], stall_s: float
    ) -> web.StreamResponse:
        request._version = HttpVersion11
        return await stream(request, next_item, headers, stall_s)  # type: ignore[no-any-return]

    return chunking


@mutant
def expectation_unheard(_: Original) -> object:
    async def deaf(self: Front, request: web.Request) -> None:
        return None

    return deaf


@mutant
def not_modified_for_a_post(chat: Original) -> object:
    async def believing(self: Front, request: web.Request) -> web.StreamResponse:
        if "If-None-Match" in request.headers:
            return web.Response(status=304)
        return await chat(self, request)  # type: ignore[no-any-return]  # what stood at the seam

    return believing


@mutant
def long_header_is_our_fault(chat: Original) -> object:
    async def narrow(self: Front, request: web.Request) -> web.StreamResponse:
        if any(len(value) > _LONG_BYTES for value in request.headers.values()):
            raise OverflowError
        return await chat(self, request)  # type: ignore[no-any-return]  # what stood at the seam

    return narrow


@mutant
def errors_without_cors(finish_head: Original) -> object:
    async def forgetful(self: Front, request: web.Request, response: web.StreamResponse) -> None:
        await finish_head(self, request, response)
        if response.status in _DECLINED:
            response.headers.pop("Access-Control-Allow-Origin", None)

    return forgetful


@mutant
def preflight_wants_a_token(preflight: Original) -> object:
    async def strict(self: Front, request: web.Request) -> web.Response:
        if "Authorization" not in request.headers:
            raise ProxyError(401, "Unknown client token.", kind="authentication_error", code="invalid_api_key")
        return await preflight(self, request)  # type: ignore[no-any-return]  # what stood at the seam

    return strict


@mutant
def stopped_readers_waited_for(write_all: Original) -> object:
    async def patient(request: web.Request, response: web.StreamResponse, next_item: NextItem, _: float) -> None:
        await write_all(request, response, next_item, _EVER_S)

    return patient


@mutant
def slots_lost_to_leavers(handle: Original) -> object:
    slots = asyncio.Semaphore(_SLOTS)

    async def losing(self: PooledTransport, request: httpx.Request) -> httpx.Response:
        await slots.acquire()  # given back by who is answered or fails, and not by who is given up
        try:
            response: httpx.Response = await handle(self, request)
        except httpx.HTTPError:
            slots.release()
            raise
        slots.release()
        return response

    return losing
