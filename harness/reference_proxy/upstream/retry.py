"""When to try again, and how long to wait first.

The one rule: nothing here runs once a byte has gone to the client; attempts are bounded in number and by a deadline.
"""

import math
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from harness.reference_proxy.answers.failures import MAX_HONOURED_WAIT_S
from harness.reference_proxy.errors import ProxyError, UpstreamError
from harness.reference_proxy.upstream.breaker import Breaker, Breakers, Permit

T = TypeVar("T")
Attempt = Callable[[str, Permit], Awaitable[T]]


class AttemptObserver(Protocol):
    """Whoever wants to know of attempts as they are made."""

    def attempted(self, model: str, outcome: str) -> None:
        """One attempt at `model` ended: `ok` or the failure's code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Exponential backoff with full jitter above a floor of half the step; Retry-After wins when it is longer.

    `sleep` and `clock` (monotonic seconds) are passed in, so that no test has to wait.
    """

    max_attempts: int
    base_s: float
    max_s: float
    rng: random.Random
    sleep: Callable[[float], Awaitable[None]]
    clock: Callable[[], float]

    def wait_s(self, attempt: int, failure: BaseException | None) -> float:
        """Seconds before attempt number `attempt` + 1 (attempts count from 1)."""
        step_s = min(self.base_s * 2.0 ** (attempt - 1), self.max_s)
        own_s = self.rng.uniform(step_s / 2, step_s)
        asked_s = failure.wait_s if isinstance(failure, UpstreamError) else None
        return own_s if asked_s is None else max(own_s, asked_s)

    def controller(self, deadline: float, give_up: Callable[[], bool]) -> AsyncRetrying:
        """Tenacity's loop for one model: until `deadline` (monotonic), or until `give_up` says so."""
        return AsyncRetrying(
            sleep=self.sleep,
            wait=lambda state: self.wait_s(state.attempt_number, _failure_of(state)),
            stop=lambda state: (
                state.attempt_number >= self.max_attempts or give_up() or self._wont_fit(state, deadline)
            ),
            retry=retry_if_exception(lambda error: isinstance(error, UpstreamError) and error.retryable),
            reraise=True,
        )

    def _wont_fit(self, state: RetryCallState, deadline: float) -> bool:
        failure = _failure_of(state)
        asked_s = (failure.wait_s or 0.0) if isinstance(failure, UpstreamError) else 0.0
        return asked_s > MAX_HONOURED_WAIT_S or self.clock() + state.upcoming_sleep >= deadline


def _paused(breaker: Breaker) -> ProxyError:
    return ProxyError(
        503,
        "This model is failing; requests to it are paused for a moment.",
        kind="upstream_error",
        code="circuit_open",
        retry_after=str(max(1, math.ceil(breaker.retry_in_s()))),
    )


def _failure_of(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome is not None else None


class Attempts:
    """Carries one request through the asked model's attempts, its breaker, and then the fallback, once."""

    def __init__(self, *, policy: RetryPolicy, breakers: Breakers, fallback_model: str) -> None:
        self._policy = policy
        self._breakers = breakers
        self._fallback_model = fallback_model

    def without_fallback(self) -> "Attempts":
        """The same patience and the same breakers, for an upstream at which the fallback is unknown."""
        return Attempts(policy=self._policy, breakers=self._breakers, fallback_model="")

    async def run(
        self, model: str, attempt: Attempt[T], *, deadline: float, observer: AttemptObserver
    ) -> tuple[T, str]:
        """The first good outcome and the model that gave it; raises the asked model's own ProxyError.

        The attempt owns its permit when it succeeds, and settles it when its answer has ended.
        """
        try:
            return await self._at_model(model, attempt, deadline, observer), model
        except ProxyError as error:
            fallback = self._fallback_model
            replaceable = not isinstance(error, UpstreamError) or error.replaceable
            if not fallback or fallback == model or not replaceable:
                raise
            permit = self._breakers.of(fallback).acquire()
            if permit is None:
                raise
            try:
                return await self._once(fallback, attempt, permit, observer), fallback
            except UpstreamError:
                raise error from None

    async def _at_model(self, model: str, attempt: Attempt[T], deadline: float, observer: AttemptObserver) -> T:
        breaker = self._breakers.of(model)
        permit = breaker.acquire()
        if permit is None:
            raise _paused(breaker)
        permits: list[Permit | None] = [permit]

        async def once() -> T:
            current = permits.pop() if permits else breaker.acquire()
            if current is None:
                raise _paused(breaker)  # other requests have opened it meanwhile
            return await self._once(model, attempt, current, observer)

        try:
            return await once()
        except UpstreamError as error:
            failures = [error]

        async def again() -> T:
            if failures:
                raise failures.pop()  # the first attempt has been made; only what fails needs a loop of attempts
            return await once()

        return await self._policy.controller(deadline, lambda: breaker.is_open)(again)

    async def _once(self, model: str, attempt: Attempt[T], permit: Permit, observer: AttemptObserver) -> T:
        try:
            result = await attempt(model, permit)
        except UpstreamError as failure:
            observer.attempted(model, failure.code)
            if failure.discredits:
                permit.failure()
            elif failure.status == 429:
                permit.release()
            else:
                permit.success()
            raise
        except BaseException:
            permit.release()
            raise
        observer.attempted(model, "ok")
        return result
