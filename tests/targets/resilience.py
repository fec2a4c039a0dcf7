"""Asking again: bounded retries with growing pauses, a breaker for each model, a fallback model.

The one rule: all of it happens before the client has a byte; whoever comes here holds no answer yet.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from typing import ClassVar

from tests.targets.door import Ask
from tests.targets.serving import Failure, Json, Target

FALLBACK_MODEL = "@cf/meta/llama-3.1-8b-instruct-fast"


class Live:
    """An upstream answer under way: `chunks` gives its parts, `completed` all of it, `close` ends the call."""

    model = ""
    """Which model gives it."""
    attempts = 1
    """How often it was asked for before it began."""

    async def chunks(self) -> AsyncIterator[Json]:
        """Yield the parts as they come; raises Failure when the answer is not whole."""
        raise NotImplementedError
        yield {}

    async def completed(self) -> Json:
        """Return the answer as one; raises Failure when it is not whole."""
        raise NotImplementedError

    def close(self) -> None:
        """End the upstream call."""


class Breaker:
    """Counts failures in a row of one model; open, it lets nothing through for a while, then tries again."""

    failures_allowed: ClassVar[int] = 5
    open_s: ClassVar[float] = 1.0

    def __init__(self) -> None:
        self.failures = 0
        self.opened_s = 0.0

    @property
    def is_open(self) -> bool:
        """Whether upstream is left alone."""
        return self.failures >= self.failures_allowed and time.monotonic() - self.opened_s < self.open_s

    def failed(self) -> None:
        """Note a failure."""
        self.failures += 1
        self.opened_s = time.monotonic()

    def succeeded(self) -> None:
        """Note a good answer."""
        self.failures = 0


class Resilient(Target):
    """A proxy that asks again."""

    max_attempts: ClassVar[int] = 3
    start_s: ClassVar[float] = 5.0
    longest_wait_s: ClassVar[float] = 3.0
    breaker: ClassVar[type[Breaker]] = Breaker

    breakers: defaultdict[str, Breaker]

    async def begin(self, ask: Ask, model: str) -> Live:
        """Ask upstream once."""
        raise NotImplementedError

    def prepare(self) -> None:
        """Make ready to serve."""
        self.breakers = defaultdict(self.breaker)

    async def serve(self) -> None:
        """Listen until the process is ended."""
        self.prepare()
        await super().serve()

    async def obtain(self, ask: Ask) -> Live:
        """Return an answer that has begun, by the model asked for or else by the fallback.

        Raises:
            Failure: when neither answers.
        """
        model = self.model_of(ask)
        try:
            async with asyncio.timeout(self.start_s):
                try:
                    return await self.attempts(ask, model)
                except Failure as failure:
                    if not failure.retryable or model == FALLBACK_MODEL:
                        raise
                    return await self.fall_back(ask, failure)
        except TimeoutError:
            raise Failure(504, "Upstream did not answer in time.") from None

    def model_of(self, ask: Ask) -> str:
        """Return the model to ask first."""
        return str(ask.body["model"])

    async def fall_back(self, ask: Ask, failure: Failure) -> Live:
        """Ask the fallback model once `failure` has made an end of the first."""
        try:
            return await self.attempts(ask, FALLBACK_MODEL)
        except Failure:
            raise failure from None  # the model that was asked for is what the client wants to hear of

    async def attempts(self, ask: Ask, model: str) -> Live:
        """Ask one model until it begins to answer, as often as is allowed."""
        breaker = self.breakers[model]
        attempt = 1
        while True:
            if breaker.is_open:
                raise Failure(503, "Upstream rests after too many failures.", retry_after="1", retryable=True)
            try:
                live = await self.begin(ask, model)
                live.model, live.attempts = model, attempt
                return live
            except Failure as failure:
                if failure.status >= 500:
                    breaker.failed()
                if attempt >= self.max_attempts or not self.may_retry(failure):
                    raise
                await self.pause(attempt, failure)
            attempt += 1

    def may_retry(self, failure: Failure) -> bool:
        """Whether asking again may help, and soon enough."""
        patience = failure.retry_after or ""
        return failure.retryable and not (patience.isdigit() and int(patience) > self.longest_wait_s)

    async def pause(self, attempt: int, failure: Failure) -> None:
        """Wait before the next attempt: longer each time, and at least as long as upstream asked for."""
        asked = failure.retry_after or ""
        asked_s = float(asked) if asked.isdigit() else 0.0
        await asyncio.sleep(max(0.1 * 2 ** (attempt - 1), asked_s))
