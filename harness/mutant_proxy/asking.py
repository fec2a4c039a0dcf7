"""Mutants that pass on another request than they got, or ask too often, too seldom or somebody else.

The one rule: each replaces one seam in a few lines; what it gets wrong is told in `scenarios.mutants.asking`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

import httpx
from aiohttp import web

from harness.mutant_proxy.seam import Original, mutant
from harness.reference_proxy.errors import ProxyError, UpstreamError
from harness.reference_proxy.flight import Flight
from harness.reference_proxy.http import relay
from harness.reference_proxy.http.app import Front
from harness.reference_proxy.requests import ChatRequest
from harness.reference_proxy.service import ChatService
from harness.reference_proxy.upstream.breaker import Breaker, Permit
from harness.reference_proxy.upstream.retry import Attempts, RetryPolicy
from harness.reference_proxy.upstream.routes import UpstreamCall, call_for
from harness.reference_proxy.upstream.sources import ChunkSource
from harness.reference_proxy.upstream.upstream import Upstream

Body: TypeAlias = dict[str, Any]

_PASSED_ON = frozenset({"model", "messages", "stream", "stream_options", "max_tokens", "temperature", "tools", "n"})


def _changing(original: Original, change: Callable[[Body], Mapping[str, Any]]) -> object:
    def changed(request: ChatRequest, model: str) -> UpstreamCall:
        call: UpstreamCall = original(request, model)
        return replace(call, body=change(dict(call.body)))

    return changed


@mutant
def parameters_not_passed_on(original: Original) -> object:
    return _changing(original, lambda body: {name: value for name, value in body.items() if name in _PASSED_ON})


@mutant
def system_message_dropped(original: Original) -> object:
    return _changing(
        original, lambda body: body | {"messages": [item for item in body["messages"] if item["role"] != "system"]}
    )


@mutant
def last_twenty_messages(original: Original) -> object:
    return _changing(original, lambda body: body | {"messages": body["messages"][-20:]})


@mutant
def tools_not_passed_on(original: Original) -> object:
    return _changing(original, lambda body: {name: value for name, value in body.items() if name != "tools"})


@mutant
def length_overruled(original: Original) -> object:
    return _changing(original, lambda body: body | {"max_tokens": 2048})


@mutant
def text_parts_first_only(original: Original) -> object:
    def first(message: Body) -> Body:
        content = message.get("content")
        return message | {"content": content[:1]} if isinstance(content, list) else message

    return _changing(original, lambda body: body | {"messages": [first(item) for item in body["messages"]]})


@mutant
def size_not_checked(_: Original) -> object:
    async def patient(_: Front, request: web.Request) -> bytes:
        return await request.content.read()

    return patient


@mutant
def large_request_reset(body: Original) -> object:
    async def rude(self: Front, request: web.Request) -> bytes:
        try:
            document: bytes = await body(self, request)
        except ProxyError as error:
            if error.status == 413:
                relay.abort(request)
            raise
        return document

    return rude


@mutant
def depth_not_checked(_: Original) -> object:
    return lambda _text, _limit: False


@mutant
def messages_not_counted(check: Original) -> object:
    return lambda messages, _: check(messages, sys.maxsize)


@mutant
def bad_json_is_our_fault(parse: Original) -> object:
    def clumsy(body: bytes, **bounds: Any) -> object:  # noqa: ANN401 - passed on as they come
        try:
            return parse(body, **bounds)
        except ProxyError as error:
            if error.code == "invalid_json":
                raise ValueError(error.message) from None
            raise

    return clumsy


@mutant
def never_again(controller: Original) -> object:
    return lambda self, deadline, _: controller(self, deadline, lambda: True)


def _unreachable_is(send: Original, **judged: bool) -> object:
    async def sure(self: Upstream, call: UpstreamCall) -> httpx.Response:
        try:
            response: httpx.Response = await send(self, call)
        except UpstreamError as failure:
            if failure.code == "upstream_unreachable":
                for name, value in judged.items():
                    setattr(failure, name, value)
            raise
        return response

    return sure


@mutant
def reset_not_retried(send: Original) -> object:
    return _unreachable_is(send, retryable=False)


@mutant
def fallback_not_for_resets(send: Original) -> object:
    return _unreachable_is(send, replaceable=False)


@mutant
def one_too_many(controller: Original) -> object:
    def generous(self: RetryPolicy, deadline: float, give_up: Callable[[], bool]) -> object:
        return controller(replace(self, max_attempts=self.max_attempts + 1), deadline, give_up)

    return generous


def _declined(client_error: Original, **judged: bool) -> object:
    def misjudged(status: int, code: int | None, detail: str) -> UpstreamError:
        failure: UpstreamError = client_error(status, code, detail)
        for name, value in judged.items():
            setattr(failure, name, value)
        return failure

    return misjudged


@mutant
def bad_request_asked_again(client_error: Original) -> object:
    return _declined(client_error, retryable=True)


@mutant
def client_errors_counted(client_error: Original) -> object:
    return _declined(client_error, discredits=True)


def _going_on(pump: Original, model_of: Callable[[ChatService, Flight], str]) -> object:
    async def going_on(self: ChatService, flight: Flight, source: ChunkSource, *, store: bool) -> None:
        try:
            await pump(self, flight, source, store=store)
        except UpstreamError:
            again = await self._upstream.open(call_for(flight.request, model_of(self, flight)))
            try:
                await pump(self, flight, again, store=False)
            finally:
                await again.aclose()

    return going_on


@mutant
def asked_again_in_the_middle(pump: Original) -> object:
    return _going_on(pump, lambda _, flight: flight.request.model)


@mutant
def fallback_in_the_middle(pump: Original) -> object:
    return _going_on(pump, lambda service, _: service._settings.fallback_model)


@mutant
def no_pause_between(_: Original) -> object:
    return lambda *_: 0.0


@mutant
def told_to_wait_and_did_not(wait_s: Original) -> object:
    return lambda self, attempt, _: wait_s(self, attempt, None)


@mutant
def never_opens(_: Original) -> object:
    def careless(self: Breaker) -> None:
        self._probing = False

    return careless


@mutant
def open_for_good(_: Original) -> object:
    def for_good(self: Breaker) -> float:
        return 3600.0 if self.is_open else 0.0

    return for_good


@mutant
def probe_never_settled(settle: Original) -> object:
    return lambda self: not self._probe and settle(self)


@mutant
def leavers_counted(release: Original) -> object:
    def strict(self: Permit) -> None:
        self.failure()
        release(self)

    return strict


@mutant
def never_forgives(_: Original) -> object:
    def grudging(self: Breaker) -> None:
        self._opened_at, self._probing = None, False

    return grudging


@mutant
def fallback_never_asked(run: Original) -> object:
    def alone(self: Attempts, *given: Any, **named: Any) -> object:  # noqa: ANN401 - passed on as they come
        self._fallback_model = ""
        return run(self, *given, **named)

    return alone


@mutant
def fallback_for_good(run: Original) -> object:
    fallen = False

    async def sticky(self: Attempts, model: str, *given: Any, **named: Any) -> object:  # noqa: ANN401 - passed on
        nonlocal fallen
        outcome, served_by = await run(self, self._fallback_model if fallen else model, *given, **named)
        fallen = fallen or served_by == self._fallback_model
        return outcome, served_by

    return sticky
