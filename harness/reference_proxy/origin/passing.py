"""One request to the origin: answered from what is kept, or passed on and its answer passed back while it comes.

The one rule: a client gets every piece when it comes and exactly as it came. What is kept is decided beside that.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
from aiohttp import web

from harness.reference_proxy.errors import ProxyError, UpstreamError, upstream_timeout
from harness.reference_proxy.http import relay
from harness.reference_proxy.http.app import RECORD
from harness.reference_proxy.http.parts import Parts
from harness.reference_proxy.origin import forwarding
from harness.reference_proxy.origin.capture import Budget, Capture
from harness.reference_proxy.origin.detection import is_stream, length_of
from harness.reference_proxy.origin.entry import Entry, Fields
from harness.reference_proxy.origin.freshness import age_of, directives, life_of, varies
from harness.reference_proxy.origin.keeper import Keeper
from harness.reference_proxy.origin.question import Question
from harness.reference_proxy.requests import owner_of
from harness.reference_proxy.settings import Settings
from harness.reference_proxy.upstream.sources import next_block


class Passing:
    """The handler of everything below `/origin`."""

    def __init__(self, settings: Settings, parts: Parts, client: httpx.AsyncClient, keeper: Keeper) -> None:
        self._settings = settings
        self._parts = parts
        self._client = client
        self._keeper = keeper
        self.budget = Budget(settings.origin_captures_max_bytes)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request; `X-Cache` says from where."""
        record = request[RECORD]
        owner = owner_of(self._parts.admit(request))
        body = await self._parts.body(request) if request.can_read_body else b""
        asked = directives(request.headers.getall("Cache-Control", ()))
        shareable = request.method in ("GET", "POST") and "Range" not in request.headers and self._settings.cache_on
        bypass = not shareable or "no-cache" in asked or "no-store" in asked
        record.cache = "BYPASS" if bypass else "MISS"
        question = None if bypass else forwarding.question_of(request, body, owner, self._settings.origin_token)
        entry = await self._keeper.find(question) if question else None
        if entry is not None:
            return self._kept(request, entry)
        return await self._passed(request, body, question)

    def _kept(self, request: web.Request, entry: Entry) -> web.Response:
        record = request[RECORD]
        record.cache = "HIT"
        response = web.Response(body=entry.body, headers=entry.fields)
        age_s = max(0, int(self._parts.wall() - entry.created_s))
        response.headers.update({"X-Cache": record.cache, "X-Request-Id": record.id, "Age": str(age_s)})
        return response

    async def _passed(self, request: web.Request, body: bytes, question: Question | None) -> web.StreamResponse:
        asked_s = self._parts.wall()
        async with self._asked(request, body) as came:
            fields = forwarding.response_fields(came.headers.multi_items())
            length = came.headers.get("content-length")
            streams = is_stream(
                came.headers.get("content-type", ""), length, from_bytes=self._settings.origin_stream_from_bytes
            )
            life_s = life_of(came.status_code, fields, now_s=asked_s)
            keeps = question is not None and life_s > 0 and (self._settings.keeps_streams or not streams)
            bound = self._settings.origin_capture_max_bytes if keeps else 0
            with contextlib.closing(Capture(self.budget, most_bytes=bound)) as capture:
                response = await self._relayed(request, came, fields, capture)
                if request.get(relay.FAILURE) is None:
                    if question is not None and (whole := capture.body) is not None:
                        made_s = asked_s - age_of(fields)  # RFC 9111 §4.2.3: the time on its way counts
                        self._keep(question, fields, whole, came, created_s=made_s, life_s=life_s)
                    with relay.giving_up(request):
                        await relay.end_well(response, b"", self._settings.client_stall_timeout_s)
                return response

    def _keep(
        self, question: Question, fields: Fields, body: bytes, came: httpx.Response, *, created_s: float, life_s: float
    ) -> None:
        by = varies(fields)
        entry = Entry(
            fields=forwarding.kept_fields(fields),
            body=body,
            created_s=created_s,
            life_s=life_s,
            varies=by,
            variant=question.variant(by),
        )
        measured = length_of(came.headers.get("content-length")) == len(body)
        content_type = came.headers.get("content-type", "")
        self._keeper.keep_if_whole(question, entry, content_type=content_type, measured=measured)

    async def _relayed(
        self, request: web.Request, came: httpx.Response, fields: Fields, capture: Capture
    ) -> web.StreamResponse:
        """Pass an answer on, all but its end; what goes wrong on the way is in the request's `FAILURE`."""
        record = request[RECORD]
        response = web.StreamResponse(status=came.status_code)
        for name, value in fields:
            response.headers.add(name, value)
        response.headers.update({"X-Cache": record.cache, "X-Request-Id": record.id})
        length = length_of(came.headers.get("content-length"))
        if length is not None:
            response.content_length = length
        relay.bound_buffers(request)
        blocks: AsyncIterator[bytes] = came.aiter_raw()
        try:
            with relay.giving_up(request):
                await response.prepare(request)
                while (block := await next_block(blocks, self._settings.upstream_idle_timeout_s)) is not None:
                    capture.add(block)
                    async with asyncio.timeout(self._settings.client_stall_timeout_s):
                        await response.write(block)
        except UpstreamError as failure:
            request[relay.FAILURE] = failure.code
            await relay.flush_and_abort(request)  # no end that looks like a good one
        return response

    @contextlib.asynccontextmanager
    async def _asked(self, request: web.Request, body: bytes) -> AsyncIterator[httpx.Response]:
        timeout: dict[str, Any] = self._client.timeout.as_dict()
        told = forwarding.request_headers(request, self._settings.origin_token)
        outgoing = httpx.Request(
            request.method,
            self._settings.origin.rstrip("/") + forwarding.path_of(request),
            headers=[(name.encode(), value.encode("utf-8", "surrogateescape")) for name, value in told],  # as they came
            content=body,
            extensions={"timeout": timeout},
        )
        try:
            async with asyncio.timeout(self._settings.first_byte_timeout_s):
                came = await self._client.send(outgoing, stream=True)
        except (TimeoutError, httpx.TimeoutException):
            raise upstream_timeout("The origin did not answer in time.") from None
        except httpx.LocalProtocolError:
            raise ProxyError(
                400, "The request cannot be passed on.", kind="invalid_request_error", code="invalid_request"
            ) from None
        except (httpx.HTTPError, OSError):
            raise UpstreamError(502, "The origin could not be reached.", code="upstream_unreachable") from None
        try:
            yield came
        finally:
            await came.aclose()
