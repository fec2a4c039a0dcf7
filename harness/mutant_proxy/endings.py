"""Mutants that end exchanges wrongly, tell failures wrongly, keep clients that left, or hold on to what is over.

The one rule: each replaces one seam in a few lines; what it gets wrong is told in `scenarios.mutants.endings`.
"""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import IO, Any

import httpx
from aiohttp import web

from harness.mutant_proxy.seam import Original, mutant
from harness.reference_proxy import jsontext
from harness.reference_proxy.answers.chunks import Chunk, Translator
from harness.reference_proxy.answers.sse import SseEvent
from harness.reference_proxy.errors import ProxyError, UpstreamError, upstream_timeout
from harness.reference_proxy.eventlog import LogReader
from harness.reference_proxy.flight import Flight
from harness.reference_proxy.http import relay
from harness.reference_proxy.http.app import Record
from harness.reference_proxy.http.relay import NextItem
from harness.reference_proxy.upstream.breaker import Permit
from harness.reference_proxy.upstream.retry import Attempts
from harness.reference_proxy.upstream.routes import UpstreamCall
from harness.reference_proxy.upstream.sources import LiveSource
from harness.reference_proxy.upstream.upstream import Upstream

_WHOLE_ANSWER_S = 2.0
_EVER_S = 3600.0
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_CLOSE = {"[": "]", "{": "}"}
_NEVER_CLOSED: list[IO[bytes] | httpx.AsyncClient] = []


@mutant
def end_of_bytes_is_the_end(_: Original) -> object:
    def trusting(self: Translator, *, unfinished: bool) -> list[Chunk]:
        return [] if self.done or unfinished else self._close()

    return trusting


@mutant
def broken_read_is_the_end(pull: Original) -> object:
    async def careless(self: LiveSource) -> None:
        await pull(self)
        if self._failure is not None:
            self._failure, self._ended = None, True

    return careless


@mutant
def done_whatever_happened(write_all: Original) -> object:
    async def final(request: web.Request, response: web.StreamResponse, next_item: NextItem, stall_s: float) -> None:
        async def ending_well() -> bytes | None:
            try:
                return await next_item()
            except ProxyError:
                return None

        await write_all(request, response, ending_well, stall_s)

    return final


@mutant
def cut_json_mended(loads: Original) -> object:
    def mended(text: str, **bounds: int) -> object:
        with suppress(jsontext.InvalidJsonError):
            return loads(text, **bounds)
        return loads(text + _closing(text), **bounds)

    return mended


def _closing(text: str) -> str:
    """What closes the strings, lists and objects that a text leaves open."""
    bare = _STRING.sub("", text)
    open_string, bare = '"' in bare, bare.partition('"')[0]
    closing = ""
    for mark in bare:
        closing = _CLOSE[mark] + closing if mark in _CLOSE else closing[1:] if mark in "]}" else closing
    return '"' * open_string + closing


@mutant
def done_behind_an_error(_: Original) -> object:
    async def both(request: web.Request, response: web.StreamResponse, error: ProxyError) -> None:
        stop = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        for event in (error.body(), stop):
            await response.write(b"data: " + jsontext.dumps(event) + b"\n\n")
        await response.write(relay._DONE)
        await response.write_eof()

    return both


@mutant
def done_said_twice(_: Original) -> object:
    return relay._DONE + relay._DONE


@mutant
def blank_line_forgotten(done: Original) -> object:
    return bytes(done).removesuffix(b"\n")


@mutant
def error_event_is_the_end(accept: Original) -> object:
    def content(self: Translator, event: SseEvent) -> list[Chunk]:
        try:
            chunks: list[Chunk] = accept(self, event)
        except UpstreamError as failure:
            if failure.code == "upstream_malformed_event":
                raise
            return self._close()
        return chunks

    return content


@mutant
def error_object_skipped(payload: Original) -> object:
    return lambda self, document: [] if "error" in document else payload(self, document)


@mutant
def ends_without_a_word(_: Original) -> object:
    async def polite(_: web.Request, response: web.StreamResponse, __: ProxyError) -> None:
        await response.write_eof()

    return polite


@mutant
def waits_for_ever(next_block: Original) -> object:
    return lambda blocks, _: next_block(blocks, _EVER_S)


@mutant
def whole_answer_in_two_seconds(pull: Original) -> object:
    began: dict[int, float] = {}

    async def hasty(self: LiveSource) -> None:
        if time.monotonic() - began.setdefault(id(self), time.monotonic()) > _WHOLE_ANSWER_S:
            self._failure = upstream_timeout("The answer took too long.")
        else:
            await pull(self)

    return hasty


