"""The HTTP face: its handlers, and one log line for each request.

The one rule: every answer of failure is typed JSON, and no exception's own words reach a client.
"""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from harness.reference_proxy import jsontext, requests
from harness.reference_proxy.errors import ProxyError
from harness.reference_proxy.flight import Flight
from harness.reference_proxy.http import answered, codings, lines, relay, whole
from harness.reference_proxy.http.door import Door
from harness.reference_proxy.http.limits import RateLimiter
from harness.reference_proxy.http.metrics import Metrics
from harness.reference_proxy.requests import ChatRequest
from harness.reference_proxy.service import ChatService
from harness.reference_proxy.settings import Settings

THREAD_FROM_BYTES = 64 * 1024  # larger documents are parsed beside the loop, not on it
_CODES = {404: "not_found", 405: "method_not_allowed"}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Record:
    """What one request's log line will say."""

    def __init__(self) -> None:
        self.id = uuid.uuid4().hex
        self.started = time.monotonic()
        self.caller = ""
        self.fields: dict[str, object] = {}
        self.cache = "NONE"
        self.form = "other"


RECORD = web.RequestKey("record", Record)


class Front(Door):
    """The handlers, with everything they need."""

    def __init__(
        self,
        settings: Settings,
        service: ChatService,
        metrics: Metrics,
        log: Any,  # noqa: ANN401 - structlog's type
        *,
        limiter: RateLimiter,
    ) -> None:
        super().__init__(settings, limiter)
        self._service = service
        self._metrics = metrics
        self._log = log
        self.on_answer: answered.Listener = answered.nobody
        self._tokens = {requests.identity_of(f"Bearer {token}") for token in settings.allowed_client_tokens}

    @web.middleware
    async def observe(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Turn failures into typed JSON, and account for the request however it ends."""
        record = request[RECORD] = Record()
        status = answered.CLIENT_LEFT_STATUS
        self._metrics.in_flight.inc()
        try:
            response = await self._guarded(request, handler)
            response = await codings.coded(request, response, least_bytes=self._settings.compress_min_bytes)
            if whole.may_be_held_up(request, response):
                await whole.write(request, response, self._settings.client_stall_timeout_s)
            left = request.get(relay.FAILURE) == relay.CLIENT_LEFT
            status = answered.CLIENT_LEFT_STATUS if left else response.status
            return response
        finally:
            self._metrics.in_flight.dec()
            self._metrics.requests.labels(str(status), record.cache, record.form).inc()
            failure = request.get(relay.FAILURE) or record.fields.pop("failure", None)
            took_s = time.monotonic() - record.started
            route = route_of(request)
            self._log.info(
                "request",
                id=record.id,
                method=request.method,
                route=route,
                status=status,
                cache=record.cache,
                duration_s=round(took_s, 4),
                failure=failure,
                **record.fields,
            )
            answered.tell(self.on_answer, record, kind=route or "", status=status, failure=failure, took_s=took_s)

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """POST /v1/chat/completions."""
        record = request[RECORD]
        caller = self._admit(request)
        chat = await self._parse(await self._body(request), caller)
        record.form = "stream" if chat.stream else "json"
        record.fields.update(model=chat.model, stream=chat.stream)
        bypass = self._bypasses(request)
        record.cache = "BYPASS" if bypass else "MISS"
        if not bypass and (stored := self._service.cached(chat)) is not None:
            return await self._give_stored(request, chat, stored)
        flight = self._service.join(chat, bypass=bypass)
        try:
            with flight.waiting() as reader:
                await flight.begun()
                self._metrics.first_byte.observe(time.monotonic() - record.started)
                if flight.from_kv and flight.completion is not None:
                    return await self._give_stored(request, chat, flight.completion)
                if flight.began_from_cache:
                    record.cache = "PARTIAL"
                headers = self._headers(record)
                if flight.completion is not None:
                    headers |= self._cost(flight.completion, flight)
                    return relay.json_answer(flight.completion, headers)
                relay.bound_buffers(request)
                stall_s = self._settings.client_stall_timeout_s
                if lines.wanted(request):
                    return await lines.stream(request, reader.next, headers=headers, stall_s=stall_s)
                return await relay.follow(request, reader, headers=headers, stall_s=stall_s)
        finally:
            record.fields.update(attempts=flight.attempts, served_by=flight.served_by, usage=flight.usage)

    async def _give_stored(
        self, request: web.Request, chat: ChatRequest, completion: dict[str, Any]
    ) -> web.StreamResponse:
        record = request[RECORD]
        record.cache = "HIT"
        record.fields["usage"] = completion.get("usage")
        headers = self._headers(record)
        if not chat.stream:
            return relay.json_answer(completion, {**headers, **self._cost({}, None)})
        relay.bound_buffers(request)
        stall_s = self._settings.client_stall_timeout_s
        usage = chat.include_usage
        if lines.wanted(request):
            kept = relay.pieces_of(completion, include_usage=usage)
            return await lines.stream(request, kept, headers=headers, stall_s=stall_s)
        return await relay.replay(request, completion, include_usage=usage, headers=headers, stall_s=stall_s)

    def admit(self, request: web.Request) -> str:
        """Whose request it is, by a hash; raises ProxyError for a client that may not ask, or not now."""
        return self._admit(request)

    async def health(self, _: web.Request) -> web.Response:
        """GET /healthz: alive, whatever the upstream does."""
        return web.json_response({"status": "ok"})

    async def metrics(self, _: web.Request) -> web.Response:
        """GET /metrics: Prometheus text."""
        return web.Response(body=self._metrics.render(), headers={"Content-Type": "text/plain; version=0.0.4"})

    async def models(self, _: web.Request) -> web.Response:
        """GET /v1/models: the models that are configured; any other Workers AI model can be asked for as well."""
        names = [name for name in (self._settings.model, self._settings.fallback_model) if name]
        data = [{"id": name, "object": "model", "created": 0, "owned_by": "cloudflare"} for name in names]
        return web.json_response({"object": "list", "data": data})

    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        record = request[RECORD]
        try:
            return await handler(request)
        except ProxyError as error:
            failure = error
        except web.HTTPException as error:
            code = _CODES.get(error.status, "http_error")
            failure = ProxyError(error.status, f"{error.reason}.", kind="invalid_request_error", code=code)
            if "Allow" in error.headers:
                record.fields["failure"] = failure.code
                return _failure(failure, record, {"Allow": error.headers["Allow"]})
        except ConnectionError:
            raise
        except Exception as error:  # noqa: BLE001 - the last line of defence: nothing of it may reach the client
            self._log.error("defect", id=record.id, exception=type(error).__name__, exc_info=True)
            failure = ProxyError(500, "Internal error.", kind="server_error", code="internal_error")
        record.fields["failure"] = failure.code
        return _failure(failure, record, {})

    def _bypasses(self, request: web.Request) -> bool:
        asked = request.headers.get("Cache-Control", "").lower()
        return not self._settings.cache_on or "no-cache" in asked or "no-store" in asked

    def _admit(self, request: web.Request) -> str:
        key = request.headers.get("X-Api-Key")  # as clients of the Messages API have it
        authorization = request.headers.get("Authorization", f"Bearer {key}" if key else "")
        caller = requests.identity_of(authorization)
        if RECORD in request:
            request[RECORD].caller = caller
        if self._tokens and caller not in self._tokens:
            raise ProxyError(401, "Unknown client token.", kind="authentication_error", code="invalid_api_key")
        self.limit(caller if authorization else f"{caller}@{request.remote}")
        return caller

    async def _parse(self, body: bytes, caller: str) -> ChatRequest:
        def parse() -> ChatRequest:
            return requests.parse(
                body,
                caller=caller,
                default_model=self._settings.model,
                max_depth=self._settings.max_depth,
                max_messages=self._settings.max_messages,
            )

        return parse() if len(body) < THREAD_FROM_BYTES else await asyncio.to_thread(parse)

    def _cost(self, completion: dict[str, Any], flight: Flight | None) -> dict[str, str]:
        """What an answer cost by its usage; one from the cache, which has no flight, cost nothing."""
        if not self._settings.token_price:
            return {}
        usage = completion.get("usage")
        tokens = usage.get("total_tokens") if flight and isinstance(usage, dict) else 0
        return {"X-Cost": f"{(tokens or 0) * self._settings.token_price:.8f}"}

    @staticmethod
    def _headers(record: Record) -> dict[str, str]:
        return {"X-Cache": record.cache, "X-Request-Id": record.id}


def _failure(error: ProxyError, record: Record, headers: dict[str, str]) -> web.Response:
    headers = {**headers, "X-Request-Id": record.id}
    if error.retry_after is not None:
        headers["Retry-After"] = error.retry_after
    body = jsontext.dumps(error.body())
    return web.Response(status=error.status, body=body, content_type="application/json", headers=headers)


def route_of(request: web.Request) -> str | None:
    """The path that was asked for as the routes have it, without what a client put into it."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else None
