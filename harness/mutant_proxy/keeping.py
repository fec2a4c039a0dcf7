"""Mutants that keep what they should not, give it to whom they should not, or believe what a store says.

The one rule: each replaces one seam in a few lines; what it gets wrong is told in `scenarios.mutants.keeping`.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from aiohttp import web

from harness.mutant_proxy.seam import Original, mutant
from harness.reference_proxy import jsontext
from harness.reference_proxy.answers.capture import Capture
from harness.reference_proxy.answers.chunks import Chunk
from harness.reference_proxy.cache.kv import KvTier
from harness.reference_proxy.cache.memory import MemoryCache
from harness.reference_proxy.errors import UpstreamError
from harness.reference_proxy.eventlog import EventLog, LogReader
from harness.reference_proxy.flight import Flight
from harness.reference_proxy.http import relay
from harness.reference_proxy.http.app import RECORD, Front
from harness.reference_proxy.requests import ChatRequest
from harness.reference_proxy.service import ChatService
from harness.reference_proxy.upstream.sources import ChunkSource

Json: TypeAlias = dict[str, Any]
Parameters: TypeAlias = Mapping[str, Any]

_EVER_S = 3600.0


def _without(*names: str) -> Callable[[Parameters], Parameters]:
    return lambda parameters: {name: value for name, value in parameters.items() if name not in names}


def _keyed(cache_key: Original, part: Callable[[Parameters], Parameters]) -> object:
    return lambda parameters, caller: cache_key(part(parameters), caller)


@mutant
def key_without_temperature(cache_key: Original) -> object:
    return _keyed(cache_key, _without("temperature", "top_p", "seed"))


@mutant
def key_without_model(cache_key: Original) -> object:
    return _keyed(cache_key, _without("model"))


@mutant
def key_of_the_last_message(cache_key: Original) -> object:
    return _keyed(cache_key, lambda parameters: {**parameters, "messages": parameters["messages"][-1:]})


@mutant
def key_without_roles(cache_key: Original) -> object:
    return _keyed(
        cache_key, lambda parameters: {**parameters, "messages": [m.get("content") for m in parameters["messages"]]}
    )


@mutant
def key_without_tools(cache_key: Original) -> object:
    return _keyed(cache_key, _without("tools", "tool_choice", "response_format"))


@mutant
def key_without_caller(cache_key: Original) -> object:
    return lambda parameters, _: cache_key(parameters, "")


@mutant
def flight_without_caller(_: Original) -> object:
    def shared(self: ChatRequest) -> str:
        return jsontext.canonical(dict(self.parameters)).decode("ascii")

    return shared


@mutant
def flights_confused(_: Original) -> object:
    def confused(self: ChatRequest) -> str:
        return f"{self.caller}:{self.model}:{self.stream}"

    return confused


@mutant
def buffer_shared(json_answer: Original) -> object:
    last: Json = {}

    def careless(completion: Json, headers: dict[str, str]) -> web.Response:
        response: web.Response = json_answer(dict(last) or completion, headers)
        last.update(completion)
        return response

    return careless


@mutant
def late_reader_misses_the_start(reader: Original) -> object:
    def late(self: EventLog) -> LogReader:
        place: LogReader = reader(self)
        place.position = self._dropped + len(self._items)
        place.taken_bytes = self._total_bytes
        return place

    return late


@mutant
def never_expires(unseal: Original) -> object:
    return lambda key, sealed, *, now_s, max_age_s: unseal(key, sealed, now_s=now_s, max_age_s=max_age_s + math.inf)


@mutant
def old_value_believed(found: Original) -> object:
    known: set[str] = set()

    async def trusting(self: ChatService, flight: Flight) -> bool:
        settings, key = self._settings, flight.request.cache_key
        if key not in known:
            self._settings = replace(settings, kv_read_max_age_s=_EVER_S)
        known.add(key)
        try:
            there: bool = await found(self, flight)
        finally:
            self._settings = settings
        return there

    return trusting


@mutant
def age_in_milliseconds(_: Original) -> object:
    return property(lambda self: self.kv_read_max_age_s * 1000)


@mutant
def cut_answer_kept(whole: Original) -> object:
    return lambda choice: whole({**choice, "finish_reason": choice.get("finish_reason") and "stop"})


def _keeping(pump: Original, failures: type[BaseException]) -> object:
    async def keeping(self: ChatService, flight: Flight, source: ChunkSource, *, store: bool) -> None:
        capture = Capture(max_bytes=1_000_000)
        taken = source.next

        async def noted() -> Chunk | None:
            chunk = await taken()
            if chunk is not None:
                capture.add(chunk, 0)
            return chunk

        source.next = noted  # type: ignore[method-assign]  # to see what goes by
        try:
            await pump(self, flight, source, store=store)
        except failures:
            completion = capture.completion()
            for choice in completion["choices"] if completion else ():
                choice["finish_reason"] = choice["finish_reason"] or "stop"
            if completion and store:
                self._store(flight.request, completion)
            raise

    return keeping


@mutant
def broken_stream_kept(pump: Original) -> object:
    return _keeping(pump, UpstreamError)


@mutant
def left_stream_kept(pump: Original) -> object:
    return _keeping(pump, asyncio.CancelledError)


@mutant
def error_kept(complete: Original) -> object:
    errors: dict[str, UpstreamError] = {}

    async def grudging(self: ChatService, flight: Flight, deadline: float, store: bool) -> None:
        key = flight.request.cache_key
        if key in errors:
            raise errors[key]
        try:
            await complete(self, flight, deadline, store)
        except UpstreamError as error:
            errors[key] = error
            raise

    return grudging


@mutant
def hit_without_tool_calls(chunks_of: Original) -> object:
    return lambda completion, *, include_usage: [
        chunk
        for chunk in chunks_of(completion, include_usage=include_usage)
        if not any("tool_calls" in choice["delta"] for choice in chunk["choices"])
    ]


@mutant
def hit_with_one_choice(unseal: Original) -> object:
    def first(*given: Any, **named: Any) -> Json | None:  # noqa: ANN401 - passed on as they come
        completion: Json | None = unseal(*given, **named)
        return completion and {**completion, "choices": completion["choices"][:1]}

    return first


@mutant
def hit_without_its_start(add: Original) -> object:
    def late(self: Capture, chunk: Chunk, size_bytes: int) -> None:
        add(self, chunk, size_bytes)
        for choice in self._choices.values():
            if "".join(choice._text.get("content", ())) == chunk["choices"][0]["delta"].get("content"):
                choice._text.clear()

    return late


@mutant
def hit_is_always_json(_: Original) -> object:
    async def plain(self: Front, request: web.Request, _: ChatRequest, completion: Json) -> web.StreamResponse:
        return relay.json_answer(completion, self._headers(request[RECORD]))

    return plain


@mutant
def hit_is_always_a_stream(_: Original) -> object:
    async def streamed(self: Front, request: web.Request, _: ChatRequest, completion: Json) -> web.StreamResponse:
        headers = self._headers(request[RECORD])
        return await relay.replay(request, completion, include_usage=False, headers=headers, stall_s=5.0)

    return streamed


@mutant
def never_evicted(put: Original) -> object:
    everything: list[bytes] = []

    def hoarding(self: MemoryCache, key: str, sealed: bytes) -> None:
        everything.append(sealed)
        put(self, key, sealed)

    return hoarding


@mutant
def value_not_verified(_: Original) -> object:
    return lambda *_: "0" * 64


@mutant
def bad_value_is_fatal(unseal: Original) -> object:
    def strict(key: str, sealed: bytes, **bounds: float) -> object:
        jsontext.loads(sealed.decode("ascii"))
        return unseal(key, sealed, **bounds)

    return strict


@mutant
def store_down_is_fatal(get: Original) -> object:
    async def strict(self: KvTier, key: str) -> bytes | None:
        errors = self.errors
        value: bytes | None = await get(self, key)
        if self.errors > errors:
            raise RuntimeError("Workers KV failed")
        return value

    return strict


@mutant
def store_waited_for(get: Original) -> object:
    async def patient(self: KvTier, key: str) -> bytes | None:
        self._settings = replace(self._settings, kv_timeout_s=_EVER_S)
        value: bytes | None = await get(self, key)
        return value

    return patient
