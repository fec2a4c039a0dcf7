"""Attempts, backoff and breakers, with clocks that tests turn by hand."""

import random

import pytest

from harness.reference_proxy.answers.failures import retry_after_s
from harness.reference_proxy.errors import ProxyError, UpstreamError
from harness.reference_proxy.upstream.breaker import Breaker, Breakers, Permit
from harness.reference_proxy.upstream.retry import Attempts, RetryPolicy


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Seen:
    """What an observer was told."""

    def __init__(self) -> None:
        self.attempts: list[tuple[str, str]] = []

    def attempted(self, model: str, outcome: str) -> None:
        self.attempts.append((model, outcome))


def failing(
    status: int = 502, *, wait_s: float | None = None, retryable: bool = True, discredits: bool = True
) -> UpstreamError:
    return UpstreamError(status, "no", code="down", wait_s=wait_s, retryable=retryable, discredits=discredits)


def attempts(clock: Clock, *, fallback: str = "", failures: int = 50) -> Attempts:
    policy = RetryPolicy(max_attempts=4, base_s=0.1, max_s=0.3, rng=random.Random(7), sleep=clock.sleep, clock=clock)
    breakers = Breakers(failures=failures, open_s=5, clock=clock)
    return Attempts(policy=policy, breakers=breakers, fallback_model=fallback)


async def run(subject: Attempts, *outcomes: Exception | str, deadline: float = 1000.0) -> tuple[object, Seen]:
    left = list(outcomes)
    seen = Seen()

    async def attempt(_: str, permit: Permit) -> str:
        outcome = left.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        permit.success()
        return outcome

    try:
        return await subject.run("m", attempt, deadline=deadline, observer=seen), seen
    except ProxyError as error:
        return error, seen


async def test_waits_grow_and_never_fall_below_half_their_step() -> None:
    clock = Clock()

    result, seen = await run(attempts(clock), failing(), failing(), failing(), failing())

    assert isinstance(result, UpstreamError)
    assert seen.attempts == [("m", "down")] * 4
    for slept, step in zip(clock.slept, (0.1, 0.2, 0.3), strict=True):
        assert step / 2 <= slept <= step


async def test_what_upstream_asks_for_is_waited_for() -> None:
    clock = Clock()

    result, _ = await run(attempts(clock), failing(429, wait_s=7, discredits=False), "ok")

    assert result == ("ok", "m")
    assert clock.slept == [7]


@pytest.mark.parametrize(("wait_s", "deadline"), [(61.0, 1000.0), (10.0, 105.0)])
async def test_too_long_a_wait_is_not_begun(wait_s: float, deadline: float) -> None:
    clock = Clock()

    result, seen = await run(attempts(clock), failing(503, wait_s=wait_s), deadline=deadline)

    assert isinstance(result, UpstreamError)
    assert (len(seen.attempts), clock.slept) == (1, [])


async def test_a_breaker_that_opens_on_the_way_ends_the_attempts() -> None:
    result, seen = await run(attempts(Clock(), failures=2), failing(), failing(), "never")

    assert isinstance(result, UpstreamError)
    assert (result.code, len(seen.attempts)) == ("down", 2)


async def test_a_breaker_opened_by_others_during_a_backoff_leads_to_the_fallback() -> None:
    clock = Clock()
    breakers = Breakers(failures=2, open_s=5, clock=clock)

    async def others_fail(seconds: float) -> None:
        await clock.sleep(seconds)
        breakers.of("m").count_failure()

    policy = RetryPolicy(max_attempts=4, base_s=0.1, max_s=0.3, rng=random.Random(7), sleep=others_fail, clock=clock)
    plain = Attempts(policy=policy, breakers=breakers, fallback_model="")
    spared = Attempts(policy=policy, breakers=breakers, fallback_model="spare")

    error, seen = await run(plain, failing())
    breakers.of("m").close()
    result, _ = await run(spared, failing(), "ok")

    assert isinstance(error, ProxyError)
    assert (error.code, error.retry_after, len(seen.attempts)) == ("circuit_open", "5", 1)
    assert result == ("ok", "spare")


async def test_the_fallback_has_a_breaker_too() -> None:
    subject = attempts(Clock(), fallback="spare", failures=4)

    first, begun = await run(subject, *[failing()] * 5)
    on_spare = [(await run(subject, failing()))[1].attempts for _ in range(3)]
    after, nothing = await run(subject, "never")

    assert [model for model, _ in begun.attempts] == ["m"] * 4 + ["spare"]
    assert on_spare == [[("spare", "down")]] * 3
    assert (isinstance(first, UpstreamError), nothing.attempts) == (True, [])
    assert isinstance(after, ProxyError)
    assert after.code == "circuit_open"


async def test_an_answered_refusal_closes_a_probing_breaker() -> None:
    clock = Clock()
    subject = attempts(clock, failures=1)
    await run(subject, failing())
    clock.now += 6

    refused, _ = await run(subject, failing(400, retryable=False, discredits=False))
    after, _ = await run(subject, "ok")

    assert isinstance(refused, UpstreamError)
    assert after == ("ok", "m")


def test_one_probe_at_a_time_and_a_failed_one_opens_again() -> None:
    clock = Clock()
    breaker = Breaker(failures=2, open_s=5, clock=clock)
    for _ in range(2):
        permit = breaker.acquire()
        assert permit is not None
        permit.failure()
        permit.failure()  # settled once only
    opened = breaker.acquire()
    clock.now += 5
    probe, second = breaker.acquire(), breaker.acquire()
    assert probe is not None
    probe.failure()

    assert opened is second is None
    assert breaker.acquire() is None
    assert breaker.retry_in_s() == 5


def test_a_released_probe_makes_room_and_a_good_one_closes() -> None:
    clock = Clock()
    breaker = Breaker(failures=1, open_s=5, clock=clock)
    breaker.count_failure()
    clock.now += 5
    first = breaker.acquire()
    assert first is not None
    first.release()
    second = breaker.acquire()
    assert second is not None
    second.success()

    assert not breaker.is_open
    assert breaker.retry_in_s() == 0


def test_a_probe_that_begins_well_lets_others_in_until_it_breaks() -> None:
    clock = Clock()
    breaker = Breaker(failures=3, open_s=5, clock=clock)
    for _ in range(3):
        breaker.count_failure()
    clock.now += 5
    probe = breaker.acquire()
    assert probe is not None
    probe.alive()
    others = breaker.acquire()
    probe.failure()

    assert others is not None
    assert breaker.is_open


def test_breakers_of_many_models_are_bounded() -> None:
    breakers = Breakers(failures=1, open_s=5, clock=Clock())

    for number in range(1000):
        breakers.of(f"m{number}").count_failure()

    assert breakers.open_count() == 256
    assert breakers.of("m999").is_open


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None), ("5", 5.0), (" 1.5 ", 1.5), ("0", None), ("-1", None), ("soon", None), ("", None),
        ("99999999999999", None), ("Thu, 01 Jan 1970 00:01:40 GMT", 40.0), ("Thu, 01 Jan 1970 00:00:30 GMT", None),
        ("Thu, 01 Jan 1970 00:01:40 -0000", 40.0),
    ],
)  # fmt: skip
def test_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert retry_after_s(value, now=60.0) == seconds
