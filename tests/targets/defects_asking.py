"""Proxies that are wrong about asking upstream: what they ask, how often, how soon, and whom."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import ClassVar

from tests.targets.door import Ask
from tests.targets.parser import ParsingProxy, Stream
from tests.targets.resilience import FALLBACK_MODEL, Breaker, Live
from tests.targets.serving import Failure, Json


class DropsParameters(ParsingProxy):
    """Asks with the fields it was written for."""

    def body_for(self, ask: Ask, model: str) -> Json:
        known = ("messages", "stream", "stream_options", "max_tokens", "max_completion_tokens", "tools", "n")
        return {"model": model} | {name: ask.body[name] for name in known if name in ask.body}


class DropsSystem(ParsingProxy):
    """Sends the last message and forgets the conversation before it."""

    def body_for(self, ask: Ask, model: str) -> Json:
        return {**ask.body, "model": model, "messages": ask.body["messages"][-1:]}


class NeverRetries(ParsingProxy):
    """Claims retries, and has them switched off."""

    max_attempts: ClassVar[int] = 1

    async def fall_back(self, ask: Ask, failure: Failure) -> Live:
        raise failure


class RetriesOften(ParsingProxy):
    """Retries in two layers, so that the attempts multiply."""

    async def attempts(self, ask: Ask, model: str) -> Live:
        for _ in range(self.max_attempts - 1):
            try:
                return await super().attempts(ask, model)
            except Failure as failure:
                if not failure.retryable:
                    raise
        return await super().attempts(ask, model)


class RetriesEverything(ParsingProxy):
    """Retries whatever is not a 200."""

    def may_retry(self, failure: Failure) -> bool:
        return True


class _Resuming(Stream):
    ask: Ask

    async def chunks(self) -> AsyncIterator[Json]:
        assert isinstance(self.target, ResumesStreams)
        given = 0
        try:
            async for chunk in super().chunks():
                given += 1
                yield chunk
        except Failure:
            again = await self.target.obtain(self.ask)
            try:
                at = 0
                async for chunk in again.chunks():
                    at += 1
                    if at > given:
                        yield chunk
            finally:
                again.close()


class ResumesStreams(ParsingProxy):
    """Asks again when a stream breaks, and goes on where the first answer stopped."""

    stream = _Resuming

    async def opened(self, live: Stream) -> Live:
        return live

    async def begin(self, ask: Ask, model: str) -> Live:
        live = await super().begin(ask, model)
        if isinstance(live, _Resuming):
            live.ask = ask
        return live


class NeverWaits(ParsingProxy):
    """Retries at once."""

    async def pause(self, attempt: int, failure: Failure) -> None:
        return


class KnowsBetter(ParsingProxy):
    """Has its own idea of when to ask again."""

    async def pause(self, attempt: int, failure: Failure) -> None:
        await asyncio.sleep(0.1 * attempt)


class _NeverOpens(Breaker):
    failures_allowed: ClassVar[int] = 1_000_000


class NeverOpens(ParsingProxy):
    """Has a breaker whose counter is reset somewhere."""

    breaker = _NeverOpens


class _NeverCloses(Breaker):
    open_s: ClassVar[float] = 3600.0


class NeverCloses(ParsingProxy):
    """Reads milliseconds for seconds: the breaker stays open."""

    breaker = _NeverCloses

    async def fall_back(self, ask: Ask, failure: Failure) -> Live:
        raise failure


class NeverFallsBack(ParsingProxy):
    """Claims a fallback that is not wired up."""

    async def fall_back(self, ask: Ask, failure: Failure) -> Live:
        raise failure


class StaysOnFallback(ParsingProxy):
    """Goes on with the model that worked."""

    current = ""

    def model_of(self, ask: Ask) -> str:
        return self.current or super().model_of(ask)

    async def fall_back(self, ask: Ask, failure: Failure) -> Live:
        live = await super().fall_back(ask, failure)
        self.current = FALLBACK_MODEL
        return live