@mutant
def failure_as_200(failure: Original) -> object:
    def fine(error: ProxyError, record: Record, headers: dict[str, str]) -> web.Response:
        response: web.Response = failure(error, record, headers)
        response.set_status(200)
        return response

    return fine


@mutant
def failure_as_text(_: Original) -> object:
    return lambda error, _, headers: web.Response(status=error.status, text=error.message, headers=headers)


@mutant
def retry_after_lost(failure: Original) -> object:
    def silent(error: ProxyError, record: Record, headers: dict[str, str]) -> web.Response:
        error.retry_after = None
        response: web.Response = failure(error, record, headers)
        return response

    return silent


@mutant
def credentials_in_a_header(headers: Original) -> object:
    return lambda record: {**headers(record), "X-Upstream-Auth": f"Bearer {os.environ['CLOUDFLARE_API_TOKEN']}"}


@mutant
def dies_of_a_lost_connection(send: Original) -> object:
    async def fragile(self: Upstream, call: UpstreamCall) -> httpx.Response:
        try:
            response: httpx.Response = await send(self, call)
        except UpstreamError as failure:
            if failure.code == "upstream_unreachable":
                os._exit(70)
            raise
        return response

    return fragile


@contextmanager
def _ignored(flight: Flight, waiting: Original) -> Iterator[LogReader]:
    task, flight._task = flight._task, None  # without a task there is nothing to end
    try:
        with waiting(flight) as reader:
            yield reader
    finally:
        flight._task = task


@mutant
def leaver_not_noticed(waiting: Original) -> object:
    def deaf(self: Flight) -> AbstractContextManager[LogReader]:
        return _ignored(self, waiting)

    return deaf


@mutant
def leaver_of_json_not_noticed(waiting: Original) -> object:
    def deaf(self: Flight) -> AbstractContextManager[LogReader]:
        usual: AbstractContextManager[LogReader] = waiting(self)
        return usual if self.request.stream else _ignored(self, waiting)

    return deaf


@mutant
def leaver_takes_all_along(waiting: Original) -> object:
    @contextmanager
    def selfish(self: Flight) -> Iterator[LogReader]:
        with waiting(self) as reader:
            try:
                yield reader
            finally:
                if self._task is not None:
                    self._task.cancel()

    return selfish


@mutant
def leaving_is_a_failure(once: Original) -> object:
    async def stubborn(self: Attempts, model: str, attempt: Original, permit: Permit, observer: Original) -> object:
        try:
            return await once(self, model, attempt, permit, observer)
        except BaseException as error:
            if isinstance(error, UpstreamError):
                raise
            raise upstream_timeout("The attempt was given up.") from None

    return stubborn


@mutant
def connection_not_let_go(_: Original) -> object:
    async def forgetful(self: LiveSource) -> None:
        _BODIES.append(self._blocks)

    return forgetful


_BODIES: list[AsyncIterator[bytes]] = []


@mutant
def descriptor_a_request(init: Original) -> object:
    def hoarding(self: Record) -> None:
        init(self)
        _NEVER_CLOSED.append(open(os.devnull, "rb"))  # noqa: PTH123, SIM115 - to leave it open is the defect

    return hoarding


@mutant
def descriptor_a_refusal(failure: Original) -> object:
    def hoarding(*given: Any) -> object:  # noqa: ANN401 - passed on as they come
        _NEVER_CLOSED.append(open(os.devnull, "rb"))  # noqa: PTH123, SIM115 - to leave it open is the defect
        return failure(*given)

    return hoarding


@mutant
def descriptor_a_leaver(follow: Original) -> object:
    async def hoarding(*given: Any, **named: Any) -> object:  # noqa: ANN401 - passed on as they come
        try:
            return await follow(*given, **named)
        except asyncio.CancelledError:
            _NEVER_CLOSED.append(open(os.devnull, "rb"))  # noqa: PTH123, SIM115, ASYNC230 - to leave it open is the defect
            raise

    return hoarding


@mutant
def client_a_call(send: Original) -> object:
    async def lavish(self: Upstream, call: UpstreamCall) -> httpx.Response:
        shared = self._client
        own = httpx.AsyncClient(base_url=shared.base_url, timeout=shared.timeout, trust_env=False)
        _NEVER_CLOSED.append(own)
        self._client = own
        try:
            response: httpx.Response = await send(self, call)
        finally:
            self._client = shared
        return response

    return lavish
