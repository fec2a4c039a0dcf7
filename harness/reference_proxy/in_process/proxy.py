"""The proxy as an object: a request in, an answer or a stream out, and a handler for somebody's aiohttp application.

The one rule: the same service as over HTTP answers here, so that nothing is judged, kept or tried again otherwise.
"""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Self, TypeAlias

from aiohttp import web

from harness.reference_proxy import jsontext, requests
from harness.reference_proxy.answers import completions
from harness.reference_proxy.assembly import Assembly, assemble
from harness.reference_proxy.cache.durable import StoreError
from harness.reference_proxy.errors import ProxyError, invalid_request
from harness.reference_proxy.http import app, logs
from harness.reference_proxy.http.limits import RateLimiter
from harness.reference_proxy.http.metrics import Metrics
from harness.reference_proxy.http.relay import new_answer_id
from harness.reference_proxy.in_process.errors import public
from harness.reference_proxy.in_process.streaming import NextItem, OnChunk, StreamingAnswer
from harness.reference_proxy.requests import ChatRequest
from harness.reference_proxy.settings import Settings

Json: TypeAlias = dict[str, Any]


class ReferenceProxy:
    """A proxy in front of Workers AI, inside this process. Use it as an async context manager, or `aclose` it.

    `stream` says how a request is answered that does not say so itself. `on_chunk` gets each piece of text of every
    stream; it may be a plain function or a coroutine function.
    """

    def __init__(
        self, config: Settings | None = None, *, stream: bool = False, on_chunk: OnChunk | None = None
    ) -> None:
        self._settings = config or Settings()
        self._stream = stream
        self._on_chunk = on_chunk
        self._parts: Assembly | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End what is under way, and close the connections to upstream."""
        parts, self._parts = self._parts, None
        if parts is not None:
            await parts.aclose()

    async def handle_request(
        self, body: Mapping[str, Any], *, caller: str = "", on_chunk: OnChunk | None = None
    ) -> Json | StreamingAnswer:
        """Answer one request in OpenAI's shape: a `chat.completion`, or a stream where one is wanted.

        Callers who are told apart by `caller` share no kept answer. `on_chunk` takes the place of the proxy's own.

        Raises:
            ValidationError: the request is wrong; nothing was asked.
            APIError: upstream gave no answer. One that breaks off raises it where it is read.
        """
        try:
            return await self._answer(self._parse(body, caller), on_chunk or self._on_chunk)
        except ProxyError as error:
            raise public(error) from None

    async def clear_cache(self, caller: str | None = None) -> int:
        """Forget the kept answers of a caller, or of all; returns how many there were.

        Raises:
            APIError: a store did not do it.
        """
        start = "" if caller is None else requests.owner_of(requests.identity_of(caller)) + "-"
        try:
            return await self._running.service.clear(start)
        except StoreError as error:
            failure = ProxyError(502, f"Not cleared: {error}.", kind="upstream_error", code="store_not_cleared")
            raise public(failure) from None

    def handler(self) -> app.Handler:
        """Return what answers POST requests like `/v1/chat/completions` in an aiohttp application.

        The application's `cleanup_ctx` should get `lifetime`, so that the proxy ends with it.
        """
        metrics, limiter = Metrics(), RateLimiter(per_minute=self._settings.rate_limit_per_minute, clock=time.monotonic)
        service, log = self._running.service, logs.logger()
        return _Route(self._settings, service, metrics, log, limiter=limiter, by_default=self._stream).answer

    async def lifetime(self, _: web.Application) -> AsyncIterator[None]:
        """Close the proxy when the application ends: `app.cleanup_ctx.append(proxy.lifetime)`."""
        yield
        await self.aclose()

    @property
    def _running(self) -> Assembly:
        if self._parts is None:
            self._parts = assemble(self._settings)
        return self._parts

    def _parse(self, body: Mapping[str, Any], caller: str) -> ChatRequest:
        try:
            written = jsontext.dumps(body)
        except (TypeError, ValueError, RecursionError) as error:
            raise invalid_request(f"The request cannot be written as JSON: {error}", code="invalid_json") from None
        request = requests.parse(
            written,
            caller=requests.identity_of(caller),
            default_model=self._settings.model,
            max_depth=self._settings.max_depth,
            max_messages=self._settings.max_messages,
        )
        return _streaming_unless_said(request, self._stream)

    async def _answer(self, request: ChatRequest, on_chunk: OnChunk | None) -> Json | StreamingAnswer:
        bypass = not self._settings.cache_on
        stored = None if bypass else self._running.service.cached(request)
        if stored is not None:
            return self._given(request, stored, on_chunk)
        flight = self._running.service.join(request, bypass=bypass)
        with ExitStack() as held:
            reader = held.enter_context(flight.waiting())
            await flight.begun()
            if flight.completion is not None:
                return self._given(request, flight.completion, on_chunk)
            return _streaming(reader.next, flight.served_by, on_chunk, held.pop_all())

    def _given(self, request: ChatRequest, completion: Json, on_chunk: OnChunk | None) -> Json | StreamingAnswer:
        if not request.stream:
            return {"id": new_answer_id(), **completion}
        chunks = iter(completions.chunks_of(completion, include_usage=True))

        async def next_item() -> bytes | None:
            chunk = next(chunks, None)
            return None if chunk is None else jsontext.dumps(chunk)[1:]

        return _streaming(next_item, request.model, on_chunk, ExitStack())


class _Route(app.Front):
    """The proxy's own HTTP face for one route of another application: its limits, errors, log lines and headers."""

    def __init__(self, *parts: Any, by_default: bool, **more: Any) -> None:  # noqa: ANN401 - passed on as they come
        super().__init__(*parts, **more)
        self._by_default = by_default

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request; which origins may ask is the application's own business."""
        return await self.observe(request, self.chat)

    async def _parse(self, body: bytes, caller: str) -> ChatRequest:
        return _streaming_unless_said(await super()._parse(body, caller), self._by_default)


def _streaming_unless_said(request: ChatRequest, by_default: bool) -> ChatRequest:
    said = request.parameters.get("stream") is not None
    return request if said else replace(request, parameters={**request.parameters, "stream": by_default})


def _streaming(next_item: NextItem, model: str, on_chunk: OnChunk | None, held: ExitStack) -> StreamingAnswer:
    return StreamingAnswer(next_item, answer_id=new_answer_id(), model=model, on_chunk=on_chunk, held=held)
