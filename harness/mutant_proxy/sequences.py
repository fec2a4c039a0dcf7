"""Mutants that go wrong at the third step: after a hit, after a probe, in a stream that has been silent in one way.

The one rule: each replaces one seam in a few lines; what it gets wrong is told in `scenarios.mutants.sequences`.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from aiohttp import web

from harness.mutant_proxy.seam import Original, mutant
from harness.reference_proxy import jsontext
from harness.reference_proxy.errors import ProxyError, UpstreamError, upstream_timeout
from harness.reference_proxy.flight import Flight
from harness.reference_proxy.http.app import Front
from harness.reference_proxy.requests import ChatRequest
from harness.reference_proxy.service import ChatService
from harness.reference_proxy.upstream.breaker import Breaker, Permit
from harness.reference_proxy.upstream.retry import Attempts
from harness.reference_proxy.upstream.routes import call_for
from harness.reference_proxy.upstream.sources import ChunkSource, LiveSource

Json: TypeAlias = dict[str, Any]


@mutant
def hit_makes_young_again(give_stored: Original) -> object:
    async def renewing(self: Front, request: web.Request, chat: ChatRequest, completion: Json) -> web.StreamResponse:
        self._service._store(chat, completion)
        response: web.StreamResponse = await give_stored(self, request, chat, completion)
        return response

    return renewing


@mutant
def hit_used_up(cached: Original) -> object:
    kept: dict[str, Json] = {}

    def wasteful(self: ChatService, request: ChatRequest) -> Json | None:
        completion: Json | None = cached(self, request)
        if completion is None:
            return None
        own = kept.setdefault(request.cache_key, completion)
        given = copy.deepcopy(own)
        if request.stream:
            for choice in own["choices"]:
                choice["message"].update(content="", tool_calls=[])
        return given

    return wasteful


@mutant
def kept_without_a_reason(whole: Original) -> object:
    def trusting(choice: Json) -> bool:
        reasonless = choice.get("finish_reason") is None
        return reasonless or bool(whole(choice))

    return trusting


@mutant
def key_of_the_first_message(cache_key: Original) -> object:
    def short(parameters: Mapping[str, Any], caller: str) -> object:
        return cache_key({**parameters, "messages": parameters["messages"][:1]}, caller)

    return short


@mutant
def probe_left_and_lost(_: Original) -> object:
    def forgetful(self: Permit) -> None:
        self._settle()

    return forgetful


@mutant
def probe_refused_and_lost(once: Original) -> object:
    async def undecided(self: Attempts, model: str, attempt: Original, permit: Permit, observer: Original) -> object:
        async def asked(name: str, given: Permit) -> object:
            try:
                return await attempt(name, given)
            except UpstreamError as failure:
                if not failure.discredits and failure.status != 429:
                    given._settled = True
                raise

        return await once(self, model, asked, permit, observer)

    return undecided


@mutant
def failed_probe_leaves_it_half_open(count_failure: Original) -> object:
    def lenient(self: Breaker) -> None:
        opened_at = self._opened_at
        count_failure(self)
        if opened_at is not None:
            self._opened_at = opened_at

    return lenient


@mutant
def opens_once(count_failure: Original) -> object:
    opened: set[int] = set()

    def tired(self: Breaker) -> None:
        if id(self) in opened and self._opened_at is None:
            return
        count_failure(self)
        if self._opened_at is not None:
            opened.add(id(self))

    return tired


@mutant
def idle_until_text(pull: Original) -> object:
    async def deaf(self: LiveSource) -> None:
        clock = self._response.extensions.setdefault("clock", _Since())
        await pull(self)
        if any(choice["delta"].get("content") for chunk in self._ready for choice in chunk["choices"]):
            clock.wind_up()
        elif clock.since_s() > self._idle_timeout_s and self._failure is None and not self._ended:
            self._failure = upstream_timeout("The upstream stopped sending.")

    return deaf


class _Since:
    def __init__(self) -> None:
        self._loop_time: Callable[[], float] = asyncio.get_running_loop().time
        self.wind_up()

    def wind_up(self) -> None:
        self._at_s = self._loop_time()

    def since_s(self) -> float:
        return self._loop_time() - self._at_s


@mutant
def error_without_a_field(_: Original) -> object:
    async def bare(request: web.Request, response: web.StreamResponse, error: ProxyError) -> None:
        await response.write(jsontext.dumps({"error": {"message": error.message, "code": error.code}}) + b"\n\n")
        await response.write_eof()

    return bare


@mutant
def attempts_billed(cost: Original) -> object:
    def greedy(self: Front, completion: Json, flight: Flight | None) -> dict[str, str]:
        told: dict[str, str] = cost(self, completion, flight)
        times = flight.attempts if flight else 1
        return {name: f"{float(value) * times:.8f}" for name, value in told.items()}

    return greedy


@mutant
def first_event_not_looked_at(_: Original) -> object:
    def hasty(self: ChatService, request: ChatRequest) -> Callable[[str, Permit], Any]:
        async def attempt(model: str, permit: Permit) -> tuple[ChunkSource, Permit]:
            return await self._upstream.open(call_for(request, model)), permit

        return attempt

    return hasty
